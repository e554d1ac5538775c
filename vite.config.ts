import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The host that `npm run dev:web` talks to. */
const HOST = process.env['WEB_API_URL'] ?? 'http://127.0.0.1:8000';

/**
 * Ant Design gives the nonce of the page to nearly all of its style elements; those that measure scroll bars and lock
 * the page under a dialog are made without it, and the content policy would refuse them.
 */
function styleNonce(): Plugin {
  return {
    name: 'style-nonce',
    apply: 'build',
    transform(code, id) {
      if (!id.endsWith('/@rc-component/util/es/Dom/dynamicCSS.js')) return undefined;
      const made = "const styleNode = document.createElement('style');";
      if (!code.includes(made)) this.error('Style elements are made in another way by now.');
      const nonce = `document.querySelector('meta[name="style-nonce"]')?.content ?? ''`;
      return { code: code.replace(made, `${made} styleNode.nonce = ${nonce};`), map: null };
    },
  };
}

export default defineConfig({
  root: here('./src/web'),
  // The host puts its prefix before the addresses in the page; what files name is beside them.
  base: './',
  plugins: [react(), styleNonce()],
  build: {
    outDir: here('./dist/web'),
    emptyOutDir: true,
    // The content policy of the host allows no data: fonts or scripts, and every asset gets a hashed name.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // Changes seldom, and so stays in the browser's cache when the page changes.
            { name: 'vendor', test: /node_modules/ },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': HOST } },
});

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { build } from 'vite';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const HINT =
  'No Chromium was found: the browser suites are skipped. Install one (apt-get install chromium), or name it in CHROMIUM.';

/** Asked once per process, so that the hint is printed once. */
let found: string | undefined | null = null;

function findChromium(): string | undefined {
  if (found !== null) return found;
  const named = process.env['CHROMIUM'];
  found = named === undefined ? CANDIDATES.find((path) => existsSync(path)) : named;
  if (found === undefined) {
    if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(HINT);
    console.log(HINT);
  }
  return found;
}

/** A browser of its own, with a fresh profile; skips the suite where there is none. */
export async function openBrowser(suite: Mocha.Context): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) return suite.skip();
  await buildPage();
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

function newest(path: string): number {
  const { mtimeMs } = statSync(path);
  return statSync(path).isDirectory()
    ? Math.max(mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
    : mtimeMs;
}

/** The host serves what was built; a page older than its sources would be tested in vain. */
async function buildPage(): Promise<void> {
  const built = at('dist/web/index.html');
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(newest(at('src/web')), newest(at('vite.config.ts'))))
    return;
  await build({ configFile: at('vite.config.ts'), logLevel: 'error' });
}

/** A window, and everything in it that a person with the console open would wonder about. */
export interface Window {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly complaints: string[];
}

/** Of somebody who asked for less motion, unless told otherwise: what moves can be missed by a click. */
export async function openWindow(browser: Browser, options: BrowserContextOptions = {}): Promise<Window> {
  const context = await browser.newContext({
    viewport: { width: 1200, height: 800 },
    reducedMotion: 'reduce',
    ...options,
  });
  // Avatars would be fetched from WeCom's own addresses; these tests talk to nobody outside.
  await context.route(/^https:/, (route) => route.abort());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    const isAvatar =
      message.text().startsWith('Failed to load resource') && message.location().url.startsWith('https:');
    if (['error', 'warning'].includes(message.type()) && !isAvatar) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.setDefaultTimeout(15_000);
  return { page, context, complaints };
}

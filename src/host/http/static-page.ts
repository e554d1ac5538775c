import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const compress = promisify(gzip);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Names of these carry a hash of their content. */
const HASHED = 'assets/';
const NONCE_PLACE = '%STYLE_NONCE%';

/** Beside the compiled host, or where the build puts it when the host runs from its sources. */
const FOLDERS = ['../../../web', '../../../dist/web'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

interface StaticFile {
  readonly path: string;
  readonly type: string;
  readonly content: Buffer;
  readonly zipped: Buffer;
}

/**
 * Ant Design writes its styles into the page while it runs; each of its style elements carries the nonce of the answer
 * that brought the page. Avatars come from addresses of the directory's own.
 */
const policyFor = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: https:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

/**
 * Serves the Syncers tab: its files, and its first page for every address that is no call, because the page finds its
 * way by address. The files are read once, so that no request can name one outside of them.
 *
 * @param folder where the build put the page; absent = where this package puts it
 * @returns false when the page was not built: the host then serves calls alone
 */
export async function servePage(app: FastifyInstance, folder = FOLDERS.find(isBuilt)): Promise<boolean> {
  if (folder === undefined || !isBuilt(folder)) return false;
  const files = await readFiles(folder);
  for (const file of files) if (file.path !== 'index.html') app.get(`/${file.path}`, sender(file));
  const index = await readFile(join(folder, 'index.html'), 'utf8');
  const sendIndex = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (!isPageAddress(request)) {
      reply.callNotFound();
      return reply;
    }
    const nonce = randomBytes(16).toString('base64');
    return reply
      .header('content-security-policy', policyFor(nonce))
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(index.replace(NONCE_PLACE, nonce));
  };
  app.get('/', sendIndex);
  app.get('/*', sendIndex);
  return true;
}

function isBuilt(folder: string): boolean {
  return existsSync(join(folder, 'index.html'));
}

/** Addresses of the page may have dots in them (names of syncers do), so a browser that wants a page decides. */
function isPageAddress({ url, headers }: FastifyRequest): boolean {
  const [path = ''] = url.split('?', 1);
  if (path === '/api' || path.startsWith('/api/') || path.startsWith(`/${HASHED}`)) return false;
  return (headers.accept ?? '').includes('text/html') || !path.includes('.');
}

function sender({ path, type, content, zipped }: StaticFile) {
  const cacheControl = path.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'public, max-age=3600';
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    void reply.header('cache-control', cacheControl).header('vary', 'accept-encoding').type(type);
    return /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
      ? reply.header('content-encoding', 'gzip').send(zipped)
      : reply.send(content);
  };
}

async function readFiles(folder: string): Promise<StaticFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    names.map(async (name) => {
      const content = await readFile(name);
      return {
        path: relative(folder, name).split(sep).join('/'),
        type: TYPES[extname(name)] ?? 'application/octet-stream',
        content,
        zipped: await compress(content, { level: 9 }),
      };
    }),
  );
}

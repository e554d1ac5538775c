import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { pathOf, type Incoming } from './incoming.ts';
import { SECURITY_HEADERS, type Content, type Reply } from './reply.ts';

const compress = promisify(gzip);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

const INDEX = 'index.html';
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

/** What the page is told of where it is. */
export interface PagePlace {
  /** The prefix under which it is served, without a slash at its end; "" = none. */
  readonly prefix: string;
  /** Where people sign in: with calls of this site, or with a host that has it as a part of its own. */
  readonly signIn: 'here' | 'elsewhere';
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
 * The Syncers tab: its files, and its first page for every address that is no call, because the page finds its way by
 * address. The files are read once, so that no request can name one outside of them.
 */
export class StaticPage {
  readonly #files: ReadonlyMap<string, StaticFile>;
  readonly #index: string;

  private constructor(files: readonly StaticFile[], index: string) {
    this.#files = new Map(files.map((file) => [`/${file.path}`, file]));
    this.#index = index;
  }

  /**
   * @param folder where the build put the page; absent = where this package puts it
   * @returns undefined when the page was not built
   */
  static async read(place: PagePlace, folder = FOLDERS.find(isBuilt)): Promise<StaticPage | undefined> {
    if (folder === undefined || !isBuilt(folder)) return undefined;
    const files = (await readFiles(folder)).filter(({ path }) => path !== INDEX);
    return new StaticPage(files, placed(await readFile(join(folder, INDEX), 'utf8'), place));
  }

  /** @returns undefined for what is neither a file nor a page of it */
  answer(request: Incoming): Reply | undefined {
    if (request.method !== 'GET') return undefined;
    const file = this.#files.get(pathOf(request.url));
    if (file) return sent(file, request);
    return isPageAddress(request) ? this.#page() : undefined;
  }

  #page(): Reply {
    const nonce = randomBytes(16).toString('base64');
    return found(TYPES['.html'] ?? '', this.#index.replace(NONCE_PLACE, nonce), {
      'content-security-policy': policyFor(nonce),
      'cache-control': 'no-cache',
    });
  }
}

/** The page with its files and calls below the prefix, from whichever of its addresses it is loaded. */
const placed = (index: string, { prefix, signIn }: PagePlace): string =>
  index
    .replaceAll(/(src|href)="\.\//g, `$1="${prefix}/`)
    .replace('%PREFIX%', prefix)
    .replace('%SIGN_IN%', signIn);

function isBuilt(folder: string): boolean {
  return existsSync(join(folder, INDEX));
}

/** Addresses of the page may have dots in them (names of syncers do), so a browser that wants a page decides. */
function isPageAddress({ url, headers }: Incoming): boolean {
  const path = pathOf(url);
  if (path === '/api' || path.startsWith('/api/') || path.startsWith(`/${HASHED}`)) return false;
  return (headers.accept ?? '').includes('text/html') || !path.includes('.');
}

const found = (type: string, content: Content, headers: Reply['headers']): Reply => ({
  status: 200,
  headers: { ...SECURITY_HEADERS, 'content-type': type, ...headers },
  content,
});

function sent({ path, type, content, zipped }: StaticFile, { headers }: Incoming): Reply {
  const cached = path.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'public, max-age=3600';
  const common = { 'cache-control': cached, vary: 'accept-encoding' };
  return /\bgzip\b/.test(headers['accept-encoding'] ?? '')
    ? found(type, zipped, { ...common, 'content-encoding': 'gzip' })
    : found(type, content, common);
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

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { createServer } from '../../../src/host/server.ts';
import { ANONYMOUS } from '../../../src/host/auth/caller.ts';
import { ok } from '../../../src/host/http/envelope.ts';
import { StaticPage } from '../../../src/host/http/static-page.ts';
import { fastifySite } from '../../../src/host/mount/fastify-site.ts';
import { Site, type SiteDeps } from '../../../src/host/request/site.ts';

const HTML = { accept: 'text/html,application/xhtml+xml' };

describe('The page that the host serves', () => {
  let outer: string;
  let folder: string;
  let app: Awaited<ReturnType<typeof createServer>>;

  /** A site of the page and one call. */
  const served = async (page: StaticPage | undefined, prefix = '') => {
    const log = pino({ level: 'silent' });
    const server = await createServer(log);
    const known = { method: 'GET', path: '/api/known', rule: 'public', summary: '', answers: { data: {} } } as const;
    const routes = [{ ...known, answer: async () => ok() }];
    const callers = { callerOf: async () => ANONYMOUS };
    const site = new Site({ routes, page, callers, audit: {} as SiteDeps['audit'], log, publicUrl: undefined });
    await server.register(fastifySite(site), { prefix });
    return server;
  };

  before(async () => {
    outer = await mkdtemp(join(tmpdir(), 'wecom-syncer-page-'));
    folder = join(outer, 'page');
    await mkdir(join(folder, 'assets'), { recursive: true });
    await writeFile(join(folder, 'index.html'), '<meta name="style-nonce" content="%STYLE_NONCE%"><div id="root">');
    await writeFile(join(folder, 'assets', 'index-abc123.js'), 'console.log("page");');
    await writeFile(join(folder, 'logo.svg'), '<svg/>');
    app = await served(await StaticPage.read({ prefix: '', signIn: 'here' }, folder));
  });

  after(async () => {
    await app.close();
    await rm(outer, { recursive: true, force: true });
  });

  it('comes with a nonce of its own each time, and allows no other style or script of the page itself', async () => {
    const answers = await Promise.all([1, 2].map(() => app.inject({ url: '/', headers: HTML })));
    const nonces = answers.map(({ body }) => /content="([^"]+)"/.exec(body)?.[1]);
    expect(nonces[0]).to.match(/^[A-Za-z0-9+/]{22}==$/);
    expect(nonces[0]).to.not.equal(nonces[1]);
    for (const [index, { headers }] of answers.entries()) {
      const policy = String(headers['content-security-policy']);
      expect(policy).to.include(`style-src 'self' 'nonce-${nonces[index]}'`).and.include("script-src 'self';");
      expect(policy).to.not.include('unsafe');
      expect(headers['cache-control']).to.equal('no-cache');
    }
  });

  it('is found at every address of the page, also where a name has a dot in it', async () => {
    for (const url of ['/syncers', '/syncers/acme/my.syncer', '/runs/1?tab=changes', '/signin']) {
      const { statusCode, body } = await app.inject({ url, headers: HTML });
      expect(statusCode, url).to.equal(200);
      expect(body, url).to.include('id="root"');
    }
  });

  it('never answers in the place of a call', async () => {
    expect((await app.inject({ url: '/api/known', headers: HTML })).json()).to.include({ status: 'ok' });
    for (const url of ['/api', '/api/unknown', '/api/unknown/deeper', '/assets/index-old.js', '/missing.js']) {
      const answer = await app.inject({ url, headers: url === '/missing.js' ? {} : HTML });
      // Clients of calls read HTTP 200 alone.
      expect(answer.statusCode, url).to.equal(url.startsWith('/api') ? 200 : 404);
      expect(answer.json().status, url).to.equal('error');
    }
  });

  it('lets browsers keep what has a hash in its name, and sends it zipped to those who can unzip', async () => {
    const plain = await app.inject({ url: '/assets/index-abc123.js' });
    expect(plain.headers).to.include({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
    });
    expect(plain.body).to.equal('console.log("page");');
    const zipped = await app.inject({ url: '/assets/index-abc123.js', headers: { 'accept-encoding': 'br, gzip' } });
    expect(zipped.headers['content-encoding']).to.equal('gzip');
    expect((await app.inject({ url: '/logo.svg' })).headers['content-type']).to.equal('image/svg+xml');
  });

  it('shows no file outside of its folder', async () => {
    await writeFile(join(outer, 'outside.txt'), 'private');
    for (const url of ['/../outside.txt', '/assets/../../outside.txt', '/%2e%2e/outside.txt']) {
      expect((await app.inject({ url })).body, url).to.not.include('private');
    }
  });

  it('is not missed by a host that was not built', async () => {
    const page = await StaticPage.read({ prefix: '', signIn: 'here' }, join(folder, 'nothing-here'));
    expect(page).to.equal(undefined);
    const bare = await served(page);
    expect((await bare.inject({ url: '/' })).statusCode).to.equal(404);
    await bare.close();
  });
});

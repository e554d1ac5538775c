import { request as httpRequest } from 'node:http';
import { expect } from 'chai';
import { TestHost, type Client } from './test-host.ts';

const KEYS = ['status', 'msg', 'sub', 'name', 'data', 'data2', 'data3'];

describe('the wire', () => {
  let test: TestHost;
  let client: Client;
  before(async () => {
    test = await TestHost.start();
    client = test.credential();
  });
  after(() => test.close());

  it('answers envelopes with every key, as JSON, with HTTP 200 for refusals too', async () => {
    for (const path of ['/api/get-organizations', '/api/get-syncer?id=nothing', '/api/get-user?id=acme/none']) {
      const answer = await client.get(path);
      expect(answer.httpStatus).to.equal(200);
      expect(answer.json).to.have.all.keys(KEYS);
      expect(answer.headers.get('content-type')).to.equal('application/json; charset=utf-8');
    }
  });

  it('speaks Casdoor’s words about an id that is none', async () => {
    const answer = await client.get('/api/get-syncer?id=one/two/three');
    expect(answer.msg).to.equal('GetOwnerAndNameFromId() error, wrong token count for ID: one/two/three');
  });

  it('reads a body as JSON whatever its content type says', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/octet-stream',
      'non sense',
      '',
    ]) {
      const body = JSON.stringify({ name: `org-${type.length}`, displayName: '组织' });
      const answer = await client.post('/api/add-organization', body, { 'content-type': type });
      expect(answer.status, `${type}: ${answer.text}`).to.equal('ok');
    }
  });

  const bad: readonly (readonly [string, string | undefined])[] = [
    ['no body', undefined],
    ['an empty body', ''],
    ['broken JSON', '{"name": '],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '7'],
    ['deep nesting', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
    ['deep lists', `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['U+0000', '{"name":"a\\u0000b"}'],
    ['half a surrogate pair', '{"name":"a\\ud800b"}'],
    ['a wrong type', '{"name":{"toString":1}}'],
    ['a prototype', '{"__proto__":{"name":"x"},"constructor":{"prototype":{"name":"y"}}}'],
    ['20 MB', `{"name":"${'x'.repeat(20 * 1024 * 1024)}"}`],
  ];
  for (const [what, body] of bad) {
    it(`answers an error, not a crash, to ${what}`, async () => {
      for (const path of [
        '/api/add-organization',
        '/api/add-syncer',
        '/api/add-user',
        '/api/login',
        '/api/test-syncer-db',
      ]) {
        const answer = await client.post(path, body);
        expect(answer.httpStatus, `${path}: ${answer.text}`).to.equal(200);
        expect(answer.status).to.equal('error');
        expect(answer.msg).to.be.a('string').and.not.equal('');
      }
    });
  }

  it('answers an error to 20 MB that come in pieces of unknown length', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const request = httpRequest(`${test.host.url}/api/login`, { method: 'POST' }, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += String(chunk))).on('end', () => resolve(body));
      });
      request.on('error', reject);
      for (let n = 0; n < 20; n += 1) request.write('x'.repeat(1024 * 1024));
      request.end();
    });
    expect(JSON.parse(text)).to.include({ status: 'error' });
  });

  it('does not run a syncer for a HEAD', async () => {
    const credential = Buffer.from('test-client:test-client-secret-0123456789').toString('base64');
    const response = await fetch(`${test.host.url}/api/run-syncer?id=acme/wecom`, {
      method: 'HEAD',
      headers: { authorization: `Basic ${credential}` },
    });
    expect(response.status).to.equal(404);
  });

  it('answers an envelope where there is no call', async () => {
    const answer = await client.get('/api/no-such-call');
    expect(answer.json).to.have.all.keys(KEYS);
    expect(answer.status).to.equal('error');
  });

  for (const query of [
    '%00',
    '%ff%fe',
    '%',
    'p=abc&pageSize=abc',
    'p=-1&pageSize=0',
    'id=%F0%9F%98%80',
    'id=a&id=b',
    'owner[]=1',
  ]) {
    it(`survives the query "${query}"`, async () => {
      for (const route of test.host.routes) {
        if (route.method !== 'GET' || route.path === '/api/logout') continue;
        const answer = await client.get(`${route.path}?${query}`);
        expect(answer.httpStatus, `${route.path}: ${answer.text}`).to.be.below(500);
        // A page of members is no call, and says so with another status.
        if ('contentType' in route.answers || route.onTrouble) continue;
        expect(answer.httpStatus, `${route.path}: ${answer.text}`).to.equal(200);
        expect(answer.json).to.include.keys('status', 'msg', 'data');
      }
    });
  }

  it('says why in Chinese to whoever prefers it, and in English to everybody else', async () => {
    const say = async (language: string): Promise<string> =>
      (await client.get('/api/get-group', { 'accept-language': language })).msg;
    expect(await say('zh-CN,zh;q=0.9,en;q=0.8')).to.match(/缺少/);
    expect(await say('en;q=0.9,zh;q=0.8')).to.match(/missing/);
    expect(await say('zhx')).to.match(/missing/);
  });

  it('sends headers that keep other pages out', async () => {
    const { headers } = await client.get('/api/get-organizations');
    expect(headers.get('content-security-policy'))
      .to.include("default-src 'none'")
      .and.include("frame-ancestors 'none'");
    expect(headers.get('content-security-policy')).to.match(/script-src 'self';/);
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
    expect(headers.get('cache-control')).to.equal('no-store');
  });

  it('refuses what a page of another site sends, whoever is signed in', async () => {
    const admin = await test.signedIn();
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
    ]) {
      for (const route of test.host.routes) {
        if (!(route.changes ?? route.method === 'POST') || route.onTrouble) continue;
        const answer =
          route.method === 'GET' ? await admin.get(route.path, headers) : await admin.post(route.path, {}, headers);
        expect(answer.status, route.path).to.equal('error');
        expect(answer.msg, route.path).to.include('another site');
      }
    }
  });

  it('takes a changing GET with a session from its own page alone, and from programs with their credential', async () => {
    const admin = await test.signedIn();
    const { cookie } = admin;
    const changing = test.host.routes.filter((route) => route.method === 'GET' && route.changes);
    expect(changing.map(({ path }) => path)).to.have.members(['/api/run-syncer', '/api/logout']);
    for (const { path } of changing) {
      for (const headers of [{}, { 'sec-fetch-site': 'none' }, { referer: '' }] as Record<string, string>[]) {
        const answer = await test.anonymous({ cookie }).get(`${path}?id=acme/none`, headers);
        expect(answer.msg, path).to.include('own page');
      }
      const program = await test.credential().get(`${path}?id=acme/none`);
      expect(program.msg).to.not.include('own page');
    }
    expect((await admin.get('/api/get-account')).status).to.equal('ok');
    const own = { referer: `${test.host.url}/syncers` };
    expect((await admin.get('/api/run-syncer?id=acme/none', own)).msg).to.include('does not exist');
    expect((await admin.get('/api/logout', own)).status).to.equal('ok');
    expect((await admin.get('/api/get-account')).status).to.equal('error');
  });

  it('keeps queries and bodies out of its log', async () => {
    await client.get('/api/get-syncers?clientId=test-client&clientSecret=sEcReT-in-query');
    await client.post('/api/add-organization?accessToken=sEcReT-in-query', '{"password":"sEcReT-in-body"');
    expect(test.log.join('\n')).to.not.include('sEcReT');
  });
});

import { expect } from 'chai';
import type { SyncerDefinition } from '../../src/syncer/definition.ts';
import { text } from '../../src/syncer/text.ts';
import { ADMIN_PASSWORD, CLIENT_ID, CLIENT_SECRET, Client, TestHost } from './test-host.ts';

const HTML = { accept: 'text/html' };

/** Speaks of an address that is not this host's. */
const HR: SyncerDefinition = {
  type: 'HR',
  title: text('HR', '人事'),
  fields: [
    {
      name: 'address',
      label: 'Address',
      labelZh: '地址',
      kind: 'text',
      required: false,
      secret: false,
      help: 'Such as https://hr.example/api/v2.',
      helpZh: '例如 https://hr.example/api/v2。',
    },
  ],
  check: () => undefined,
  open: () => {
    throw new Error('nobody opens it');
  },
};

describe('a host below a path of its own', () => {
  let test: TestHost;
  let page: Client;
  const signIn = { type: 'login', organization: 'built-in', username: 'admin', password: ADMIN_PASSWORD };

  before(async () => {
    // A slash at the end changes nothing.
    test = await TestHost.start({
      members: 5,
      departments: 2,
      settings: { BASE_PATH: '/id/sync/', PUBLIC_URL: 'https://sso.example' },
      definitions: [HR],
    });
    const basic = Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64');
    page = new Client(`${test.host.url}/id/sync`, { authorization: `Basic ${basic}` });
  });
  after(() => test.close());

  it('answers its calls there, and nowhere else', async () => {
    expect((await page.get('/api/get-organizations')).status).to.equal('ok');
    expect((await page.get('/api/get-organizations/')).status).to.equal('ok');
    for (const elsewhere of [
      '/api/get-organizations',
      '/id/api/get-organizations',
      '/id/syncx/api/get-organizations',
    ]) {
      const answer = await test.credential().get(elsewhere);
      expect(answer.json, elsewhere).to.include({ status: 'error', data: null, msg: 'There is no such call.' });
    }
  });

  it('brings the page at every address below, with its files and calls below, and not at the root', async () => {
    for (const path of ['', '/', '/syncers/acme/wecom', '/signin?next=%2F']) {
      const { httpStatus, text } = await page.get(path, HTML);
      expect(httpStatus, path).to.equal(200);
      expect(text, path).to.include('<meta name="prefix" content="/id/sync" />');
      const files = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? '');
      expect(files).to.have.length.of.at.least(3);
      for (const file of files) {
        expect(file).to.match(/^\/id\/sync\//);
        expect((await test.anonymous().get(file)).httpStatus, file).to.equal(200);
      }
    }
    for (const path of ['/', '/id', '/id/sync.', '/syncers']) {
      expect((await test.anonymous().get(path, HTML)).httpStatus, path).to.equal(404);
    }
  });

  it('keeps its cookie below the path, also when it takes it away', async () => {
    const client = test.anonymous();
    const signedIn = await client.post('/id/sync/api/login', signIn);
    const [cookie = ''] = signedIn.headers.getSetCookie();
    expect(cookie).to.match(/^casdoor_session_id=[^;]+; Path=\/id\/sync; HttpOnly; SameSite=Lax; Secure$/);
    client.cookie = cookie.split(';', 1)[0] ?? '';
    expect((await client.get('/id/sync/api/get-account')).data).to.include({ owner: 'built-in', name: 'admin' });
    const signedOut = await client.post('/id/sync/api/logout');
    expect(signedOut.headers.getSetCookie()[0]).to.match(/^casdoor_session_id=; Path=\/id\/sync; .*Max-Age=0/);
    expect((await client.get('/id/sync/api/get-account')).status).to.equal('error');
  });

  it('tells load balancers and Prometheus at the root too', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      for (const prefix of ['', '/id/sync']) {
        expect((await test.anonymous().get(prefix + path)).httpStatus, prefix + path).to.equal(200);
      }
    }
  });

  it('says where directories call, and touches no other address in a help text', async () => {
    const { data } = await page.get('/api/get-syncer-types');
    const helpOf = (title: string, name: string): string =>
      data
        .find((type: { title: string }) => type.title === title)
        .fields.find((field: { name: string }) => field.name === name).help;
    expect(helpOf('WeCom', 'callbackToken')).to.include('https://sso.example/id/sync/api/wecom-callback/');
    expect(helpOf('HR', 'address')).to.equal('Such as https://hr.example/api/v2.');
  });

  it('says in its documents where it is', async () => {
    expect((await page.get('/api/openapi.json')).json.servers).to.deep.equal([{ url: '/id/sync' }]);
    expect((await page.get('/api/docs')).text).to.include('href="/id/sync/api/docs.css"');
  });

  it('names the address of a run that waits as browsers reach it', async () => {
    await page.post('/api/add-organization', { name: 'acme' });
    await page.post('/api/add-syncer', { ...test.syncer('acme'), removalLimit: { percent: 1, count: 0 } });
    expect((await page.get('/api/run-syncer?id=acme/wecom')).status).to.equal('ok');
    test.sandbox.company.leave([...test.sandbox.company.members].slice(0, 2).map(({ userid }) => userid));
    const held = await page.get('/api/run-syncer?id=acme/wecom');
    expect(held.msg).to.include(`https://sso.example/id/sync/runs/${held.data.id})`);
  });
});

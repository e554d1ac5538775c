import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { createHost } from '../../../src/host/create-host.ts';
import { parseSettings } from '../../../src/host/settings.ts';
import { answerJson, FakeIam, type IamUser } from '../../support/iam/fake-iam.ts';
import { ADMIN_PASSWORD, CLIENT_ID, CLIENT_SECRET, TestHost, type Client } from '../test-host.ts';

const NOBODY = 'Please login first';
const DENIED = 'Unauthorized operation';
const ROOT: IamUser = { owner: 'built-in', name: 'root', isAdmin: true };
const CHIEF: IamUser = { owner: 'acme', name: 'chief', isAdmin: true };
const PLAIN: IamUser = { owner: 'acme', name: 'plain', isAdmin: false };

describe('sign-in by the IAM', () => {
  let iam: FakeIam;
  let test: TestHost;
  let count = 0;
  /** Of a name that no other test has. */
  const fresh = (): string => `session${(count += 1)}`;
  /** Each from an address of its own, since one address asks about so many in a second. */
  const withCookie = (value: string, more: Readonly<Record<string, string>> = {}): Client =>
    test.anonymous({
      cookie: `casdoor_session_id=${value}`,
      'sec-fetch-site': 'same-origin',
      'x-forwarded-for': `192.0.2.${(count += 1)}`,
      ...more,
    });
  const signedIn = (user: IamUser): Client => {
    const cookie = fresh();
    iam.cookies.set(cookie, user);
    return withCookie(cookie);
  };

  before(async () => {
    iam = await FakeIam.start();
    test = await TestHost.start({
      members: 5,
      departments: 2,
      settings: { IAM_URL: `${iam.url}/`, TRUSTED_HOPS: '1' },
    });
    for (const name of ['acme', 'beta']) await test.addOrganization(name);
    expect((await test.credential().post('/api/add-syncer', test.syncer('acme'))).msg).to.equal('');
  });
  after(async () => {
    await test?.close();
    await iam?.close();
  });
  beforeEach(() => {
    iam.instead = undefined;
    iam.requests.length = 0;
  });

  describe('takes who the IAM says is there', () => {
    it('an administrator of everything, of his organization, and nobody else', async () => {
      const [root, chief, plain] = [signedIn(ROOT), signedIn(CHIEF), signedIn(PLAIN)];
      expect((await root.get('/api/get-syncers?owner=admin')).data).to.have.length(1);
      expect((await root.get('/api/get-organizations?owner=admin')).data).to.have.length(3);
      expect((await chief.get('/api/get-syncer?id=acme/wecom')).data.name).to.equal('wecom');
      expect((await chief.get('/api/get-users?owner=beta')).msg).to.equal(DENIED);
      expect((await plain.get('/api/get-syncer?id=acme/wecom')).msg).to.equal(DENIED);
      expect((await plain.get('/api/get-account')).data).to.include({ owner: 'acme', name: 'plain' });
      const global = signedIn({ ...PLAIN, isGlobalAdmin: true });
      expect((await global.get('/api/get-users?owner=beta')).status).to.equal('ok');
      // The page offers what the calls allow.
      expect((await global.get('/api/get-account')).data).to.include({ owner: 'acme', isGlobalAdmin: true });
      for (const { data } of [await chief.get('/api/get-account'), await root.get('/api/get-account')]) {
        expect(data).to.not.have.property('isGlobalAdmin');
      }
    });

    it('with the rights that it says, whatever the account has here', async () => {
      const demoted = signedIn({ ...CHIEF, isAdmin: false });
      expect((await demoted.get('/api/get-syncer?id=acme/wecom')).msg).to.equal(DENIED);
      expect((await demoted.get('/api/get-account')).data.isAdmin).to.equal(false);
    });

    it('also whom this database does not have', async () => {
      const account = await signedIn({ owner: 'beta', name: 'elsewhere', isAdmin: true }).get('/api/get-account');
      expect(account.data).to.include({ owner: 'beta', name: 'elsewhere', isAdmin: true, tag: '', isForbidden: false });
      expect(account.data2.name).to.equal('beta');
    });

    for (const flag of ['isForbidden', 'isDeleted']) {
      it(`but nobody whom it shows as ${flag}`, async () => {
        const client = signedIn({ ...ROOT, [flag]: true });
        expect((await client.get('/api/get-account')).msg).to.equal(NOBODY);
        expect((await client.get('/api/get-syncers?owner=admin')).msg).to.equal(DENIED);
      });
    }

    it('by a token, in the header or under either name in the query', async () => {
      iam.tokens.set('eyJ0.chief', CHIEF);
      for (const client of [test.anonymous({ authorization: 'Bearer eyJ0.chief' })]) {
        expect((await client.get('/api/get-account')).data.name).to.equal('chief');
      }
      for (const key of ['accessToken', 'access_token']) {
        expect((await test.anonymous().get(`/api/get-account?${key}=eyJ0.chief`)).data.name).to.equal('chief');
      }
      expect(iam.requests.every(({ url }) => url === '/api/get-account')).to.equal(true);
    });

    it('by the token where both come, and by nothing else when it is none', async () => {
      const cookie = fresh();
      iam.cookies.set(cookie, ROOT);
      iam.tokens.set('of-plain', PLAIN);
      const both = (token: string): Client => withCookie(cookie, { authorization: `Bearer ${token}` });
      expect((await both('of-plain').get('/api/get-account')).data.name).to.equal('plain');
      expect((await both('made-up').get('/api/get-account')).msg).to.equal(NOBODY);
      const basic = Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64');
      const java = test.anonymous({ authorization: `Basic ${basic}` });
      expect((await java.get('/api/get-account?access_token=of-plain')).data.name).to.equal('plain');
      expect((await java.get('/api/get-users?owner=acme&access_token=made-up')).msg).to.equal(DENIED);
    });
  });

  describe('shows the IAM', () => {
    it('that credential, and neither another cookie nor anything of the query', async () => {
      const cookie = fresh();
      iam.cookies.set(cookie, CHIEF);
      const client = test.anonymous({
        cookie: `theme=dark; casdoor_session_id=${cookie}; other=secret`,
        'x-forwarded-for': '192.0.2.1',
      });
      const answer = await client.get('/api/get-account?userId=built-in/root&id=built-in/root&owner=built-in');
      expect(answer.data.name).to.equal('chief');
      const [asked] = iam.requests;
      expect(iam.requests).to.have.length(1);
      expect(asked?.url).to.equal('/api/get-account');
      expect(asked?.headers.cookie).to.equal(`casdoor_session_id=${cookie}`);
      expect(asked?.headers).to.not.have.any.keys('authorization', 'x-forwarded-for');
      expect(answer.headers.getSetCookie()).to.deep.equal([]);
    });

    it('a token alone, where a cookie comes along', async () => {
      iam.tokens.set('alone', CHIEF);
      await withCookie(fresh(), { authorization: 'Bearer alone' }).get('/api/get-account');
      expect(iam.requests[0]?.headers).to.include({ authorization: 'Bearer alone' }).and.not.have.property('cookie');
    });

    it('nothing of whoever fetches metrics with a token that is meant for somebody else', async () => {
      for (const path of ['/metrics', '/healthz', '/readyz']) {
        await fetch(`${test.host.url}${path}`, { headers: { authorization: 'Bearer of-prometheus' } });
      }
      expect(iam.requests).to.deep.equal([]);
    });

    it('nothing of whoever brings no credential, or one that fits in no header', async () => {
      expect((await test.anonymous().get('/api/get-account')).msg).to.equal(NOBODY);
      expect((await test.anonymous({ cookie: 'casdoor_session_id=; x=1' }).get('/api/get-account')).msg).to.equal(
        NOBODY,
      );
      expect((await test.anonymous().get('/api/get-account?accessToken=a%20b%0d%0ac')).msg).to.equal(NOBODY);
      expect(iam.requests).to.have.length(0);
    });

    it('no more than 20 credentials of strangers from one address in a second', async () => {
      const from = { 'x-forwarded-for': '198.51.100.1' };
      iam.cookies.set('known', CHIEF);
      const known = withCookie('known', from);
      await known.get('/api/get-account');
      const asked = Array.from({ length: 60 }, () => withCookie(fresh(), from).get('/api/get-account'));
      const answers = await Promise.all(asked);
      expect(answers.map(({ msg }) => msg)).to.deep.equal(answers.map(() => NOBODY));
      // The window begins with the first of them; a slow machine may come into the next one.
      expect(iam.requests.length).to.be.within(20, 41);
      expect((await known.get('/api/get-account')).data.name).to.equal('chief');
      expect((await signedIn(CHIEF).get('/api/get-account')).data.name).to.equal('chief');
    });
  });

  describe('lets nobody in', () => {
    const answers: readonly (readonly [string, (response: ServerResponse) => void])[] = [
      ['another shape', (response) => answerJson(response, { status: 'ok', data: { user: ROOT } })],
      ['a list', (response) => answerJson(response, { status: 'ok', data: [ROOT] })],
      [
        'an account without an owner',
        (response) => answerJson(response, { status: 'ok', data: { ...ROOT, owner: '' } }),
      ],
      ['a name with a slash', (response) => answerJson(response, { status: 'ok', data: { ...ROOT, name: 'a/b' } })],
      [
        'a flag that is a text',
        (response) => answerJson(response, { status: 'ok', data: { ...ROOT, isForbidden: 'x' } }),
      ],
      ['no status', (response) => answerJson(response, { data: ROOT })],
      ['an account with HTTP 500', (response) => answerJson(response, { status: 'ok', data: ROOT }, 500)],
      ['a page', (response) => response.end('<!doctype html><title>Casdoor</title>')],
      [
        'too much',
        (response) => response.end(JSON.stringify({ status: 'ok', data: ROOT, more: 'x'.repeat(2_000_000) })),
      ],
      ['nothing, and hangs up', (response) => response.destroy()],
      ['a redirect', (response) => response.writeHead(302, { location: `${iam.url}/api/get-account?x=1` }).end()],
    ];
    for (const [what, answer] of answers) {
      it(`when it answers ${what}, and asks again next time`, async () => {
        const client = signedIn(ROOT);
        iam.instead = (_request, response) => answer(response);
        expect((await client.get('/api/get-account')).msg).to.equal(NOBODY);
        expect(iam.requests).to.have.length(1);
        iam.instead = undefined;
        expect((await client.get('/api/get-account')).data.name).to.equal('root');
      });
    }

    it('when it is slower than three seconds', async () => {
      const client = signedIn(ROOT);
      iam.instead = () => undefined;
      const since = performance.now();
      expect((await client.get('/api/get-account')).msg).to.equal(NOBODY);
      expect(performance.now() - since).to.be.within(2_500, 4_500);
    });
  });

  describe('leaves our own', () => {
    it('sign-in page to the IAM’s', async () => {
      const refused = await test.anonymous().signIn('built-in', 'admin', ADMIN_PASSWORD);
      expect(refused).to.include({ status: 'error', msg: `Sign in at the IAM: ${iam.url}/login` });
      expect(refused.headers.getSetCookie()).to.deep.equal([]);
      expect((await test.anonymous().get('/api/get-sign-in')).data).to.equal(`${iam.url}/login`);
      const signOut = await signedIn(CHIEF).post('/api/logout');
      expect(signOut).to.include({ status: 'error' });
      expect(signOut.msg).to.include(iam.url);
    });

    it('API credential as good as it was', async () => {
      expect((await test.credential().get('/api/get-users?owner=acme')).status).to.equal('ok');
      const query = `clientId=${CLIENT_ID}&clientSecret=${CLIENT_SECRET}`;
      expect((await test.anonymous().get(`/api/get-users?owner=acme&${query}`)).status).to.equal('ok');
      expect(iam.requests).to.have.length(0);
    });

    it('guard against other sites as it was', async () => {
      const cookie = fresh();
      iam.cookies.set(cookie, ROOT);
      const foreign = withCookie(cookie, { 'sec-fetch-site': 'cross-site' });
      expect((await foreign.post('/api/run-syncer?id=acme/wecom')).msg).to.include('another site');
      expect((await foreign.get('/api/run-syncer?id=acme/wecom')).status).to.equal('error');
    });
  });

  it('tells no log and no error what it was shown', async () => {
    iam.tokens.set('sEcReT-token', ROOT);
    iam.instead = (_request, response) => response.destroy();
    await test.anonymous({ authorization: 'Bearer sEcReT-token' }).get('/api/get-account');
    await withCookie('sEcReT-cookie').get('/api/get-account');
    expect(test.log.filter((line) => line.includes('IAM_URL'))).to.have.length.of.at.least(1);
    expect(test.log.join('\n')).to.not.include('sEcReT').and.not.include(iam.url);
  });
});

describe('our own session cookie beside an IAM', () => {
  it('counts for nothing', async () => {
    const iam = await FakeIam.start();
    const alone = await TestHost.start({ members: 5, departments: 2 });
    try {
      const { cookie } = await alone.signedIn();
      const { folder } = alone;
      const settings = { DATABASE_URL: `sqlite:${folder}/iam.db`, PORT: '0', IAM_URL: iam.url, LOG_LEVEL: 'silent' };
      const host = await createHost(parseSettings(settings));
      await host.listen();
      try {
        const answer = await fetch(`${host.url}/api/get-account`, { headers: { cookie } });
        expect(await answer.json()).to.include({ status: 'error', msg: NOBODY });
        const own = await fetch(`${alone.host.url}/api/get-account`, { headers: { cookie } });
        expect(await own.json()).to.include({ status: 'ok' });
      } finally {
        await host.close();
      }
    } finally {
      await alone.close();
      await iam.close();
    }
  });
});

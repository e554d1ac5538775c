import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { AuditRow, SessionRow, UserRow } from '../../../src/storage/entities/index.ts';
import { ADMIN_PASSWORD, TestHost } from '../test-host.ts';

describe('signing in', () => {
  let test: TestHost;
  beforeEach(async () => {
    test = await TestHost.start({ members: 2, departments: 1 });
    await test.addOrganization('acme');
  });
  afterEach(() => test.close());

  it('answers "organization/user" and sets a cookie that scripts cannot read', async () => {
    const client = test.anonymous();
    const answer = await client.signIn('built-in', 'admin', ADMIN_PASSWORD);
    expect(answer.data).to.equal('built-in/admin');
    const [cookie = ''] = answer.headers.getSetCookie();
    expect(cookie)
      .to.match(/^casdoor_session_id=/)
      .and.match(/HttpOnly/)
      .and.match(/SameSite=Lax/)
      .and.not.match(/Max-Age|Secure/);
    const account = await client.get('/api/get-account');
    expect(account.json).to.include({ status: 'ok', name: 'admin' });
    expect(account.data).to.include({ owner: 'built-in', tag: '', isAdmin: true, password: '***', passwordSalt: '' });
    expect(account.data2).to.include({ name: 'built-in' });
    expect(account.json.sub).to.equal(account.data.id);
  });

  it('keeps the session for 30 days when asked to', async () => {
    const answer = await test.anonymous().post('/api/login', {
      organization: 'built-in',
      username: 'admin',
      password: ADMIN_PASSWORD,
      autoSignin: true,
    });
    expect(answer.headers.getSetCookie()[0]).to.include(`Max-Age=${30 * 86_400}`);
  });

  it('tells a stranger the same for a wrong password, a wrong name and a wrong organization', async () => {
    const client = test.anonymous();
    const answers = [
      await client.signIn('built-in', 'admin', 'wrong password'),
      await client.signIn('built-in', 'nobody', 'wrong password'),
      await client.signIn('nowhere', 'admin', 'wrong password'),
    ];
    expect(new Set(answers.map(({ msg }) => msg)).size).to.equal(1);
    for (const answer of answers) expect(answer.headers.getSetCookie()).to.deep.equal([]);
    expect((await client.get('/api/get-account')).json).to.include({
      status: 'error',
      msg: 'Please login first',
      data: 'Please login first',
    });
  });

  it('stops guessing after five wrong passwords, also for the right one', async () => {
    for (let n = 0; n < 5; n += 1) await test.anonymous().signIn('acme', 'chief', `wrong ${n}`);
    const answer = await test.anonymous().signIn('acme', 'chief', ADMIN_PASSWORD);
    expect(answer.msg).to.match(/Too many wrong passwords/);
    await test.signedIn();
  });

  it('accepts the bcrypt password of an account that Casdoor made, and never one in clear', async () => {
    const set = (password: string, passwordType: string): Promise<unknown> =>
      test.host.parts.database.transaction(({ manager }) =>
        manager.update(UserRow, { owner: 'acme', name: 'chief' }, { password, passwordType }),
      );
    await set(hashSync('from casdoor', 4), 'bcrypt');
    await test.signedIn('acme', 'chief', 'from casdoor');
    await set('from casdoor', 'plain');
    expect((await test.anonymous().signIn('acme', 'chief', 'from casdoor')).status).to.equal('error');
  });

  it('ends with signing out: the cookie is worth nothing afterwards', async () => {
    const client = await test.signedIn();
    const stolen = client.cookie;
    expect((await client.post('/api/logout')).status).to.equal('ok');
    const thief = test.anonymous({ cookie: stolen });
    expect((await thief.get('/api/get-account')).status).to.equal('error');
    expect(await test.host.parts.database.read(({ manager }) => manager.count(SessionRow))).to.equal(0);
  });

  it('ends at once, everywhere, with a new password', async () => {
    const sessions = [
      await test.signedIn('acme', 'chief', ADMIN_PASSWORD),
      await test.signedIn('acme', 'chief', ADMIN_PASSWORD),
    ];
    const admin = await test.signedIn();
    const changed = await admin.post('/api/update-user?id=acme/chief&columns=password', {
      password: 'another password',
    });
    expect(changed.data).to.equal('Affected');
    for (const session of sessions) expect((await session.get('/api/get-account')).status).to.equal('error');
    await test.signedIn('acme', 'chief', 'another password');
    expect((await test.anonymous().signIn('acme', 'chief', ADMIN_PASSWORD)).status).to.equal('error');
  });

  it('is over for whoever is forbidden or deleted, in the middle of a session', async () => {
    const admin = await test.signedIn();
    const chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
    await admin.post('/api/update-user?id=acme/chief&columns=isForbidden', { isForbidden: true });
    expect((await chief.get('/api/get-account')).status).to.equal('error');
    expect((await test.anonymous().signIn('acme', 'chief', ADMIN_PASSWORD)).msg).to.match(/may not sign in/);
    const plain = await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
    await admin.post('/api/delete-user', { owner: 'acme', name: 'plain' });
    expect((await plain.get('/api/get-account')).status).to.equal('error');
  });

  it('does not take a forged or a mangled cookie', async () => {
    const { cookie } = await test.signedIn();
    for (const forged of [
      'casdoor_session_id=x',
      `${cookie.slice(0, -4)}AAAA`,
      `casdoor_session_id=${'x'.repeat(5000)}`,
      'casdoor_session_id=',
    ]) {
      expect((await test.anonymous({ cookie: forged }).get('/api/get-account')).status).to.equal('error');
    }
  });

  it('stores no cookie and no password that could be used', async () => {
    const { cookie } = await test.signedIn();
    const rows = await test.host.parts.database.read(async ({ manager }) =>
      JSON.stringify([await manager.find(SessionRow), await manager.find(UserRow), await manager.find(AuditRow)]),
    );
    expect(rows)
      .to.not.include(ADMIN_PASSWORD)
      .and.not.include(cookie.split('=')[1] ?? cookie);
  });

  it('is written down, with the attempts that failed', async () => {
    await test.anonymous().signIn('acme', 'chief', 'wrong');
    await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
    const rows = await test.host.parts.database.read(({ manager }) =>
      manager.find(AuditRow, { where: { action: 'sign-in' }, order: { createdMs: 'ASC' } }),
    );
    expect(rows.map(({ target, detail }) => [target, detail])).to.deep.equal([
      ['acme/chief', '{"outcome":"refused"}'],
      ['acme/chief', '{"outcome":"ok"}'],
    ]);
  });
});

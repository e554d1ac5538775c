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
      test.host.database.transaction(({ manager }) =>
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
    expect(await test.host.database.read(({ manager }) => manager.count(SessionRow))).to.equal(0);
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
    const rows = await test.host.database.read(async ({ manager }) =>
      JSON.stringify([await manager.find(SessionRow), await manager.find(UserRow), await manager.find(AuditRow)]),
    );
    expect(rows)
      .to.not.include(ADMIN_PASSWORD)
      .and.not.include(cookie.split('=')[1] ?? cookie);
  });

  const noted = async (): Promise<readonly (readonly string[])[]> => {
    const rows = await test.host.database.read(({ manager }) =>
      manager.find(AuditRow, { where: { action: 'sign-in' }, order: { createdMs: 'ASC' } }),
    );
    return rows.map(({ actor, organization, target, detail }) => [
      actor,
      organization,
      target,
      JSON.parse(detail).outcome,
    ]);
  };

  it('is written down, with the first attempt that failed and the first that was not looked at', async () => {
    for (let n = 0; n < 20; n += 1) await test.anonymous().signIn('acme', 'chief', `wrong ${n}`);
    await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
    expect(await noted()).to.deep.equal([
      ['anonymous', 'acme', 'acme/chief', 'refused'],
      ['anonymous', 'acme', 'acme/chief', 'limited'],
      ['acme/plain', 'acme', 'acme/plain', 'ok'],
    ]);
  });

  it('leaves nothing behind where nobody and no password was named', async () => {
    const client = test.anonymous();
    for (let n = 0; n < 300; n += 1) {
      await client.post('/api/login', { organization: 'acme', username: `someone${n}` });
    }
    expect(await noted()).to.deep.equal([]);
  });

  it('stores no name that is none: it may be a password in the wrong field', async () => {
    for (const typed of ['hunter2hunter2', 'My Secret Passphrase', 'another one']) {
      await test.anonymous().signIn('acme', typed, 'wrong');
      await test.anonymous().signIn(typed, 'chief', 'wrong');
    }
    expect(await noted()).to.deep.equal([
      ['anonymous', 'acme', '', 'refused'],
      ['anonymous', '', '', 'refused'],
    ]);
  });

  it('lets the right one in from another address, whatever strangers tried from theirs', async () => {
    await test.close();
    test = await TestHost.start({ members: 1, departments: 1, settings: { TRUSTED_HOPS: '1' } });
    const signIn = (address: string, password: string) =>
      test
        .anonymous({ 'x-forwarded-for': address })
        .post('/api/login', { organization: 'built-in', username: 'admin', password });
    for (let n = 0; n < 31; n += 1) {
      expect((await signIn('198.51.100.7', `wrong ${n}`)).status).to.equal('error');
    }
    expect((await signIn('198.51.100.7', ADMIN_PASSWORD)).msg).to.match(/Too many wrong passwords/);
    expect((await signIn('203.0.113.9', ADMIN_PASSWORD)).status).to.equal('ok');
    // From many addresses at once: the account is closed to strangers, not where it signed in last.
    for (let n = 0; n < 40; n += 1) await signIn(`198.51.100.${n}`, 'wrong');
    expect((await signIn('203.0.113.10', ADMIN_PASSWORD)).msg).to.match(/Too many wrong passwords/);
    expect((await signIn('203.0.113.9', ADMIN_PASSWORD)).status).to.equal('ok');
  });

  for (const kind of ['bcrypt', 'argon2id']) {
    it(`takes as long for a name that nobody has as for one with a password of kind ${kind}`, async () => {
      await test.close();
      test = await TestHost.start({ members: 1, departments: 1, settings: { TRUSTED_HOPS: '1' } });
      await test.addOrganization('acme');
      const rounds = 12;
      if (kind === 'bcrypt') {
        const columns = { password: hashSync(ADMIN_PASSWORD, rounds), passwordType: kind };
        await test.host.database.transaction(({ manager }) => manager.update(UserRow, { owner: 'acme' }, columns));
      }
      const fastest = { known: Infinity, unknown: Infinity };
      for (let n = 0; n < 6; n += 1) {
        for (const [name, username] of [
          ['known', 'chief'],
          ['unknown', `none${n}`],
        ] as const) {
          const started = performance.now();
          const body = { organization: 'acme', username, password: 'wrong' };
          await test.anonymous({ 'x-forwarded-for': `10.0.0.${n}` }).post('/api/login', body);
          const took = performance.now() - started;
          fastest[name] = Math.min(fastest[name], took);
        }
      }
      // A bcrypt of 12 rounds takes several times as long as our argon2id.
      expect(fastest.unknown).to.be.within(fastest.known / 2, fastest.known * 2);
    });
  }

  it('belongs to the account, not to its name', async () => {
    const admin = test.credential();
    const plain = await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
    const rows = await test.host.database.read(({ manager }) => manager.find(SessionRow));
    await admin.post('/api/delete-user', { owner: 'acme', name: 'plain' });
    // As after a crash, or where another program deleted the account.
    await test.host.database.transaction(({ manager }) => manager.insert(SessionRow, rows));
    await admin.post('/api/add-user', { owner: 'acme', name: 'plain', password: ADMIN_PASSWORD });
    expect((await plain.get('/api/get-account')).status).to.equal('error');
    await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
  });

  it('does not change hands with a name that another program gives to somebody else', async () => {
    const [chief, plain] = [
      await test.signedIn('acme', 'chief', ADMIN_PASSWORD),
      await test.signedIn('acme', 'plain', ADMIN_PASSWORD),
    ];
    await test.host.database.transaction(async ({ manager }) => {
      for (const [from, to] of [
        ['chief', 'x'],
        ['plain', 'chief'],
        ['x', 'plain'],
      ] as const) {
        await manager.update(UserRow, { owner: 'acme', name: from }, { name: to });
      }
    });
    for (const client of [chief, plain]) expect((await client.get('/api/get-account')).status).to.equal('error');
  });
});

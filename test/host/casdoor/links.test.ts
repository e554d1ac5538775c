import { expect } from 'chai';
import type { Member } from '../../../src/sandbox/company/member.ts';
import { quote } from '../../../src/storage/dialect.ts';
import { EVERYWHERE, makeCasdoors, NOWHERE, signedIn, signInEverywhere } from '../../support/iam/casdoor-sessions.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../../support/databases.ts';
import { SECRET_KEY, TestHost, type Answer, type Client } from '../test-host.ts';

for (const kind of DATABASE_KINDS) {
  describe(`which account is a member’s, decided by a person, on ${kind}`, () => {
    let database: TestDatabase | undefined;
    let test: TestHost;
    let admin: Client;

    before(async function () {
      database = await createTestDatabase(kind);
      if (!database) return this.skip();
      await makeCasdoors(database);
      const settings = { DATABASE_URL: database.url, SECRET_KEY };
      test = await TestHost.start({ members: 24, departments: 3, settings });
      await test.addOrganization('acme');
      await test.addOrganization('globex');
      admin = await test.signedIn();
      await admin.post('/api/add-syncer', test.syncer('acme'));
      await sync();
    });
    after(async () => {
      await test?.close();
      await database?.drop();
    });

    const sync = (): Promise<Answer> => admin.post('/api/run-syncer?id=acme/wecom&wait=true');
    const used = new Set<string>();
    /** An active member whom no test had before. */
    const someone = (): Member => {
      const member = [...test.sandbox.company.members].find(
        ({ userid, status, enable, mobile }) => status === 1 && enable !== 0 && mobile && !used.has(userid),
      )!;
      used.add(member.userid);
      return member;
    };
    const user = async (name: string) => (await admin.get(`/api/get-user?id=acme/${name}`)).data;
    const columns = async (name: string) => {
      const q = (column: string): string => quote(kind, column);
      const sql = `SELECT password, wecom, github, google, ${q('webauthnCredentials')} AS keys_, totp_secret
        FROM ${q('user')} WHERE owner = 'acme' AND name = '${name}'`;
      const [row] = await test.host.database.read((session) => session.select(sql));
      return row!;
    };
    /** As somebody who uses the account has it. */
    const use = async (name: string): Promise<void> => {
      const q = (column: string): string => quote(kind, column);
      await test.host.database.transaction((session) =>
        session.execute(
          `UPDATE ${q('user')} SET password = 'hash', github = 'gh-1', google = 'g-1', totp_secret = 'otp'
           WHERE owner = 'acme' AND name = '${name}'`,
        ),
      );
      await signInEverywhere(test.host.database, 'acme', name);
    };
    const link = (userid: string, account: string, more: object = {}, who = admin): Promise<Answer> =>
      who.post('/api/link-account?id=acme/wecom', { userid, user: account, ...more });
    const unlink = (account: string, who = admin): Promise<Answer> => who.post(`/api/unlink-account?id=${account}`);
    const handOn = (userid: string): void => {
      test.sandbox.company.leave([userid]);
      test.sandbox.company.hire({
        userid,
        name: `接任 ${userid}`,
        mobile: `137${String(used.size).padStart(8, '1234567')}`,
        email: `heir-${userid}@example.com`,
        biz_mail: '',
      });
    };

    it('confirms a userid that was handed on: the values are written, and whoever had it before is out', async () => {
      const { userid } = someone();
      await use(userid);
      handOn(userid);
      const run = await sync();
      expect(run.data.counts.conflicts).to.equal(1);
      expect(await signedIn(test.host.database, 'acme', userid)).to.deep.equal(EVERYWHERE);
      const answer = await link(userid, `acme/${userid}`);
      expect(answer.status, answer.text).to.equal('ok');
      expect(answer.data.change).to.include({ kind: 'link', user: `acme/${userid}` });
      expect(await user(userid)).to.include({ displayName: `接任 ${userid}`, isForbidden: false });
      expect(await columns(userid)).to.include({
        password: '',
        github: '',
        google: '',
        totp_secret: '',
        wecom: userid,
      });
      expect(await signedIn(test.host.database, 'acme', userid)).to.deep.equal(NOWHERE);
      expect((await sync()).data.counts.conflicts).to.equal(0);
    });

    it('keeps password, bindings and sessions when told to', async () => {
      const { userid } = someone();
      await use(userid);
      handOn(userid);
      await link(userid, `acme/${userid}`, { keepSignIn: true });
      expect(await columns(userid)).to.include({ password: 'hash', github: 'gh-1', totp_secret: 'otp' });
      expect(await signedIn(test.host.database, 'acme', userid)).to.deep.equal(EVERYWHERE);
    });

    it('takes an account from its member for good, and changes nothing else', async () => {
      const { userid } = someone();
      await use(userid);
      const before = await user(userid);
      const unlinked = await admin.post(`/api/unlink-account?id=acme/${userid}`, { id: `acme/${userid}` });
      expect(unlinked.data, unlinked.text).to.equal('Affected');
      const { updatedTime: _now, ...after } = await user(userid);
      expect(after).to.deep.include({ id: before.id, email: before.email, groups: before.groups, isForbidden: false });
      expect(await columns(userid)).to.include({ wecom: '', password: 'hash', github: 'gh-1' });
      for (const linkBy of [['name', 'email', 'phone'], []]) {
        const syncer = (await admin.get('/api/get-syncer?id=acme/wecom')).data;
        await admin.post('/api/update-syncer?id=acme/wecom', { ...syncer, linkBy });
        const run = await sync();
        const changes = (await admin.get(`/api/get-sync-changes?id=${run.data.id}&userid=${userid}`)).data;
        expect(changes.map((change: { kind: string }) => change.kind)).to.deep.equal(['conflict']);
        await admin.post(`/api/sync-member?id=acme/wecom&userid=${userid}`);
        expect(await columns(userid)).to.include({ wecom: '' });
      }
      expect((await unlink(`acme/${userid}`)).status, 'it is unlinked').to.equal('error');
      expect((await link(userid, `acme/${userid}`)).status).to.equal('ok');
      expect(await columns(userid)).to.include({ wecom: userid, password: '' });
      expect((await sync()).data.counts.conflicts).to.equal(0);
    });

    it('gives a member an account of another name, and lets in whom only a sync had locked out', async () => {
      const leaver = someone();
      test.sandbox.company.leave([leaver.userid]);
      await sync();
      expect(await user(leaver.userid)).to.include({ isForbidden: true });
      const [hired] = test.sandbox.company.hire({ userid: `back-${leaver.userid}`, name: leaver.name });
      const taken = await link(hired!.userid, `acme/${leaver.userid}`);
      expect(taken.status, 'it is linked elsewhere').to.equal('error');
      await unlink(`acme/${leaver.userid}`);
      const answer = await link(hired!.userid, `acme/${leaver.userid}`);
      expect(answer.status, answer.text).to.equal('ok');
      expect(await user(leaver.userid)).to.include({ isForbidden: false, wecom: hired!.userid });
      await unlink(`acme/${leaver.userid}`);
      const run = await sync();
      const changes = (await admin.get(`/api/get-sync-changes?id=${run.data.id}&userid=${hired!.userid}`)).data;
      expect(changes[0], 'no second account is made of it either').to.include({ kind: 'conflict' });
      expect(await user(hired!.userid)).to.equal(null);
    });

    it('lets nobody in whom a person forbade', async () => {
      const { userid } = someone();
      await admin.post('/api/add-user', { owner: 'acme', name: `forbidden-${userid}` });
      await admin.post(`/api/update-user?id=acme/forbidden-${userid}&columns=isForbidden`, {
        owner: 'acme',
        name: `forbidden-${userid}`,
        isForbidden: true,
      });
      await unlink(`acme/${userid}`);
      expect((await link(userid, `acme/forbidden-${userid}`)).status).to.equal('ok');
      await sync();
      expect(await user(`forbidden-${userid}`)).to.include({ isForbidden: true, wecom: userid });
    });

    it('refuses administrators, accounts and members that are linked elsewhere, and what is not there', async () => {
      const [one, other] = [someone(), someone()];
      await admin.post('/api/add-user', { owner: 'acme', name: 'chief', isAdmin: true });
      await admin.post('/api/add-user', { owner: 'acme', name: 'spare' });
      const before = await Promise.all([one.userid, other.userid, 'chief', 'spare'].map(user));
      for (const [userid, account, reason] of [
        [one.userid, 'acme/chief', /administrator/i],
        [one.userid, `acme/${other.userid}`, /another member/i],
        [one.userid, 'acme/spare', /has the account/i],
        [one.userid, 'spare', /has the account/i],
        [one.userid, 'acme/nobody', /no such account/i],
        [one.userid, 'globex/ann', /two different/i],
        ['nobody-at-all', 'acme/spare', /does not show/i],
        ['', 'acme/spare', /userid/i],
      ] as const) {
        const answer = await link(userid, account);
        expect(answer.status, account).to.equal('error');
        expect(answer.msg).to.match(reason);
      }
      expect(await Promise.all([one.userid, other.userid, 'chief', 'spare'].map(user))).to.deep.equal(before);
      expect((await unlink('acme/chief')).status).to.equal('error');
    });

    it('is nobody’s to decide who administers another organization, and is written down', async () => {
      const { userid } = someone();
      const stranger = await test.signedIn('globex', 'chief');
      for (const answer of [
        await link(userid, `acme/${userid}`, {}, stranger),
        await unlink(`acme/${userid}`, stranger),
      ]) {
        expect(answer.msg).to.equal('Unauthorized operation');
      }
      expect((await columns(userid))['wecom']).to.equal(userid);
      const rows = await test.host.database.read((session) =>
        session.select(`SELECT action, target FROM audit_log WHERE organization = 'acme'`),
      );
      const actions = rows.map(({ action }) => action);
      expect(actions).to.include.members(['link-account', 'unlink-account']);
    });

    it('ends the sign-ins of an account that a person deleted and brings back, unless told to keep them', async () => {
      for (const keepSignIn of [false, true]) {
        const { userid } = someone();
        const q = (column: string): string => quote(kind, column);
        await test.host.database.transaction((session) =>
          session.execute(`UPDATE ${q('user')} SET is_deleted = TRUE WHERE owner = 'acme' AND name = '${userid}'`),
        );
        await use(userid);
        const answer = await admin.post(`/api/sync-member?id=acme/wecom&userid=${userid}&keepSignIn=${keepSignIn}`);
        expect(answer.data.change?.kind, answer.text).to.equal('restore');
        expect((await columns(userid))['password']).to.equal(keepSignIn ? 'hash' : '');
        expect(await signedIn(test.host.database, 'acme', userid)).to.deep.equal(keepSignIn ? EVERYWHERE : NOWHERE);
      }
      const { userid } = someone();
      await use(userid);
      await admin.post('/api/delete-user', { owner: 'acme', name: userid });
      await test.host.database.transaction((session) =>
        session.execute(
          `UPDATE ${quote(kind, 'token')} SET expires_in = 604800 WHERE organization = 'acme' AND ${quote(kind, 'user')} = '${userid}'`,
        ),
      );
      await admin.post(`/api/sync-member?id=acme/wecom&userid=${userid}`);
      expect(await user(userid), 'made again').to.include({ wecom: userid });
      expect((await signedIn(test.host.database, 'acme', userid)).tokens).to.deep.equal([0, 0]);
    });
  });
}

import { expect } from 'chai';
import { SECRET_KEY, TestHost, ADMIN_PASSWORD, type Client } from '../test-host.ts';
import { Sessions } from '../../../src/host/auth/session.ts';
import { SessionRecords } from '../../../src/storage/accounts/session-records.ts';
import { SecretBox } from '../../../src/storage/syncers/secret-box.ts';
import { AuditRow, UserRow } from '../../../src/storage/entities/index.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../../support/databases.ts';

const NEW_PASSWORD = 'staple-battery-horse';
const LAST = /last account that administers everything/;

for (const kind of DATABASE_KINDS) {
  describe(`accounts of administrators on ${kind}`, () => {
    let database: TestDatabase | undefined;
    let test: TestHost;
    let program: Client;

    before(async function () {
      database = await createTestDatabase(kind);
      if (!database) return this.skip();
      test = await TestHost.start({
        members: 1,
        departments: 1,
        settings: { DATABASE_URL: database.url, SECRET_KEY },
      });
      await test.addOrganization('acme');
      program = test.credential();
    });
    after(async () => {
      await test?.close();
      await database?.drop();
    });

    const active = (): Promise<number> =>
      test.host.database.read(({ manager }) =>
        manager.countBy(UserRow, { owner: 'built-in', isForbidden: false, isDeleted: false }),
      );

    const takings: readonly (readonly [string, (client: Client, name: string) => Promise<{ readonly msg: string }>])[] =
      [
        [
          'forbid',
          (client, name) =>
            client.post(`/api/update-user?id=built-in/${name}&columns=isForbidden`, { isForbidden: true }),
        ],
        [
          'mark as deleted',
          (client, name) => client.post(`/api/update-user?id=built-in/${name}&columns=is_deleted`, { isDeleted: true }),
        ],
        [
          'demote',
          (client, name) => client.post(`/api/update-user?id=built-in/${name}&columns=isAdmin`, { isAdmin: false }),
        ],
        [
          'rename',
          (client, name) => client.post(`/api/update-user?id=built-in/${name}&columns=name`, { name: 'nobody' }),
        ],
        ['delete', (client, name) => client.post('/api/delete-user', { owner: 'built-in', name })],
      ];
    for (const [act, take] of takings) {
      it(`lets nobody ${act} the last one that administers everything`, async () => {
        expect((await take(program, 'admin')).msg).to.match(LAST);
        // One who may not sign in is no help.
        await program.post('/api/add-user', { owner: 'built-in', name: 'away', isAdmin: true, isForbidden: true });
        expect((await take(program, 'admin')).msg).to.match(LAST);
        await program.post('/api/delete-user', { owner: 'built-in', name: 'away' });
        await test.signedIn();
      });
    }

    it('lets two calls at the same moment not take the last two', async () => {
      for (let round = 0; round < 8; round += 1) {
        const name = `second${round}`;
        await program.post('/api/add-user', { owner: 'built-in', name, isAdmin: true, password: ADMIN_PASSWORD });
        const [, take] = takings[[0, 1, 4][round % 3]!]!;
        const answers = await Promise.all([take(program, 'admin'), take(program, name)]);
        expect(answers.filter(({ msg }) => LAST.test(msg))).to.have.length(1);
        expect(await active()).to.equal(1);
        // Back to where it began: one administrator called admin.
        await program.post('/api/add-user', {
          owner: 'built-in',
          name: 'admin',
          isAdmin: true,
          password: ADMIN_PASSWORD,
        });
        const columns = { isForbidden: false, isDeleted: false };
        await program.post('/api/update-user?id=built-in/admin&columns=isForbidden,isDeleted', columns);
        await program.post('/api/delete-user', { owner: 'built-in', name });
        expect(await active()).to.equal(1);
      }
    });

    /** Names under which the database finds the account itself. */
    const spellings = kind === 'mysql' ? ['chief', 'CHIEF', 'chíef', 'chief '] : ['chief'];

    it('want the old password for one’s own, by every call and spelling', async () => {
      const chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
      for (const name of spellings) {
        for (const oldPassword of [undefined, '']) {
          const id = encodeURIComponent(`acme/${name}`);
          const bodies = [
            ['/api/set-password', { userOwner: 'acme', userName: name, newPassword: NEW_PASSWORD, oldPassword }],
            [`/api/update-user?id=${id}&columns=password`, { password: NEW_PASSWORD, oldPassword }],
            [`/api/update-user?id=${id}`, { owner: 'acme', name, password: NEW_PASSWORD, oldPassword }],
          ] as const;
          for (const [path, body] of bodies) {
            const answer = await chief.post(path, body);
            const wrong = 'old password is wrong|Too many wrong passwords';
            const refused = name === 'chief' ? new RegExp(wrong) : new RegExp(`${wrong}|doesn't exist`);
            expect(answer.msg, `${path} ${name}`).to.match(refused);
          }
        }
        expect((await chief.post('/api/add-user', { owner: 'acme', name, password: NEW_PASSWORD })).status).to.equal(
          'error',
        );
      }
      expect((await chief.get('/api/get-account')).status).to.equal('ok');
    });

    it('take one’s own with the old one, and ends the sign-ins', async () => {
      await program.post('/api/add-user', { owner: 'acme', name: 'boss', isAdmin: true, password: ADMIN_PASSWORD });
      const boss = await test.signedIn('acme', 'boss', ADMIN_PASSWORD);
      const body = { password: NEW_PASSWORD, oldPassword: ADMIN_PASSWORD };
      const changed = await boss.post('/api/update-user?id=acme/boss&columns=password', body);
      expect(changed.data, changed.msg).to.equal('Affected');
      expect((await boss.get('/api/get-account')).status).to.equal('error');
      await test.signedIn('acme', 'boss', NEW_PASSWORD);
    });

    it('get one new password of several that are set with the same old one at the same moment', async () => {
      await program.post('/api/add-user', { owner: 'acme', name: 'twice', password: ADMIN_PASSWORD });
      const calls = await Promise.all(
        ['first', 'second', 'third'].map(async (word) => {
          const client = await test.signedIn('acme', 'twice', ADMIN_PASSWORD);
          const newPassword = `${word}-battery-horse`;
          const form = { userOwner: 'acme', userName: 'twice', oldPassword: ADMIN_PASSWORD, newPassword };
          const columns = { password: newPassword, oldPassword: ADMIN_PASSWORD };
          return () =>
            word === 'third'
              ? client.post('/api/update-user?id=acme/twice&columns=password', columns)
              : client.post('/api/set-password', form);
        }),
      );
      const answers = await Promise.all(calls.map((call) => call()));
      expect(answers.filter(({ status }) => status === 'ok')).to.have.length(1);
    });

    const losses: readonly (readonly [string, () => Promise<unknown>])[] = [
      [
        'another password is set',
        () => program.post('/api/set-password', { userOwner: 'acme', userName: 'racer', newPassword: NEW_PASSWORD }),
      ],
      [
        'it is forbidden, and allowed again',
        async () => {
          await program.post('/api/update-user?id=acme/racer&columns=isForbidden', { isForbidden: true });
          expect(await begin()).to.equal(undefined);
          return program.post('/api/set-password', { userOwner: 'acme', userName: 'racer', newPassword: NEW_PASSWORD });
        },
      ],
      ['it is deleted', () => program.post('/api/delete-user', { owner: 'acme', name: 'racer' })],
      ['it is renamed', () => program.post('/api/update-user?id=acme/racer', { name: 'runner' })],
      [
        'it is deleted and made again',
        async () => {
          await program.post('/api/delete-user', { owner: 'acme', name: 'racer' });
          await program.post('/api/add-user', { owner: 'acme', name: 'racer', password: ADMIN_PASSWORD });
        },
      ],
    ];
    let found: UserRow;
    const begin = () =>
      new Sessions(new SessionRecords(test.host.database), new SecretBox(SECRET_KEY)).begin(found, false);
    for (const [loss, lose] of losses) {
      it(`are not signed in when ${loss} while the password is looked at`, async () => {
        await program.post('/api/add-user', { owner: 'acme', name: 'racer', password: ADMIN_PASSWORD });
        const row = await test.host.database.read(({ manager }) =>
          manager.findOneBy(UserRow, { owner: 'acme', name: 'racer' }),
        );
        found = row!;
        expect(await begin()).to.not.equal(undefined);
        await lose();
        expect(await begin()).to.equal(undefined);
        for (const name of ['racer', 'runner']) await program.post('/api/delete-user', { owner: 'acme', name });
      });
    }

    it('are not locked out, demoted or deleted by themselves, by any spelling', async () => {
      await program.post('/api/add-user', { owner: 'acme', name: 'head', isAdmin: true, password: ADMIN_PASSWORD });
      const head = await test.signedIn('acme', 'head', ADMIN_PASSWORD);
      const names = kind === 'mysql' ? ['head', 'HEAD', 'héad'] : ['head'];
      for (const name of names) {
        const id = encodeURIComponent(`acme/${name}`);
        for (const flag of [{ isForbidden: true }, { isDeleted: true }, { isAdmin: false }]) {
          const refused = name === 'héad' ? /doesn't exist/ : /your own account/;
          expect((await head.post(`/api/update-user?id=${id}`, flag)).msg, name).to.match(refused);
        }
        const { msg, data } = await head.post('/api/delete-user', { owner: 'acme', name });
        if (name === 'héad') expect(data, name).to.equal('Unaffected');
        else expect(msg, name).to.match(/your own account/);
      }
      expect((await head.get('/api/get-account')).data.isAdmin).to.equal(true);
    });

    it('are let in from elsewhere while strangers guess from one address, and guesses without a password are not noted', async () => {
      const hops = await TestHost.on(kind, { members: 1, departments: 1, settings: { TRUSTED_HOPS: '1' } });
      try {
        const signIn = (address: string, password?: string) =>
          hops!
            .anonymous({ 'x-forwarded-for': address })
            .post('/api/login', { type: 'login', organization: 'built-in', username: 'admin', password });
        const noted = () => hops!.host.database.read(({ manager }) => manager.count(AuditRow));
        const before = await noted();
        for (let n = 0; n < 300; n += 1) await signIn(`198.51.100.${n % 200}`);
        expect(await noted()).to.equal(before);
        for (let n = 0; n < 31; n += 1) expect((await signIn('198.51.100.7', `wrong ${n}`)).status).to.equal('error');
        expect((await signIn('198.51.100.7', ADMIN_PASSWORD)).msg).to.match(/Too many/);
        expect((await signIn('203.0.113.9', ADMIN_PASSWORD)).status).to.equal('ok');
      } finally {
        await hops?.close();
      }
    });

    it('have one budget of guesses, however their name is spelt', async () => {
      const messages: string[] = [];
      for (const name of ['plain', 'PLAIN', 'plaín', 'plàin', 'pläin', 'plaîn']) {
        messages.push((await test.anonymous().signIn('acme', name, 'wrong')).msg);
      }
      expect(messages.findIndex((msg) => msg.startsWith('Too many'))).to.equal(5);
      expect((await test.anonymous().signIn('acme', 'plain', ADMIN_PASSWORD)).msg).to.match(/Too many/);
    });
  });
}

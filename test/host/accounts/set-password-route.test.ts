import { expect } from 'chai';
import { AuditRow, UserRow } from '../../../src/storage/entities/index.ts';
import { DATABASE_KINDS } from '../../support/databases.ts';
import { ADMIN_PASSWORD, TestHost } from '../test-host.ts';

const NEW_PASSWORD = 'staple-battery-horse';

for (const kind of DATABASE_KINDS) {
  describe(`a new password, on ${kind}`, () => {
    let test: TestHost;
    before(async function () {
      const started = await TestHost.on(kind, { members: 2, departments: 1 });
      if (!started) return this.skip();
      test = started;
      await test.addOrganization('acme');
    });
    after(() => test?.close());

    /** As Casdoor's page and SDKs send it. */
    const form = (fields: Readonly<Record<string, string>>) => formOf(Object.entries(fields));
    const formOf = (fields: readonly (readonly [string, string])[]) => {
      const parts = fields.map(
        ([name, value]) => `--limit\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      );
      return [`${parts.join('')}--limit--\r\n`, { 'content-type': 'multipart/form-data; boundary=limit' }] as const;
    };
    const wanted = { userOwner: 'acme', userName: 'plain', newPassword: NEW_PASSWORD };

    it('of one’s own needs the old one, and ends every session', async () => {
      const plain = await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
      const other = await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
      for (const oldPassword of ['', 'wrong']) {
        const refused = await plain.post('/api/set-password', ...form({ ...wanted, oldPassword }));
        expect(refused.msg).to.equal('The old password is wrong.');
      }
      const done = await plain.post('/api/set-password', ...form({ ...wanted, oldPassword: ADMIN_PASSWORD }));
      expect(done.json).to.include({ status: 'ok', data: null });
      expect((await other.get('/api/get-account')).status).to.equal('error');
      await test.signedIn('acme', 'plain', NEW_PASSWORD);
    });

    it('is not guessed at: attempts at the old one are counted', async () => {
      const chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
      const guess = { userOwner: 'acme', userName: 'chief', newPassword: NEW_PASSWORD, oldPassword: 'guess' };
      for (let n = 0; n < 5; n += 1) await chief.post('/api/set-password', guess);
      expect((await chief.post('/api/set-password', guess)).msg).to.match(/Too many wrong passwords/);
      const right = { ...guess, oldPassword: ADMIN_PASSWORD };
      expect((await chief.post('/api/set-password', right)).msg).to.match(/Too many wrong passwords/);
    });

    it('of others is an administrator’s to set, as JSON too', async () => {
      const admin = await test.signedIn();
      const given = { ...wanted, newPassword: 'battery-horse-staple' };
      expect((await admin.post('/api/set-password', given)).status).to.equal('ok');
      expect((await admin.post('/api/set-password', wanted)).status).to.equal('ok');
      const nobody = await admin.post('/api/set-password', { ...wanted, userName: 'none' });
      expect(nobody.msg).to.equal("The user: acme/none doesn't exist");
      const weak = await admin.post('/api/set-password', { ...wanted, newPassword: 'short' });
      expect(weak.msg).to.equal('The password must have at least 6 characters');
    });

    it('is refused when the old one that came along is wrong, whoever asks', async () => {
      for (const client of [test.credential(), await test.signedIn()]) {
        const answer = await client.post('/api/set-password', { ...wanted, userName: 'chief', oldPassword: 'wrong' });
        expect(answer.msg).to.match(/The old password is wrong|Too many wrong passwords/);
      }
    });

    it('is refused when what came along as the old one is no text, and taken when it is null', async () => {
      const account = { owner: 'acme', name: 'spare', password: ADMIN_PASSWORD };
      expect((await test.credential().post('/api/add-user', account)).data).to.equal('Affected');
      const given = { ...wanted, userName: 'spare' };
      for (const oldPassword of [0, false, [], {}]) {
        const answer = await test.credential().post('/api/set-password', { ...given, oldPassword });
        expect(answer.msg, JSON.stringify(oldPassword)).to.equal('The old password is wrong.');
      }
      const none = await test.credential().post('/api/set-password', { ...given, oldPassword: null });
      expect(none.status, none.text).to.equal('ok');
    });

    it('is refused with a blank in it, and when it is the old one', async () => {
      const blank = await test.credential().post('/api/set-password', { ...wanted, newPassword: 'staple battery' });
      expect(blank.msg).to.match(/blank/);
      for (const newPassword of ['', '        ']) {
        expect((await test.credential().post('/api/set-password', { ...wanted, newPassword })).status).to.equal(
          'error',
        );
      }
      const unchanged = await test.credential().post('/api/set-password', wanted);
      expect(unchanged.msg).to.match(/must be different/);
    });

    it('comes as any form that SDKs send', async () => {
      const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' };
      const body = (password: string): string => `newPassword=${password}&userOwner=acme&userName=plain&oldPassword=`;
      const sent = await test.credential().post('/api/set-password', body('lone%percent-sign'), urlencoded);
      expect(sent.status, sent.text).to.equal('ok');
      await test.signedIn('acme', 'plain', 'lone%percent-sign');
      const json = await test.credential().post('/api/set-password', JSON.stringify(wanted), urlencoded);
      expect(json.status, json.text).to.equal('ok');
    });

    it('is refused for two accounts at once', async () => {
      const answer = await test.credential().post('/api/set-password?id=acme/chief', wanted);
      expect(answer.msg).to.match(/two different objects/);
    });

    it('is refused by a form that says two things of one field, and taken from one that says it twice', async () => {
      const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' };
      const stored = () => test.host.database.read(({ manager }) => manager.find(UserRow, { order: { id: 'ASC' } }));
      const before = await stored();
      const given = Object.entries({ ...wanted, newPassword: 'horse-battery-staple' });
      for (const [name, value] of [
        ['userName', 'chief'],
        ['userOwner', 'globex'],
        ['newPassword', 'another-horse-battery'],
        ['oldPassword', ADMIN_PASSWORD],
      ] as const) {
        const twice = [...given, ['oldPassword', ''], [name, value]] as const;
        const body = twice.map((field) => field.join('=')).join('&');
        for (const answer of [
          await test.credential().post('/api/set-password', body, urlencoded),
          await test.credential().post('/api/set-password', ...formOf(twice)),
        ]) {
          expect(answer.json, name).to.include({ status: 'error', msg: 'The request body is not a valid form.' });
        }
      }
      expect(await stored()).to.deep.equal(before);
      const same = await test.credential().post('/api/set-password', ...formOf([...given, ['userName', 'plain']]));
      expect(same.status, same.text).to.equal('ok');
    });

    it('is refused when the form cannot be read', async () => {
      const [, headers] = form({});
      const answer = await test.credential().post('/api/set-password', 'no form at all', headers);
      expect(answer.json).to.include({ status: 'error', msg: 'The request body is not a valid form.' });
    });

    it('is written down without the password', async () => {
      const rows = await test.host.database.read(({ manager }) => manager.findBy(AuditRow, { action: 'set-password' }));
      expect(rows.map(({ target }) => target)).to.include('acme/plain');
      for (const text of [JSON.stringify(rows), test.log.join('\n')]) {
        expect(text).to.not.include(NEW_PASSWORD).and.not.include(ADMIN_PASSWORD);
      }
    });
  });
}

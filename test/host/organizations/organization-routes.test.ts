import { expect } from 'chai';
import { AuditRow, GroupRow, OrganizationRow } from '../../../src/storage/entities/index.ts';
import { makeCasdoors } from '../../support/iam/casdoor-sessions.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../../support/databases.ts';
import { ADMIN_PASSWORD, SECRET_KEY, TestHost, type Answer, type Client } from '../test-host.ts';

/** A value of every key that Casdoor sends, as somebody might send it. */
const WHOLE = {
  owner: 'admin',
  createdTime: '2026-03-04T05:06:07+08:00',
  displayName: '伽马 <&>',
  websiteUrl: 'https://gamma.example',
  logo: 'https://gamma.example/logo.png',
  logoDark: 'https://gamma.example/dark.png',
  favicon: 'https://gamma.example/favicon.ico',
  hasPrivilegeConsent: true,
  passwordType: 'bcrypt',
  passwordSalt: 'some-salt',
  passwordOptions: ['AtLeast8', 'Aa123'],
  passwordObfuscatorType: 'AES',
  passwordObfuscatorKey: 'obfuscator-key',
  passwordExpireDays: 90,
  tokenRetentionDays: 30,
  recordRetentionDays: 31,
  countryCodes: ['CN', 'HK'],
  defaultAvatar: 'https://gamma.example/avatar.png',
  usePermanentAvatar: true,
  defaultApplication: 'app-gamma',
  defaultTokenFormat: 'JWT',
  userTypes: ['staff'],
  tags: ['a', '标签'],
  languages: ['zh'],
  themeData: { themeType: 'dark', colorPrimary: '#5734d3', borderRadius: 6, isCompact: false, isEnabled: true },
  masterPassword: 'Master-Password-1',
  defaultPassword: 'Default-Password-1',
  masterVerificationCode: '424242',
  ipWhitelist: '10.0.0.0/8',
  initScore: 7,
  enableSoftDeletion: true,
  isProfilePublic: true,
  useEmailAsUsername: true,
  enableTour: true,
  disableSignin: true,
  ipRestriction: 'none',
  navItems: ['home'],
  userNavItems: ['account'],
  widgetItems: ['ai'],
  mfaItems: [{ name: 'sms', rule: 'Optional' }],
  mfaRememberInHours: 12,
  accountMenu: 'Horizontal',
  accountItems: [{ name: 'Name', visible: true, viewRule: 'Public', modifyRule: 'Self', regex: '', tab: '' }],
  dcrPolicy: 'open',
  ldapAttributes: ['mail'],
  kerberosRealm: 'GAMMA',
  kerberosKdcHost: 'kdc.gamma.example',
  kerberosKeytab: 'keytab',
  kerberosServiceName: 'HTTP',
  orgBalance: 1.5,
  userBalance: 2.25,
  balanceCredit: -3,
  balanceCurrency: 'CNY',
};
const HIDDEN = { masterPassword: '***', defaultPassword: '***', masterVerificationCode: '***' };

for (const kind of DATABASE_KINDS) {
  for (const isCasdoors of [false, true]) {
    describe(`organizations, on ${isCasdoors ? 'Casdoor’s' : 'our own'} tables on ${kind}`, () => {
      let database: TestDatabase | undefined;
      let test: TestHost;
      let admin: Client;

      before(async function () {
        database = await createTestDatabase(kind);
        if (!database) return this.skip();
        if (isCasdoors) await makeCasdoors(database);
        test = await TestHost.start({
          members: 4,
          departments: 2,
          settings: { DATABASE_URL: database.url, SECRET_KEY },
        });
        await test.addOrganization('acme');
        admin = await test.signedIn();
      });
      after(async () => {
        await test?.close();
        await database?.drop();
      });

      const read = async (name: string, client = admin): Promise<Answer> =>
        client.get(`/api/get-organization?id=admin/${name}`);
      const row = (name: string): Promise<OrganizationRow | null> =>
        test.host.database.read(({ manager }) => manager.findOneBy(OrganizationRow, { owner: 'admin', name }));

      it('are kept as they are sent, every key, and passwords are shown to nobody', async () => {
        const answer = await admin.post('/api/add-organization', { ...WHOLE, name: 'gamma' });
        expect(answer.data, answer.text).to.equal('Affected');
        expect((await read('gamma')).data).to.deep.equal({ ...WHOLE, name: 'gamma', ...HIDDEN });
        const listed = await admin.get('/api/get-organizations?owner=admin&organizationName=gamma&p=1&pageSize=10');
        expect(listed.data).to.deep.equal([{ ...WHOLE, name: 'gamma', ...HIDDEN }]);
        expect(listed.data2).to.equal(1);
        const stored = await row('gamma');
        expect(stored?.masterPassword).to.match(/^\$2[aby]\$/);
        expect(stored).to.include({ defaultPassword: 'Default-Password-1', masterVerificationCode: '424242' });
      });

      it('come back whole and stay what they are; absent keys keep', async () => {
        const before = await row('gamma');
        const { data } = await read('gamma');
        for (const body of [
          data,
          { displayName: WHOLE.displayName },
          {},
          { tags: WHOLE.tags, mfaItems: WHOLE.mfaItems },
        ]) {
          expect((await admin.post('/api/update-organization?id=admin/gamma', body)).data).to.equal('Affected');
          expect(await row('gamma')).to.deep.equal(before);
        }
        await admin.post('/api/update-organization?id=admin/gamma', {
          themeData: null,
          tags: null,
          initScore: 8,
          masterPassword: '',
        });
        const { themeData, tags, initScore, masterPassword, ...others } = (await read('gamma')).data;
        expect({ themeData, tags, initScore, masterPassword }).to.deep.equal({
          themeData: null,
          tags: null,
          initScore: 8,
          masterPassword: '',
        });
        expect({ ...WHOLE, name: 'gamma', ...HIDDEN }).to.deep.include(others);
      });

      it('have what Casdoor’s page needs when only a name is sent', async () => {
        await admin.post('/api/add-organization', { name: 'bare', accountItems: null, passwordOptions: [] });
        const { data } = await read('bare');
        expect(data).to.deep.include({
          displayName: 'bare',
          passwordOptions: ['AtLeast6'],
          userTypes: null,
          themeData: null,
          masterPassword: '',
          balanceCurrency: 'USD',
          mfaRememberInHours: 12,
        });
        expect(data.accountItems.map(({ name }: { name: string }) => name)).to.include.members([
          'Name',
          'Email',
          'Groups',
          'Is forbidden',
        ]);
        expect(data).to.have.all.keys('name', ...Object.keys(WHOLE));
      });

      it('show an administrator of their own no salt and no key, and nobody anything of another', async () => {
        await admin.post('/api/update-organization?id=admin/acme', {
          passwordSalt: 'some-salt',
          passwordObfuscatorKey: 'key',
          kerberosKeytab: 'tab',
        });
        const chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
        const plain = await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
        for (const client of [chief, plain]) {
          const masked = { passwordSalt: '***', passwordObfuscatorKey: '***', kerberosKeytab: '***' };
          expect((await read('acme', client)).data).to.include(masked);
          expect((await client.get('/api/get-account')).data2).to.include(masked);
          expect((await client.get('/api/get-organizations?owner=admin')).data).to.have.length(1);
          expect((await read('gamma', client)).msg).to.equal('Unauthorized operation');
        }
        expect((await read('acme')).data).to.include({ passwordSalt: 'some-salt', passwordObfuscatorKey: 'key' });
      });

      it('are changed and deleted by global administrators alone', async () => {
        const chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
        const before = await row('acme');
        for (const client of [chief, await test.signedIn('acme', 'plain', ADMIN_PASSWORD), test.anonymous()]) {
          for (const call of [
            client.post('/api/update-organization?id=admin/acme', { displayName: 'x' }),
            client.post('/api/delete-organization', { owner: 'admin', name: 'acme' }),
            client.post('/api/add-organization', { name: 'intruder' }),
          ]) {
            expect((await call).msg).to.equal('Unauthorized operation');
          }
        }
        expect(await row('acme')).to.deep.equal(before);
      });

      it('belong to admin: what names one of another owner changes none', async () => {
        await admin.post('/api/add-organization', { name: 'owned' });
        const before = await row('owned');
        for (const [call, body] of [
          ['update-organization?id=globex/owned', { displayName: 'x' }],
          ['update-organization?id=admin/owned', { owner: 'globex', displayName: 'x' }],
          ['update-organization?id=admin/owned&owner=globex', { displayName: 'x' }],
          ['delete-organization', { owner: 'acme', name: 'owned' }],
          ['delete-organization?id=acme/owned', { name: 'owned' }],
          ['delete-organization?owner=acme', { owner: 'admin', name: 'owned' }],
        ] as const) {
          const answer = await admin.post(`/api/${call}`, body);
          expect(answer.msg, `${call} ${answer.text}`).to.match(/two different objects/);
          expect(await row('owned')).to.deep.equal(before);
        }
        for (const [call, body] of [
          ['update-organization?id=null/owned', { owner: null, displayName: 'By Java' }],
          ['update-organization?id=owned/owned', { owner: 'owned', displayName: 'By itself' }],
          ['delete-organization?id=admin/owned', { owner: 'admin', name: 'owned' }],
        ] as const) {
          const answer = await admin.post(`/api/${call}`, body);
          expect(answer.data, answer.text).to.equal('Affected');
        }
      });

      it('with users or syncers stay under their name, and the refusal counts them', async () => {
        await admin.post('/api/add-syncer', test.syncer('bare'));
        const { data } = await read('acme');
        for (const [name, msg] of [
          ['acme', /"acme" has 2 users and 0 syncers: delete them first/],
          ['bare', /"bare" has 0 users and 1 syncer: delete them first/],
          ['built-in', /"built-in" has 1 user and 0 syncers/],
        ] as const) {
          for (const answer of [
            await admin.post('/api/delete-organization', { owner: 'admin', name }),
            await admin.post(`/api/update-organization?id=admin/${name}`, { ...data, name: 'renamed' }),
          ]) {
            expect(answer.status).to.equal('error');
            expect(answer.msg).to.match(msg);
          }
          expect(await row(name)).to.not.equal(null);
        }
        expect(await row('renamed')).to.equal(null);
        await admin.post('/api/delete-syncer', { owner: 'bare', name: 'wecom', organization: 'bare' });
        if (!isCasdoors) return;
        const insert = `INSERT INTO ${kind === 'mysql' ? '`syncer`' : '"syncer"'} (owner, name, organization) VALUES ('admin', 'old', 'bare')`;
        await test.host.database.transaction((session) => session.execute(insert));
        expect((await admin.post('/api/delete-organization', { name: 'bare' })).msg).to.match(/0 users and 1 syncer/);
        await test.host.database.transaction((session) =>
          session.execute(insert.replace(/INSERT INTO (\S+).*/, `DELETE FROM $1 WHERE name = 'old'`)),
        );
      });

      it('without any are renamed and deleted, with their groups', async () => {
        await test.host.database.transaction(({ manager }) =>
          manager.insert(GroupRow, [
            { owner: 'bare', name: 'bare-top', parentId: 'bare', isTopGroup: true },
            { owner: 'bare', name: 'bare-below', parentId: 'bare-top', isTopGroup: false },
          ]),
        );
        expect((await admin.post('/api/update-organization?id=admin/bare', { name: 'acme' })).status).to.equal('error');
        expect((await admin.post('/api/update-organization?id=admin/bare', { name: 'a/b' })).status).to.equal('error');
        expect((await admin.post('/api/update-organization?id=admin/bare', { name: 'Bared' })).data).to.equal(
          'Affected',
        );
        expect((await read('bare')).data).to.equal(null);
        const groups = (): Promise<readonly GroupRow[]> =>
          test.host.database.read(({ manager }) =>
            manager.find(GroupRow, { where: [{ owner: 'bare' }, { owner: 'Bared' }], order: { name: 'ASC' } }),
          );
        expect((await groups()).map(({ owner, name, parentId }) => [owner, name, parentId])).to.deep.equal([
          ['Bared', 'bare-below', 'bare-top'],
          ['Bared', 'bare-top', 'Bared'],
        ]);
        expect((await admin.post('/api/delete-organization', { owner: 'admin', name: 'Bared' })).data).to.equal(
          'Affected',
        );
        expect(await groups()).to.deep.equal([]);
        expect((await admin.post('/api/delete-organization', { owner: 'admin', name: 'Bared' })).data).to.equal(
          'Unaffected',
        );
        expect((await admin.post('/api/update-organization?id=admin/Bared', {})).data).to.equal('Unaffected');
        expect((await admin.post('/api/update-organization?id=admin/gamma&id=admin/acme', {})).msg).to.match(
          /two different objects/,
        );
      });

      it('are refused with values that cannot be stored, by name', async () => {
        for (const [key, value] of Object.entries({
          tags: [1],
          themeData: 'x',
          initScore: 'x',
          passwordExpireDays: 1e12,
          orgBalance: 'x',
          isProfilePublic: 'perhaps',
          logo: 7,
          displayName: 'x'.repeat(101),
          mfaItems: ['x'],
        })) {
          const answer = await admin.post('/api/update-organization?id=admin/gamma', { [key]: value });
          expect(answer.status, key).to.equal('error');
          expect(answer.msg.replaceAll('_', '').toLowerCase()).to.include(key.toLowerCase());
        }
      });

      it('are written down, without what they hold', async () => {
        const rows = await test.host.database.read(({ manager }) => manager.find(AuditRow));
        const acts = rows
          .filter(({ action }) => action.endsWith('-organization'))
          .map(({ action, target }) => `${action} ${target}`);
        expect(acts).to.include.members([
          'add-organization gamma',
          'update-organization gamma',
          'delete-organization Bared',
          'delete-organization acme',
        ]);
        expect(JSON.stringify(rows) + test.log.join('\n'))
          .to.not.include('Master-Password-1')
          .and.not.include('Default-Password-1');
      });
    });
  }
}

import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { quote } from '../../../src/storage/dialect.ts';
import { EVERYWHERE, makeCasdoors, NOWHERE, signedIn, signInEverywhere } from '../../support/iam/casdoor-sessions.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../../support/databases.ts';
import { ADMIN_PASSWORD, SECRET_KEY, TestHost, type Client } from '../test-host.ts';

for (const kind of DATABASE_KINDS) {
  describe(`the host beside Casdoor on ${kind}`, () => {
    let database: TestDatabase | undefined;
    let test: TestHost;
    let admin: Client;

    before(async function () {
      database = await createTestDatabase(kind);
      if (!database) return this.skip();
      await makeCasdoors(database);
      const settings = { DATABASE_URL: database.url, SECRET_KEY };
      test = await TestHost.start({ members: 12, departments: 3, settings });
      await test.addOrganization('acme');
      admin = await test.signedIn();
      await admin.post('/api/add-syncer', test.syncer('acme'));
    });
    after(async () => {
      await test?.close();
      await database?.drop();
    });

    const casdoorSyncer = (organization: string, name: string, isEnabled: boolean): Promise<unknown> =>
      test.host.database.transaction((session) =>
        session.execute(
          `INSERT INTO ${quote(kind, 'syncer')} (owner, name, organization, type, password, is_enabled)
           VALUES ('admin', '${name}', '${organization}', 'WeCom', 'in clear', ${isEnabled ? 'TRUE' : 'FALSE'})`,
        ),
      );
    const tried = async () => {
      const report = await admin.post('/api/test-syncer-db', { ...test.syncer('acme'), password: '***' });
      const run = await admin.get('/api/run-syncer?id=acme/wecom');
      expect(report.data.ok, report.text).to.equal(true);
      expect(run.data.state, run.text).to.equal('succeeded');
      return { report, run };
    };

    it('says nothing about syncers of Casdoor that are off, or work elsewhere', async () => {
      await casdoorSyncer('acme', 'switched-off', false);
      await casdoorSyncer('beta', 'of-another', true);
      const { report, run } = await tried();
      expect(report.text + run.text).to.not.include("IAM's own syncer");
    });

    it('ends the sign-ins of whoever is disabled in WeCom', async () => {
      const [first, second] = (await admin.get('/api/get-users?owner=acme')).data
        .filter((user: { heldBy: string; isForbidden: boolean }) => user.heldBy !== '' && !user.isForbidden)
        .map((user: { name: string }) => user.name) as string[];
      const { database } = test.host;
      for (const name of [first!, second!]) await signInEverywhere(database, 'acme', name);
      test.sandbox.company.disable([first!]);
      await tried();
      expect(await signedIn(database, 'acme', first!)).to.deep.equal(NOWHERE);
      expect(await signedIn(database, 'acme', second!)).to.deep.equal(EVERYWHERE);
    });

    it('warns of a syncer of Casdoor that works on the same organization, in the test and in each run', async () => {
      await casdoorSyncer('acme', 'rival', true);
      const { report, run } = await tried();
      const details = (report.data.checks as { detail: string }[]).map(({ detail }) => detail);
      expect(details.filter((detail) => detail.includes('(admin/rival)'))).to.have.length(1);
      expect(run.data.warnings).to.deep.include({
        code: 'casdoor-syncer-enabled',
        message:
          "The IAM's own syncer is switched on for the same organization (admin/rival); the two undo each other's work. Switch it off in the IAM.",
        count: 1,
        samples: [],
      });
      expect(report.text + run.text).to.not.include('in clear');
    });

    it('shows one account whole, with every key of Casdoor’s, and loses nothing of it when it comes back', async () => {
      const { shapes } = JSON.parse(
        await readFile(new URL('../../fixtures/casdoor/answers.json', import.meta.url), 'utf8'),
      ) as { shapes: { shape1: Record<string, string> } };
      const columns = {
        github: 'gh-1',
        custom10: 'x',
        balance_currency: 'CNY',
        totp_secret: 'totp',
        original_token: 'token',
      };
      const lists = {
        mfa_items: '[{"name":"sms","rule":"Optional"}]',
        recovery_codes: '["code"]',
        face_ids: '[{"name":"face"}]',
      };
      const bytes = { addresses: '[{"tag":"home"}]', managedAccounts: '[{"password":"secret"}]' };
      const properties = { properties: '{"a":"1","oauth_WeCom_accessToken":"token"}' };
      const set = Object.entries({ ...columns, ...lists, ...bytes, ...properties });
      const { database } = test.host;
      await database.transaction(({ manager }) => {
        const assigned = set.map(([name], n) => `${quote(kind, name)} = ${kind === 'postgres' ? `$${n + 1}` : '?'}`);
        return manager.query(
          `UPDATE ${quote(kind, 'user')} SET ${assigned.join(', ')}, mfa_phone_enabled = TRUE
             WHERE owner = 'acme' AND name = 'plain'`,
          set.map(([name, value]) => (name in bytes ? Buffer.from(value) : value)),
        );
      });
      const row = (): Promise<unknown> =>
        database.read((session) => session.select(`SELECT * FROM ${quote(kind, 'user')} WHERE name = 'plain'`));
      const before = await row();
      const { data } = await admin.get('/api/get-user?id=acme/plain');
      expect(data).to.include.keys(Object.keys(shapes.shape1));
      expect(data).to.deep.include({
        github: 'gh-1',
        custom10: 'x',
        balanceCurrency: 'CNY',
        mfaPhoneEnabled: true,
        mfaItems: [{ name: 'sms', rule: 'Optional' }],
        addresses: [{ tag: 'home' }],
        properties: { a: '1', oauth_WeCom_accessToken: '***' },
        originalToken: '***',
        totpSecret: '',
        recoveryCodes: null,
        faceIds: null,
        managedAccounts: null,
      });
      const plain = await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
      expect((await plain.get('/api/get-account')).data).to.deep.include({
        github: 'gh-1',
        originalToken: '***',
        accessToken: '',
      });
      const changed = await admin.post('/api/update-user?id=acme/plain', data);
      expect(changed.data, changed.text).to.equal('Affected');
      // Signing in wrote when and where.
      const kept = (rows: unknown): unknown =>
        (rows as Record<string, unknown>[]).map((one) => ({ ...one, last_signin_time: '', last_signin_ip: '' }));
      expect(kept(await row())).to.deep.equal(kept(before));
    });
  });
}

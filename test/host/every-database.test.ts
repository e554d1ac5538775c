import { expect } from 'chai';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../support/databases.ts';
import { SECRET_KEY, ADMIN_PASSWORD, TestHost, type Answer, type Client } from './test-host.ts';

for (const kind of DATABASE_KINDS) {
  describe(`the host on ${kind}`, () => {
    let database: TestDatabase | undefined;
    let test: TestHost;
    let admin: Client;

    before(async function () {
      database = await createTestDatabase(kind);
      if (!database) return this.skip();
      const settings = { DATABASE_URL: database.url, SECRET_KEY };
      test = await TestHost.start({ members: 60, departments: 6, settings });
      await test.addOrganization('acme');
      admin = await test.signedIn();
    });
    after(async () => {
      await test?.close();
      await database?.drop();
    });

    it('syncs, holds, approves', async () => {
      await admin.post('/api/add-syncer', test.syncer('acme'));
      const run = await admin.get('/api/run-syncer?id=admin/wecom&organization=acme');
      expect(run.data.state, run.text).to.equal('succeeded');
      test.sandbox.company.leave(40);
      const held = await admin.get('/api/run-syncer?id=acme/wecom');
      expect(held.data.state).to.equal('held');
      expect(held.status, 'what waits for a person is no success').to.equal('error');
      const { message } = held.data.warnings.find(({ code }: { code: string }) => code === 'held');
      expect(held.msg).to.include(message).and.include(`/runs/${held.data.id}`);
      const approved = await admin.post(`/api/approve-sync-run?id=${held.data.id}`);
      expect(approved.data.state, approved.text).to.equal('succeeded');
    });

    it('speaks of the gravest warning, in the answer and beside the syncer', async () => {
      await test.addOrganization('gravest');
      await admin.post('/api/add-syncer', test.syncer('gravest'));
      await admin.get('/api/run-syncer?id=gravest/wecom');
      const { company } = test.sandbox;
      const [member] = [...company.members];
      const stands = async (run: Answer, says: string): Promise<void> => {
        expect(run.data.warnings.map(({ code }: { code: string }) => code)).to.include('value-cut');
        expect(run.msg).to.include(says).and.not.include('title');
        const { errorText } = (await admin.get('/api/get-syncer?id=gravest/wecom')).data;
        expect(errorText).to.include(says).and.not.include('title');
      };
      const before = member!.position;
      company.setField(member!.userid, { position: '长'.repeat(300) });
      const stop = test.sandbox.faults.add({
        path: 'user/list',
        match: { department_id: String([...company.departments].at(-1)!.id) },
        respond: { errcode: 60011 },
      });
      await stands(await admin.get('/api/run-syncer?id=gravest/wecom'), '60011');
      stop();
      const scope = company.scope;
      company.scope = { departments: [] };
      const held = await admin.get('/api/run-syncer?id=gravest/wecom');
      expect(held.data.state).to.equal('held');
      const { message } = held.data.warnings.find(({ code }: { code: string }) => code === 'held');
      expect(held.msg).to.include(message);
      company.scope = scope;
      company.setField(member!.userid, { position: before });
    });

    it('pages, searches and sorts accounts', async () => {
      const seen: string[] = [];
      for (let page = 1; page <= 7; page += 1) {
        const { data, data2 } = await admin.get(`/api/get-users?owner=acme&p=${page}&pageSize=10`);
        expect(data2).to.equal(62);
        seen.push(...(data as { name: string }[]).map(({ name }) => name));
      }
      expect(new Set(seen).size).to.equal(62);
      const whole = (await admin.get('/api/get-users?owner=acme')).data as { name: string }[];
      expect(whole.map(({ name }) => name)).to.deep.equal(seen);
      const forbidden = await admin.get('/api/get-users?owner=acme&p=1&pageSize=100&field=isForbidden&value=true');
      expect(forbidden.data2).to.be.at.least(40);
      const active = await admin.get(
        '/api/get-users?owner=acme&p=1&pageSize=100&field=isForbidden&value=false&sortField=createdTime',
      );
      expect(active.data2 + forbidden.data2).to.equal(62);
      expect((await admin.get('/api/get-users?owner=acme&p=1&pageSize=9&field=name&value=CHIE')).data2).to.equal(1);
      expect((await admin.get('/api/get-users?owner=acme&p=1&pageSize=9&field=name&value=!')).data2).to.equal(0);
    });

    it('shows groups, and who is in them', async () => {
      const flat = await admin.get(
        '/api/get-groups?owner=acme&p=1&pageSize=100&sortField=displayName&sortOrder=ascend',
      );
      expect(flat.data2).to.equal(6);
      const [group] = (flat.data as { name: string; userCount: number }[]).toSorted(
        (a, b) => b.userCount - a.userCount,
      );
      const members = await admin.get(`/api/get-users?owner=acme&p=1&pageSize=100&groupName=${group!.name}`);
      expect(members.data2).to.equal(group!.userCount);
      expect((await admin.get('/api/get-groups?owner=acme&withTree=true')).data).to.have.length.of.at.least(1);
    });

    it('adds, forbids, renames and deletes an account, in emoji too', async () => {
      const body = { owner: 'acme', name: 'mei', displayName: '梅 🌸', password: ADMIN_PASSWORD };
      expect((await admin.post('/api/add-user', body)).data).to.equal('Affected');
      expect((await admin.get('/api/get-user?id=acme/mei')).data.displayName).to.equal('梅 🌸');
      const mei = await test.signedIn('acme', 'mei', ADMIN_PASSWORD);
      await admin.post('/api/update-user?id=acme/mei&columns=isForbidden', { isForbidden: true });
      expect((await mei.get('/api/get-account')).status).to.equal('error');
      expect((await admin.post('/api/update-user?id=acme/mei', { name: 'Mei' })).data).to.equal('Affected');
      expect((await admin.post('/api/add-user', { ...body, name: 'Mei' })).msg).to.equal('Username already exists');
      expect((await admin.post('/api/delete-user', { owner: 'acme', name: 'Mei' })).data).to.equal('Affected');
    });

    it('takes no other spelling of an organization for the organization', async () => {
      for (const path of ['/api/get-syncer?id=ACME/wecom', '/api/get-group?id=ACME/none']) {
        expect((await admin.get(path)).data).to.equal(null);
      }
      const chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
      expect((await chief.get('/api/get-users?owner=ACME')).msg).to.equal('Unauthorized operation');
      expect((await admin.post('/api/add-syncer', test.syncer('ACME', 'other'))).msg).to.match(/does not exist/);
      expect((await admin.post('/api/add-organization', { name: 'Acme' })).status).to.equal('error');
    });

    it('lists and prunes runs, and finds what they did', async () => {
      const runs = await admin.get('/api/get-sync-runs?id=acme/wecom&p=1&pageSize=10');
      expect(runs.data2).to.equal(3);
      const changes = await admin.get(`/api/get-sync-changes?id=${runs.data[2].id}&kind=create&p=1&pageSize=10`);
      expect(changes.data2).to.equal(60);
    });
  });
}

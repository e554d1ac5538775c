import { createServer } from 'node:http';
import { expect } from 'chai';
import { DataSource } from 'typeorm';
import { createRequestHandler } from '../../../src/host/index.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSyncService, type SyncService } from '../../../src/service/index.ts';
import { migrate, runEntities, runMigrations } from '../../../src/storage/index.ts';
import { SyncerRegistry } from '../../../src/syncer/registry.ts';
import { MemoryIdentityStore } from '../../../src/testing/index.ts';
import { defineWecomSyncer } from '../../../src/wecom/definition.ts';
import { createTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { as, CHIEF, GLOBAL } from './mounted-host.ts';

/** Neither accounts nor groups nor organizations are in the database: the host keeps people somewhere else. */
describe('the syncers in a server that keeps people itself', () => {
  let file: TestDatabase;
  let dataSource: DataSource;
  let sandbox: Sandbox;
  let service: SyncService;
  let server: ReturnType<typeof createServer>;
  let url: string;
  const people = new MemoryIdentityStore({ organizations: ['acme', 'other'] });

  before(async () => {
    sandbox = await Sandbox.start({ members: 12, departments: 3 });
    file = (await createTestDatabase('sqlite'))!;
    dataSource = new DataSource({
      type: 'better-sqlite3',
      database: file.url.slice('sqlite:'.length),
      entities: [...runEntities],
      migrations: [...runMigrations],
    });
    await dataSource.initialize();
    await migrate(dataSource);
    service = await createSyncService({
      dataSource,
      identity: people,
      registry: new SyncerRegistry().register(defineWecomSyncer({ baseUrl: sandbox.url })),
      secretKey: 'a key of the tests, of thirty-two characters or more',
    });
    server = createServer(
      createRequestHandler({
        prefix: '/admin/sync',
        service,
        authenticate: ({ headers }) =>
          headers['x-who'] === undefined ? undefined : JSON.parse(decodeURIComponent(String(headers['x-who']))),
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await service.close();
    await dataSource.destroy();
    await sandbox.close();
    await file.drop();
  });

  it('add, run and show a syncer, and name the organizations that have one', async () => {
    const root = as(url, GLOBAL);
    expect((await root.get('/api/get-organizations?owner=admin')).data).to.deep.equal([]);
    expect((await as(url, CHIEF).get('/api/get-account')).data2).to.include({ name: 'acme' });
    const syncer = {
      organization: 'acme',
      name: 'wecom',
      type: 'WeCom',
      user: sandbox.corpId,
      password: sandbox.appSecret,
    };
    expect((await root.post('/api/add-syncer', { ...syncer, organization: 'nobody' })).msg).to.include(
      'does not exist',
    );
    expect((await root.post('/api/add-syncer', syncer)).data).to.equal('Affected');
    const run = await root.post('/api/run-syncer?id=acme/wecom&dryRun=true&wait=true');
    expect(run.data, run.text).to.include({ state: 'succeeded' });
    expect(run.data.counts).to.include({ members: 12, created: 12 });
    expect((await root.get(`/api/get-sync-changes?id=${run.data.id}`)).status).to.equal('ok');
    const [someone] = sandbox.company.members;
    const member = await root.post(`/api/sync-member?id=acme/wecom&userid=${someone!.userid}&dryRun=true`);
    expect(member.status, member.text).to.equal('ok');
    for (const who of [GLOBAL, CHIEF]) {
      const { data } = await as(url, who).get('/api/get-organizations?owner=admin&p=1&pageSize=10');
      expect(data.map(({ name }: { name: string }) => name)).to.deep.equal(['acme']);
    }
    expect((await root.post('/api/delete-syncer', { owner: 'acme', name: 'wecom' })).data).to.equal('Affected');
  });

  it('leave people alone by a person’s word, also below a department, as far as the syncer holds them', async () => {
    const { decisions, runs } = service;
    await service.syncers.add({
      organization: 'acme',
      name: 'leave',
      type: 'WeCom',
      user: sandbox.corpId,
      password: sandbox.appSecret,
    });
    const [root, ...departments] = sandbox.company.visibleDepartments();
    const below = departments.find(({ parentid }) => parentid === root!.id)!;
    const [one, two] = sandbox.company.visibleMembers().filter(({ status, enable }) => status === 1 && enable !== 0);
    sandbox.company.move(one!.userid, [below.id]);
    await (
      await runs.begin('acme/leave')
    ).ended;
    const input = { owner: 'acme', reason: 'on leave' };
    const department = await decisions.protect({ ...input, kind: 'department', value: String(root!.id) });
    expect(department).to.include({ kind: 'department', syncer: '', until: null, by: 'app/service' });
    sandbox.company.leave(one!.userid);
    const { counts } = await (await runs.begin('acme/leave')).ended;
    expect(counts).to.include({ forbidden: 0, skipped: 1 });
    expect(await decisions.protections('acme')).to.deep.equal({ rows: [department], total: 1 });
    expect(await decisions.unprotect(department.id)).to.deep.equal(department);
    const user = { ...input, kind: 'user', value: `acme/${two!.userid}` };
    expect(await decisions.protect(user, { by: 'acme/boss' })).to.include({ value: user.value, by: 'acme/boss' });
    let refused: unknown;
    await decisions.protect({ ...user, value: 'acme/nobody' }).catch((error: unknown) => (refused = error));
    expect(String(refused)).to.include("The user: acme/nobody doesn't exist");
    await service.syncers.delete('acme/leave');
  });

  it('have no call on accounts, which are the host’s', async () => {
    for (const path of ['/api/link-account?id=acme/wecom', '/api/unlink-account?id=acme/x']) {
      expect((await as(url, GLOBAL).post(path, {})).msg, path).to.equal('There is no such call.');
    }
  });
});

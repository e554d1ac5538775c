import { expect } from 'chai';
import type { Dialect } from '../../src/storage/dialect.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../support/databases.ts';
import { addTenant, SECRET_KEY, TestHost, type Client } from './test-host.ts';

/** More than a run lists; a server, which is asked over a socket for each batch, has to stand fewer. */
const FLOOD: Readonly<Record<Dialect, number>> = { sqlite: 40_000, postgres: 12_000, mysql: 12_000 };

describe('a host whose WeCom answers with a flood', () => {
  for (const kind of DATABASE_KINDS) describe(`on ${kind}`, () => define(kind));
});

function define(kind: Dialect): void {
  const members = FLOOD[kind];
  let database: TestDatabase | undefined;
  let host: TestHost;
  let admin: Client;
  before(async function () {
    database = await createTestDatabase(kind);
    if (!database) return this.skip();
    const settings = { DATABASE_URL: database.url, SECRET_KEY };
    host = await TestHost.start({ members: 10, departments: 2, settings });
    admin = host.credential();
    await addTenant(admin, host.sandbox, 'acme', false);
  });
  after(async () => {
    await host?.close();
    await database?.drop();
  });
  afterEach(() => host?.sandbox.faults.clear());

  const flood = (entryOf: (at: number) => string, count = members): void => {
    const body = `{"errcode":0,"userlist":[${Array.from({ length: count }, (_, at) => entryOf(at)).join(',')}]}`;
    host.sandbox.faults.add({ path: 'user/list', match: { department_id: '1' }, respond: { body } });
  };

  /** Syncs, and asks all the while whether the host lives. */
  const syncAndAsk = async () => {
    const ended = new AbortController();
    const run = admin.get('/api/run-syncer?id=acme/wecom').finally(() => ended.abort());
    let slowest = 0;
    while (!ended.signal.aborted) {
      const began = performance.now();
      expect((await fetch(`${host.host.url}/healthz`)).status).to.equal(200);
      slowest = Math.max(slowest, performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(slowest, 'the host answers within a second').to.be.lessThan(1_000);
    return run;
  };

  it('of unreadable records answers meanwhile, and says so once', async () => {
    flood((at) => `{"userid":"u${at}","name":[7],"department":[1],"status":1}`);
    const { data: run, status } = await syncAndAsk();
    expect(status).to.equal('ok');
    expect(run.state).to.equal('partial');
    const warnings = run.warnings.filter(({ code }: { code: string }) => code === 'member-unmappable');
    expect(warnings).to.have.lengthOf(1);
    expect(warnings[0].count).to.equal(members);
    expect(warnings[0].samples).to.have.lengthOf(5);
    const { data2 } = await admin.get(`/api/get-sync-changes?id=${run.id}&kind=skip&pageSize=1&p=1`);
    expect(data2, 'so many are listed').to.equal(10_000);
    expect(run.warnings.find(({ code }: { code: string }) => code === 'not-listed').count).to.equal(members - 10_000);
    expect(run.counts.skipped).to.equal(members);
  });

  it('of records with a number for a name answers meanwhile', async () => {
    flood((at) => `{"userid":"u${at}","name":7}`);
    const { data: run } = await syncAndAsk();
    for (const { samples } of run.warnings) expect(samples.length).to.be.at.most(5);
    expect(run.warnings.length).to.be.at.most(3);
  });

  it('of nameless entries stores none of them', async () => {
    flood(() => '{}');
    const { data: run } = await syncAndAsk();
    expect(run.state).to.equal('partial');
    expect(run.warnings.find(({ code }: { code: string }) => code === 'member-unmappable').count).to.equal(members);
    const { data2 } = await admin.get(`/api/get-sync-changes?id=${run.id}&kind=skip&pageSize=1&p=1`);
    expect(data2).to.equal(0);
  });

  it('of empty objects names the department', async () => {
    flood(() => '{}', 500_000);
    const { data: run } = await syncAndAsk();
    const unread = run.warnings.find(({ code }: { code: string }) => code === 'unread');
    expect(unread).to.deep.include({ count: 1, samples: ['department 1'] });
    expect(unread.message).to.include('more than 100000 entries');
    expect(run.counts.skipped).to.equal(0);
  });

  // What no database takes part in is tried on one.
  if (kind !== 'sqlite') return;

  it('in an errmsg ends as the error that it stands for', async () => {
    host.sandbox.faults.add({ path: 'department/list', respond: { errcode: 60020, errmsg: 'hint:['.repeat(40_000) } });
    const { status, msg } = await syncAndAsk();
    expect(status).to.equal('error');
    expect(msg).to.include('60020');
    expect(msg.length).to.be.lessThan(2_000);
  });

  it('without an end is held to what one answer may have', async () => {
    host.sandbox.faults.add({ path: 'user/list', match: { department_id: '1' }, respond: { broken: 'endless' } });
    const { data: run } = await syncAndAsk();
    expect(run.state).to.equal('partial');
    expect(run.warnings.find(({ code }: { code: string }) => code === 'unread').message).to.include('64 MiB');
  });
}

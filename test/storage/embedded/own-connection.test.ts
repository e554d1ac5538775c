import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { EntitySchema, type DataSource } from 'typeorm';
import { stub } from 'sinon';
import { SyncEngine } from '../../../src/engine/index.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { Database } from '../../../src/storage/database.ts';
import { entities, OrganizationRow, RejectionRow } from '../../../src/storage/entities/index.ts';
import { migrate } from '../../../src/storage/migrate.ts';
import { UnavailableError } from '../../../src/syncer/errors.ts';
import { defineWecomSyncer } from '../../../src/wecom/definition.ts';
import { createTestDatabase, harnessOn, type TestDatabase } from '../../support/databases.ts';
import { hostSource } from '../../support/host-source.ts';
import { rejection } from '../../support/promises.ts';

const Note = new EntitySchema<{ id: string; words: string }>({
  name: 'note',
  columns: { id: { type: 'varchar', primary: true, generated: 'uuid' }, words: { type: 'varchar' } },
});

describe('a host’s own SQLite file', () => {
  let fresh: TestDatabase;
  let host: DataSource;
  let database: Database;
  let noted: number;
  beforeEach(async () => {
    fresh = (await createTestDatabase('sqlite'))!;
    await open({});
  });
  afterEach(async () => {
    await database.close();
    if (host.isInitialized) await host.destroy();
    await fresh.drop();
  });

  async function open(options: object): Promise<void> {
    host = await hostSource(fresh, { entities: [...entities, Note], synchronize: true, ...options }).initialize();
    await migrate(host);
    database = await Database.over(host);
    noted = 0;
  }
  const put = (syncerId: string): Promise<unknown> =>
    database.transaction(({ manager }) => manager.insert(RejectionRow, { syncerId, digest: 'x' }));
  const stored = (): Promise<number> => host.getRepository(RejectionRow).count();

  /** Transactions of the host, one after the other and without a pause, of which each second one rolls back. */
  async function busyHost(signal: AbortSignal): Promise<void> {
    for (let n = 0; !signal.aborted; n += 1) {
      await host
        .transaction(async (manager) => {
          await manager.insert(Note, { words: String(n) });
          await sleep(20);
          if (n % 2 === 0) throw new RangeError('as the host likes');
          noted += 1;
        })
        .catch((error: unknown) => {
          if (!(error instanceof RangeError)) throw error;
        });
    }
  }

  async function syncBeside(members: number): Promise<void> {
    const sandbox = await Sandbox.start({ members, departments: 20 });
    const stop = new AbortController();
    const hosting = busyHost(stop.signal);
    try {
      await database.transaction(({ manager }) => manager.insert(OrganizationRow, { owner: 'admin', name: 'acme' }));
      const { store, runs, leases } = harnessOn(database);
      const engine = new SyncEngine({ identity: store, runs, leases, owner: 'test' });
      const wecom = defineWecomSyncer({ baseUrl: sandbox.url });
      const run = await engine.run({
        syncer: {
          id: 'syncer-1',
          organization: 'acme',
          name: 'wecom',
          bindingColumn: wecom.bindingColumn,
          leavers: 'forbid',
          removalLimit: { percent: 20, count: 5 },
          syncGroups: true,
          linkBy: [],
        },
        open: () => wecom.open({ user: sandbox.corpId, password: sandbox.appSecret }, { concurrency: 8 }),
        trigger: 'manual',
      });
      expect(run.error).to.equal(null);
      expect(run.counts.created).to.equal(members);
      stop.abort();
      await hosting;
      const [{ n } = { n: -1 }] = await host.query<{ n: number }[]>('SELECT COUNT(*) AS n FROM "user"');
      expect(n).to.equal(members);
      const [{ n: changes } = { n: -1 }] = await host.query<{ n: number }[]>(
        `SELECT COUNT(*) AS n FROM sync_change WHERE kind = 'create'`,
      );
      expect(changes).to.equal(members);
      expect(noted).to.be.greaterThan(0);
      expect(await host.getRepository(Note).count()).to.equal(noted);
    } finally {
      stop.abort();
      await hosting;
      await sandbox.close();
    }
  }

  it('has all 4,000 members when his own transactions open and roll back beside the run', async function () {
    this.timeout(120_000);
    await syncBeside(4000);
  });

  it('has them with the write-ahead log, too', async function () {
    this.timeout(120_000);
    await database.close();
    await host.destroy();
    await open({ enableWAL: true });
    await syncBeside(600);
  });

  it('keeps what is written while a transaction of his is open that rolls back', async () => {
    const writing = await rejection(
      host.transaction(async (manager) => {
        await manager.insert(Note, { words: 'lost' });
        const kept = put('kept');
        await sleep(30);
        void kept.catch(() => undefined);
        throw new RangeError('as the host likes');
      }),
    );
    expect(writing).to.be.instanceOf(RangeError);
    await put('after');
    expect(await stored()).to.equal(2);
    expect(await host.getRepository(Note).count()).to.equal(0);
  });

  it('waits for him without standing still', async () => {
    let ticks = 0;
    const ticking = setInterval(() => (ticks += 1), 5);
    await host.transaction(async (manager) => {
      await manager.insert(Note, { words: 'long' });
      void put('meanwhile').catch(() => undefined);
      await sleep(400);
    });
    clearInterval(ticking);
    expect(ticks).to.be.greaterThan(30);
    await put('after');
    expect(await stored()).to.equal(2);
  });

  it('does not make him fail who reads first and writes then', async () => {
    let written: Promise<unknown> = Promise.resolve();
    await host.transaction(async (manager) => {
      await manager.count(Note);
      written = put('meanwhile');
      await sleep(30);
      await manager.insert(Note, { words: 'read before' });
    });
    await written;
    expect([await stored(), await host.getRepository(Note).count()]).to.deep.equal([1, 1]);
  });

  it('lets him write while a transaction of ours waits for something', async () => {
    const ours = database.transaction(async ({ manager }) => {
      await manager.insert(RejectionRow, { syncerId: 'slow', digest: 'x' });
      await sleep(50);
    });
    await sleep(10);
    await host.getRepository(Note).insert({ words: 'his' });
    await ours;
    expect([await stored(), await host.getRepository(Note).count()]).to.deep.equal([1, 1]);
  });

  it('gives up after thirty seconds, and says that the database is busy', async () => {
    const { default: Sqlite } = await import('better-sqlite3');
    const other = new Sqlite(fresh.url.slice('sqlite:'.length));
    other.exec('BEGIN IMMEDIATE');
    const clock = stub(performance, 'now');
    const shown = clock.wrappedMethod.bind(performance);
    let later = 0;
    clock.callsFake(() => shown() + later);
    const errors: unknown[] = [];
    const giveUp = (work: Promise<unknown>): Promise<unknown> => rejection(work).then((error) => errors.push(error));
    const lease = { syncerId: 's', runId: 'r', owner: 'o', ttlMs: 1000 };
    const waiting = Promise.all([giveUp(put('never')), giveUp(harnessOn(database).leases.acquire(lease))]);
    await sleep(100);
    later = 29_000;
    await sleep(100);
    expect(errors).to.deep.equal([]);
    later = 30_500;
    await waiting;
    other.exec('ROLLBACK');
    other.close();
    for (const error of errors) expect(error).to.be.instanceOf(UnavailableError);
  });

  it('closes what it opened, and nothing of his', async () => {
    const before = host.subscribers.length;
    const second = await Database.over(host);
    expect(host.subscribers).to.have.length(before + 1);
    await second.close();
    await second.close();
    expect(host.subscribers).to.have.length(before);
    expect(host.isInitialized).to.equal(true);
    expect(await host.getRepository(Note).count()).to.equal(0);
    await host.destroy();
    await put('without him');
  });
});

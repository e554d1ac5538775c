import Sqlite from 'better-sqlite3';
import { expect } from 'chai';
import type { EntityManager } from 'typeorm';
import { insertRows } from '../../src/storage/bulk.ts';
import { Database } from '../../src/storage/database.ts';
import { RejectionRow } from '../../src/storage/entities/index.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import { Session } from '../../src/storage/session.ts';
import { insertOf } from '../../src/storage/statement.ts';
import { aRun } from '../support/builders.ts';
import { createTestDatabase, eachSharedDatabase, harnessOn } from '../support/databases.ts';
import { rejection } from '../support/promises.ts';

describe('what a run writes about itself', () => {
  it('refuses nobody on SQLite who writes beside it in this process and waits for no lock', async function () {
    const fresh = await createTestDatabase('sqlite');
    if (!fresh) return this.skip();
    const database = await openDatabase(fresh.url);
    const stranger = new Sqlite(fresh.url.slice('sqlite:'.length), { timeout: 0 });
    stranger.exec('CREATE TABLE host_note (n INTEGER)');
    const note = stranger.prepare('INSERT INTO host_note VALUES (1)');
    try {
      const { runs, leases } = harnessOn(database);
      const [run, refused] = [aRun({ id: 'run-1', state: 'queued' }), [] as string[]];
      /** The stranger has every turn that the other leaves. */
      const beside = async <T>(what: string, work: Promise<T>): Promise<T> => {
        const state = { isOver: false };
        const over = work.finally(() => (state.isOver = true));
        while (!state.isOver) {
          try {
            note.run();
          } catch {
            refused.push(what);
          }
          await Promise.resolve();
        }
        return over;
      };
      await beside('create', runs.create(run, 'acme/admin'));
      const taken = await beside(
        'acquire',
        leases.acquire({ syncerId: run.syncerId, runId: run.id, owner: 'test', ttlMs: 60_000 }),
      );
      if (!('grant' in taken)) throw new Error('somebody has the lease');
      await beside('save', runs.save({ ...run, state: 'running' }));
      expect(await beside('renew', leases.renew(taken.grant, 60_000))).to.equal(true);
      await beside('finish', runs.finish(taken.grant, { ...run, state: 'succeeded' }));
      expect(refused).to.deep.equal([]);
      expect(await leases.holder(run.syncerId)).to.equal(undefined);
      expect((await runs.find(run.id))?.state).to.equal('succeeded');
    } finally {
      stranger.close();
      await database.close();
      await fresh.drop();
    }
  });

  it('is written right behind a stranger’s write, where there was one lately, and else at once', async () => {
    const asked: string[] = [];
    // Answers to "has anybody else written?", in turn; the last one stays.
    let versions: number[] = [];
    const connection = {
      prepare: (sql: string) => ({
        run: () => {
          asked.push(sql);
          return { changes: 1 };
        },
        raw: () => ({
          all: () => {
            asked.push('?');
            return [[versions.length > 1 ? versions.shift() : versions[0]]];
          },
        }),
      }),
    };
    const queryRunner = { connect: async () => connection };
    const session = new Session({ queryRunner } as unknown as EntityManager, 'sqlite');
    const write = async (...told: number[]): Promise<readonly string[]> => {
      versions = told;
      asked.length = 0;
      await session.executeTogether([{ sql: 'INSERT', parameters: [] }], true);
      return [...asked];
    };
    expect(await write(7, 7, 7, 8)).to.deep.equal(['?', '?', '?', '?', 'BEGIN IMMEDIATE', 'INSERT', 'COMMIT']);
    expect(await write(8, 9)).to.deep.equal(['?', 'BEGIN IMMEDIATE', 'INSERT', 'COMMIT']);
    expect(await write(9, 10)).to.deep.equal(['?', '?', 'BEGIN IMMEDIATE', 'INSERT', 'COMMIT']);
    expect((await write(11)).slice(-3), 'a stranger who writes no more').to.deep.equal([
      'BEGIN IMMEDIATE',
      'INSERT',
      'COMMIT',
    ]);
  });
});

describe('some statements that are written together', () => {
  eachSharedDatabase((suite) => {
    const rowOf = (syncerId: string) => insertOf(suite.database, RejectionRow, { syncerId, digest: 'x' });
    const stored = async (): Promise<readonly string[]> =>
      (await suite.database.read(({ manager }) => manager.find(RejectionRow))).map(({ syncerId }) => syncerId);
    beforeEach(() => suite.database.transaction(({ manager }) => manager.clear(RejectionRow)));

    it('are stored all or none', async () => {
      await rejection(suite.database.writeBriefly(rowOf('one'), rowOf('one')));
      expect(await stored()).to.deep.equal([]);
      expect(await suite.database.writeBriefly(rowOf('one'), { ...rowOf('two'), unlessMatched: true })).to.deep.equal([
        1, 0,
      ]);
      expect(await stored()).to.deep.equal(['one']);
    });

    it('take part in the transaction that is open', async () => {
      await rejection(
        suite.database.transaction(async () => {
          await suite.database.writeBriefly(rowOf('lost'));
          throw new RangeError('after the write');
        }),
      );
      expect(await stored()).to.deep.equal([]);
    });
  });
});

describe('a page of many rows on SQLite', () => {
  /** How often the event loop came round while they were written. */
  async function turnsWhile(database: Database): Promise<number> {
    const rows = Array.from({ length: 30_000 }, (_, index) => [`syncer-${index}`, 'x']);
    const columns = ['syncer_id', 'digest'].map((name) => ({ name, type: 'text' as const }));
    let turns = 0;
    const state = { isOver: false };
    const turn = (): void => {
      if (state.isOver) return;
      turns += 1;
      setImmediate(turn);
    };
    await database.transaction(async (session) => {
      setImmediate(turn);
      await insertRows(session, 'sync_rejection', columns, {}, rows);
      state.isOver = true;
    });
    return turns;
  }

  it('lets others have their turn, but where a host uses the same file in this process', async function () {
    const fresh = await createTestDatabase('sqlite');
    if (!fresh) return this.skip();
    const alone = await openDatabase(fresh.url);
    try {
      expect(await turnsWhile(alone)).to.be.greaterThan(0);
      await alone.transaction(({ manager }) => manager.clear(RejectionRow));
      const beside = await Database.over(alone.dataSource);
      try {
        expect(await turnsWhile(beside)).to.equal(0);
      } finally {
        await beside.close();
      }
    } finally {
      await alone.close();
      await fresh.drop();
    }
  });
});

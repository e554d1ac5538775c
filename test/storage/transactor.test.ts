import { expect } from 'chai';
import { stub } from 'sinon';
import { WriteConflictError } from '../../src/identity/errors.ts';
import type { Database } from '../../src/storage/database.ts';
import { RejectionRow } from '../../src/storage/entities/index.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import type { Session } from '../../src/storage/session.ts';
import { UnavailableError } from '../../src/syncer/errors.ts';
import { createTestDatabase, eachSharedDatabase } from '../support/databases.ts';
import { rejection } from '../support/promises.ts';

const put = (session: Session, syncerId: string, digest = 'x'): Promise<unknown> =>
  session.manager.insert(RejectionRow, { syncerId, digest });

const stored = async (database: Database): Promise<string[]> => {
  const rows = await database.read(({ manager }) => manager.find(RejectionRow, { order: { syncerId: 'ASC' } }));
  return rows.map((row) => row.syncerId);
};

/** A promise that somebody else fulfils. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('Transactor', () => {
  eachSharedDatabase((suite) => {
    beforeEach(() => suite.database.transaction(({ manager }) => manager.clear(RejectionRow)));

    it('stores all or nothing', async () => {
      await rejection(
        suite.database.transaction(async (session) => {
          await put(session, 'one');
          throw new RangeError('after the write');
        }),
      );
      await suite.database.transaction((session) => put(session, 'two'));
      expect(await stored(suite.database)).to.deep.equal(['two']);
    });

    it('keeps a write of another flow when a transaction that is open meanwhile fails', async () => {
      const [written, mayFail] = [gate(), gate()];
      const failing = rejection(
        suite.database.transaction(async (session) => {
          await put(session, 'lost');
          written.open();
          await mayFail.opened;
          throw new RangeError('after the write');
        }),
      );
      await written.opened;
      const kept = suite.database.transaction((session) => put(session, 'kept'));
      mayFail.open();
      await Promise.all([failing, kept]);
      expect(await stored(suite.database)).to.deep.equal(['kept']);
    });

    it('never shows what is not stored yet', async () => {
      const [written, mayFail] = [gate(), gate()];
      const failing = rejection(
        suite.database.transaction(async (session) => {
          await put(session, 'unborn');
          written.open();
          await mayFail.opened;
          throw new RangeError('after the write');
        }),
      );
      await written.opened;
      const read = stored(suite.database);
      mayFail.open();
      expect(await read).to.deep.equal([]);
      await failing;
    });

    it('lets a store that is used inside a transaction take part in it', async () => {
      await rejection(
        suite.database.transaction(async () => {
          await suite.database.transaction((session) => put(session, 'inner'));
          expect(await stored(suite.database)).to.deep.equal(['inner']);
          throw new RangeError('outer');
        }),
      );
      expect(await stored(suite.database)).to.deep.equal([]);
    });

    it('gives a flow that was started inside and outlives it a transaction of its own', async () => {
      const ended = gate();
      let later: Promise<unknown> = Promise.resolve();
      await suite.database.transaction(async () => {
        later = ended.opened.then(() => suite.database.transaction((session) => put(session, 'later')));
      });
      ended.open();
      await later;
      expect(await stored(suite.database)).to.deep.equal(['later']);
    });

    it('refuses to write inside a read', async () => {
      const error = await rejection(
        suite.database.read(() => suite.database.transaction((session) => put(session, 'x'))),
      );
      expect(String(error)).to.match(/inside a read/);
    });

    it('tells of a key that exists without its value', async () => {
      await suite.database.transaction((session) => put(session, 'private-key'));
      const error = await rejection(
        suite.database.transaction((session) => put(session, 'private-key', 'private-digest')),
      );
      expect(error).to.be.instanceOf(WriteConflictError);
      expect(String(error)).to.match(/a row with this key exists/);
      expect(JSON.stringify(error) + String(error)).to.not.include('private');
    });

    it('tells of a wrong statement without the values in it', async () => {
      const error = await rejection(
        suite.database.transaction(({ manager }) =>
          manager.createQueryBuilder(RejectionRow, 'r').where('nothing = :secret', { secret: 'private' }).getMany(),
        ),
      );
      expect(String(error)).to.match(/refused a statement/);
      expect(JSON.stringify(error) + String(error) + String((error as Error).stack)).to.not.include('private');
    });

    it('tries again what two processes blocked each other with', async () => {
      const other = await openDatabase(suite.url);
      const databases = [suite.database, other];
      await suite.database.transaction(async (session) => {
        await put(session, 'a', '0');
        await put(session, 'b', '0');
      });
      let tries = 0;
      // Each locks the row that the other wants next; one of them has to begin again.
      const bothLocked = gate();
      let locked = 0;
      const add = (database: Database, order: readonly string[]): Promise<void> =>
        database.transaction(async ({ manager }) => {
          tries += 1;
          for (const syncerId of order) {
            const row = await manager.findOneByOrFail(RejectionRow, { syncerId });
            await manager.update(RejectionRow, { syncerId }, { digest: String(Number(row.digest) + 1) });
            locked += 1;
            if (locked === 2) bothLocked.open();
            if (suite.kind !== 'sqlite') await bothLocked.opened;
          }
        });
      await Promise.all([add(databases[0]!, ['a', 'b']), add(databases[1]!, ['b', 'a'])]);
      const rows = await suite.database.read(({ manager }) => manager.find(RejectionRow));
      expect(rows.map((row) => row.digest)).to.deep.equal(['2', '2']);
      if (suite.kind !== 'sqlite') expect(tries).to.be.greaterThan(2);
      await other.close();
    });

    it('begins no new try after 30 seconds, but where the time may have gone by in waiting for its turn', async () => {
      const code = { sqlite: 'SQLITE_BUSY', postgres: '55P03', mysql: 'ER_LOCK_WAIT_TIMEOUT' }[suite.kind];
      let tries = 0;
      const began = performance.now();
      const clock = stub(performance, 'now').callsFake(() => began + tries * 31_000);
      const failed = await rejection(
        suite.database.transaction(async () => {
          tries += 1;
          throw Object.assign(new Error('locked'), { code });
        }),
      ).finally(() => clock.restore());
      expect(failed).to.be.instanceOf(UnavailableError);
      expect(tries).to.equal(suite.kind === 'sqlite' ? 3 : 1);
    });
  });

  it('is met once by a writer of another process on SQLite, whatever others of ours do before the next try', async () => {
    const own = await createTestDatabase('sqlite');
    const database = await openDatabase(own!.url);
    const { default: Sqlite } = await import('better-sqlite3');
    const other = new Sqlite(own!.url.slice('sqlite:'.length), { timeout: 0 });
    const insert = other.prepare(`INSERT INTO sync_rejection (syncer_id, digest) VALUES (?, 'x')`);
    let [tries, intrusions] = [0, 0];
    const reading = database.transaction(async (session) => {
      tries += 1;
      await session.manager.count(RejectionRow);
      try {
        insert.run(`other ${tries}`);
        intrusions += 1;
      } catch {
        // Ours has the file.
      }
      await put(session, 'ours');
    });
    await Promise.all([reading, database.transaction((session) => put(session, 'ours, too'))]);
    other.close();
    await database.close();
    await own!.drop();
    expect([tries, intrusions]).to.deep.equal([2, 1]);
  });

  it('sees what others stored meanwhile, also where PostgreSQL is told to do otherwise', async function () {
    const own = await createTestDatabase('postgres');
    if (!own) this.skip();
    const isolation = (database: Database): Promise<unknown> =>
      database.transaction(async (session) => (await session.select('SHOW transaction_isolation'))[0]);
    try {
      const usual = await openDatabase(own.url);
      expect(await isolation(usual)).to.deep.equal({ transaction_isolation: 'read committed' });
      const name = new URL(own.url).pathname.slice(1);
      await usual.transaction((session) =>
        session.execute(`ALTER DATABASE "${name}" SET default_transaction_isolation = 'serializable'`),
      );
      await usual.close();
      const strict = await openDatabase(own.url);
      expect(await isolation(strict)).to.deep.equal({ transaction_isolation: 'read committed' });
      await strict.close();
    } finally {
      await own.drop();
    }
  });
});

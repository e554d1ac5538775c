import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { spy } from 'sinon';
import type { AccountUpdate } from '../../../src/identity/account.ts';
import type { SyncerScope } from '../../../src/identity/identity-store.ts';
import { endSessions } from '../../../src/storage/identity/casdoor-sessions.ts';
import type { Database } from '../../../src/storage/database.ts';
import { SessionRow, UserRow } from '../../../src/storage/entities/index.ts';
import { endSignIns } from '../../../src/storage/identity/sign-in-columns.ts';
import { TypeormSignOutStore } from '../../../src/storage/identity/sign-outs.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { Session } from '../../../src/storage/session.ts';
import {
  EVERYWHERE,
  makeCasdoors,
  NOWHERE,
  signedIn,
  signInEverywhere,
  signInHere,
} from '../../support/iam/casdoor-sessions.ts';
import { harnessOn, eachDatabase, eachSharedDatabase, isWaiting, type DatabaseSuite } from '../../support/databases.ts';
import { anAccount } from '../../support/builders.ts';
import { rejection, until } from '../../support/promises.ts';

const SEEN = { isAdmin: false, isForbidden: false, isDeleted: false, groups: [] };

/** Writes updates as a page of a run does. */
async function writePage(
  database: Database,
  organization: string,
  updateAccounts: readonly AccountUpdate[],
  then: () => void = () => undefined,
): Promise<void> {
  const { store, leases } = harnessOn(database);
  const scope: SyncerScope = {
    syncerId: randomUUID(),
    organization,
    source: `${organization}/wecom`,
    bindingColumn: 'wecom',
  };
  const request = { syncerId: scope.syncerId, runId: 'run', owner: 'test', ttlMs: 60_000 };
  const taken = await leases.acquire(request);
  if (!('grant' in taken)) throw new Error('the lease is taken');
  await store.page(taken.grant, async (page) => {
    await page.write(scope, { runId: 'run', updateAccounts });
    then();
  });
}

/** An organization of its own with accounts that are signed in everywhere. */
async function signedInAccounts({ database }: DatabaseSuite, names: readonly string[]): Promise<string> {
  const organization = `org-${randomUUID().slice(0, 8)}`;
  for (const name of names) {
    await harnessOn(database).putAccount(anAccount({ owner: organization, name }));
    await signInEverywhere(database, organization, name);
  }
  return organization;
}

describe('sign-ins beside Casdoor', () => {
  eachDatabase((suite) => {
    it('end with the access of an account, and nobody else’s do', async () => {
      const acme = await signedInAccounts(suite, ['leaver', 'stayer', 'deleted']);
      const beta = await signedInAccounts(suite, ['leaver']);
      await writePage(suite.database, acme, [
        { name: 'leaver', values: {}, isForbidden: true, seen: SEEN },
        { name: 'deleted', values: {}, isDeleted: true, seen: SEEN },
        { name: 'stayer', values: { title: 'Lead' }, seen: SEEN },
      ]);
      expect(await signedIn(suite.database, acme, 'leaver')).to.deep.equal(NOWHERE);
      expect(await signedIn(suite.database, acme, 'deleted')).to.deep.equal(NOWHERE);
      expect(await signedIn(suite.database, acme, 'stayer')).to.deep.equal(EVERYWHERE);
      expect(await signedIn(suite.database, beta, 'leaver')).to.deep.equal(EVERYWHERE);
    });

    it('stay as they are when an account is allowed again', async () => {
      const acme = await signedInAccounts(suite, []);
      await harnessOn(suite.database).putAccount(anAccount({ owner: acme, name: 'back', isForbidden: true }));
      await signInEverywhere(suite.database, acme, 'back');
      const seen = { ...SEEN, isForbidden: true };
      await writePage(suite.database, acme, [{ name: 'back', values: {}, isForbidden: false, isDeleted: false, seen }]);
      expect(await signedIn(suite.database, acme, 'back')).to.deep.equal(EVERYWHERE);
    });

    it('stay when the page that would take the access away is not stored', async () => {
      const acme = await signedInAccounts(suite, ['leaver']);
      const lockOut: AccountUpdate = { name: 'leaver', values: {}, isForbidden: true, seen: SEEN };
      const failed = await rejection(
        writePage(suite.database, acme, [lockOut], () => {
          throw new Error('the lease was lost');
        }),
      );
      expect(failed).to.have.property('message', 'the lease was lost');
      expect(await signedIn(suite.database, acme, 'leaver')).to.deep.equal(EVERYWHERE);
    });

    it('of many accounts take as many statements as those of one', async () => {
      const names = Array.from({ length: 40 }, (_, index) => `member${index}`);
      const acme = await signedInAccounts(suite, names);
      const statements = async (of: readonly string[]): Promise<number> => {
        const spies = (['select', 'execute', 'executeEach'] as const).map((method) => spy(Session.prototype, method));
        await suite.database.transaction((session) =>
          endSessions(session, suite.database.columns, { organization: acme, cause: 'access' }, of),
        );
        const count = spies.reduce((sum, { callCount }) => sum + callCount, 0);
        for (const each of spies) each.restore();
        return count;
      };
      expect(await statements(names.slice(0, 1))).to.equal(6);
      expect(await statements(names.slice(1))).to.equal(6);
      expect(await statements([])).to.equal(0);
      for (const name of names) expect(await signedIn(suite.database, acme, name)).to.deep.equal(NOWHERE);
    });

    /** Locks an account out, or allows it again, as whoever edits accounts does. */
    const setForbidden = (database: Database, owner: string, name: string, isForbidden: boolean): Promise<void> =>
      database.transaction(async (session) => {
        await session.manager.update(UserRow, { owner, name }, { isForbidden });
        if (isForbidden)
          await endSessions(session, database.columns, { organization: owner, cause: 'access', runId: 'later' }, [
            name,
          ]);
      });
    const handOver = (database: Database, owner: string, name: string): Promise<void> =>
      database.transaction((session) =>
        endSignIns(session, database.columns, { organization: owner, bindingColumn: 'wecom' }, [name]),
      );

    it('that are to end there are forgotten once the account is allowed again, and only then', async () => {
      const acme = await signedInAccounts(suite, ['back', 'leaver']);
      for (const name of ['back', 'leaver']) await setForbidden(suite.database, acme, name, true);
      await setForbidden(suite.database, acme, 'back', false);
      const store = new TypeormSignOutStore(suite.database);
      const left = { owner: acme, name: 'leaver', application: 'app-built-in', runId: 'later' };
      expect(await store.pending(acme)).to.deep.equal([left]);
      expect(await signedIn(suite.database, acme, 'back')).to.deep.include({ toEnd: 0 });
      expect(await store.pending(acme, ['back'])).to.deep.equal([]);
      const spelled = suite.kind === 'mysql' ? 'Leaver' : 'leaver';
      expect(await store.pending(acme, [spelled])).to.deep.equal([left]);
      expect(await store.done({ ...left, runId: 'earlier' })).to.equal(false);
      expect(await store.done(left)).to.equal(true);
      expect(await store.pending(acme)).to.deep.equal([]);
    });

    it('and that somebody else had before are to end, whether the account is locked out and allowed since or not', async () => {
      const acme = await signedInAccounts(suite, ['li']);
      await handOver(suite.database, acme, 'li');
      await setForbidden(suite.database, acme, 'li', true);
      await setForbidden(suite.database, acme, 'li', false);
      const pending = await new TypeormSignOutStore(suite.database).pending(acme);
      expect(pending).to.deep.equal([{ owner: acme, name: 'li', application: 'app-built-in', runId: 'later' }]);
    });

    for (const [what, act] of [
      ['is locked out', (database: Database, owner: string) => setForbidden(database, owner, 'li', true)],
      ['goes to somebody else', (database: Database, owner: string) => handOver(database, owner, 'li')],
    ] as const) {
      it(`are to end when their account ${what} while an earlier note of it is found needless`, async () => {
        const acme = await signedInAccounts(suite, ['li']);
        await setForbidden(suite.database, acme, 'li', true);
        await setForbidden(suite.database, acme, 'li', false);
        const store = new TypeormSignOutStore(suite.database);
        let looking: Promise<unknown> = Promise.resolve();
        if (suite.kind === 'sqlite') {
          looking = store.pending(acme);
          await act(suite.database, acme);
        } else {
          const other = await openDatabase(suite.url);
          await other.transaction(async () => {
            await act(other, acme);
            looking = store.pending(acme);
            await until(() => isWaiting(suite));
          });
          await other.close();
        }
        expect(await looking).to.have.lengthOf(1);
        expect(await signedIn(suite.database, acme, 'li')).to.deep.include({ toEnd: 1 });
      });
    }
  }, makeCasdoors);
});

describe('sign-ins without Casdoor', () => {
  eachSharedDatabase((suite) => {
    it('end here all the same', async () => {
      const organization = `org-${randomUUID().slice(0, 8)}`;
      await harnessOn(suite.database).putAccount(anAccount({ owner: organization, name: 'leaver' }));
      await signInHere(suite.database, organization, 'leaver');
      await signInHere(suite.database, organization, 'stayer');
      await writePage(suite.database, organization, [{ name: 'leaver', values: {}, isForbidden: true, seen: SEEN }]);
      const left = await suite.database.read(({ manager }) => manager.findBy(SessionRow, { userOwner: organization }));
      expect(left.map(({ userName }) => userName)).to.deep.equal(['stayer']);
    });
  });
});

describe('tables that are called like Casdoor’s', () => {
  eachDatabase(
    (suite) => {
      it('are left alone', async () => {
        await suite.database.transaction(async (session) => {
          await session.execute(`INSERT INTO session (name, owner) VALUES ('leaver', 'acme')`);
          await session.execute(`INSERT INTO token (name, organization, expires_in) VALUES ('leaver', 'acme', 9)`);
          await endSessions(session, suite.database.columns, { organization: 'acme', cause: 'access' }, ['leaver']);
        });
        const [sessions, tokens] = await suite.database.read(async (session) => [
          await session.select('SELECT name FROM session'),
          await session.select('SELECT expires_in FROM token'),
        ]);
        expect(sessions).to.deep.equal([{ name: 'leaver' }]);
        expect(tokens).to.deep.equal([{ expires_in: 9 }]);
      });
    },
    (fresh) =>
      fresh.run(`CREATE TABLE session (name VARCHAR(100), owner VARCHAR(100));
        CREATE TABLE token (name VARCHAR(100), organization VARCHAR(100), expires_in INTEGER);`),
  );
});

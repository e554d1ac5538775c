import { expect } from 'chai';
import type { Run } from '../../../src/engine/run.ts';
import type { Database } from '../../../src/storage/database.ts';
import { ChangeRow, GroupRow, LeaseRow, LinkRow, UserRow } from '../../../src/storage/entities/index.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import type { Session } from '../../../src/storage/session.ts';
import type { WeComMember } from '../../../src/wecom/reading/member.ts';
import { eachDatabase } from '../../support/databases.ts';
import { DirectoryWorld, storesOn } from '../../support/directory-world.ts';
import { LocalActs } from '../../support/local-acts.ts';

const MEMBERS = 60;
const PAGE = 10;

/** Everything that a run writes about accounts and groups. */
const everything = async ({ manager }: Session) => ({
  users: await manager.find(UserRow, { order: { owner: 'ASC', name: 'ASC' } }),
  groups: await manager.find(GroupRow, { order: { name: 'ASC' } }),
  links: await manager.find(LinkRow, { order: { kind: 'ASC', externalKey: 'ASC' } }),
  changes: await manager.find(ChangeRow, { order: { runId: 'ASC', seq: 'ASC' } }),
});

describe('a run whose lease is stolen', () =>
  eachDatabase((suite) => {
    /** Of the process that loses. */
    let world: DirectoryWorld;
    /** Of the process that steals: connections of its own. */
    let elsewhere: Database;

    beforeEach(async () => {
      const local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(storesOn(suite.database), { members: MEMBERS, departments: 6 });
      elsewhere = await openDatabase(suite.url);
    });
    afterEach(async () => {
      await elsewhere.close();
      await world.close();
    });

    /** Syncs in pages of ten members, and does something before each page that is handed over. */
    const syncInPages = (before: (page: number, run: Run) => Promise<void>): Promise<Run> => {
      let run: Run | undefined;
      return world.engine.run({
        ...world.request(),
        onProgress: (current) => (run = current),
        open: () => {
          const syncer = world.connect();
          const whole = syncer.fetchUsers.bind(syncer);
          syncer.fetchUsers = async function* (signal) {
            const members: WeComMember[] = [];
            for await (const page of whole(signal)) members.push(...page);
            for (let at = 0; at < members.length; at += PAGE) {
              if (run) await before(at / PAGE, run);
              yield members.slice(at, at + PAGE);
            }
          };
          return syncer;
        },
      });
    };
    /** Overwrites the lease row as whoever holds the first owner to be dead, and sees what stands then. */
    const steal = (run: Run): ReturnType<typeof everything> =>
      elsewhere.transaction(async (session) => {
        await session.manager.delete(LeaseRow, { runId: run.id });
        await storesOn(elsewhere).leases.acquire({
          syncerId: run.syncerId,
          runId: 'of the thief',
          owner: 'elsewhere:1',
          ttlMs: 60_000,
        });
        return everything(session);
      });
    const expectLost = (run: Run): void => {
      expect(run.state).to.equal('failed');
      expect(run.error).to.include({ code: 'lease' });
    };

    it('between two pages writes nothing more, and says that another took over', async () => {
      let stood: Awaited<ReturnType<typeof everything>> | undefined;
      const run = await syncInPages(async (page, current) => {
        if (page === 3) stood = await steal(current);
      });
      expectLost(run);
      expect(stood?.users).to.have.length(3 * PAGE);
      expect(await suite.database.read(everything)).to.deep.equal(stood);
      expect(await world.stores.leases.holder(run.syncerId)).to.include({ owner: 'elsewhere:1' });
      expect((await world.stores.runs.find(run.id))?.error?.code).to.equal('lease');
    });

    it('at any moment, also within a page, writes nothing that the thief does not see', async () => {
      let theft: ReturnType<typeof everything> | undefined;
      const run = await syncInPages(async (page, current) => {
        // Nobody waits for the thief: he comes when he comes.
        if (page === 2) theft = steal(current);
      });
      const stood = await theft;
      expect(await suite.database.read(everything)).to.deep.equal(stood);
      if (stood?.users.length !== MEMBERS) expectLost(run);
    });

    it('before its lock-outs locks nobody out', async () => {
      await world.sync();
      const lockedOut = async (): Promise<number> =>
        (await suite.database.read(everything)).users.filter(({ isForbidden }) => isForbidden).length;
      const before = await lockedOut();
      world.company.leave(4);
      let stood: Awaited<ReturnType<typeof everything>> | undefined;
      const run = await syncInPages(async (page, current) => {
        if (page === 5) stood = await steal(current);
      });
      expectLost(run);
      expect(await suite.database.read(everything)).to.deep.equal(stood);
      expect(await lockedOut()).to.equal(before);
      await elsewhere.transaction(({ manager }) => manager.deleteAll(LeaseRow));
      expect((await world.sync()).counts.forbidden, 'whoever runs next locks them out').to.be.greaterThan(0);
    });

    it('leaves what the other run made of it as it is', async () => {
      const other = await DirectoryWorld.open(storesOn(elsewhere), {}, { owner: 'elsewhere:1' });
      let stood: Awaited<ReturnType<typeof everything>> | undefined;
      let second: Run | undefined;
      const run = await syncInPages(async (page, current) => {
        if (page !== 2) return;
        await storesOn(elsewhere).leases.evict(current.id);
        second = await other.engine.run(world.request());
        stood = await elsewhere.read(everything);
      });
      await other.close();
      expect(second?.state).to.equal('succeeded');
      expectLost(run);
      expect(stood?.users).to.have.length(MEMBERS);
      expect(await suite.database.read(everything)).to.deep.equal(stood);
      expect((await world.sync()).counts).to.include({ unchanged: MEMBERS, created: 0, updated: 0 });
    });
  }));

import Sqlite from 'better-sqlite3';
import { expect } from 'chai';
import type { GroupSyncer, Syncer } from '../../../src/syncer/syncer.ts';
import type { WeComMember } from '../../../src/wecom/reading/member.ts';
import type { WeComSyncer } from '../../../src/wecom/wecom-syncer.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { createTestDatabase } from '../../support/databases.ts';
import { DirectoryWorld, storesOn } from '../../support/directory-world.ts';
import { LocalActs } from '../../support/local-acts.ts';

const MEMBERS = 300;
/** So many pages that the run asks on the way whether it may go on. */
const PAGE = 25;

type WeComGroup = Parameters<WeComSyncer['mapGroup']>[0];

/** The same connector in small pages; `between` is told before the engine gets each of them. */
function inSmallPages(connector: WeComSyncer, between: () => void): Syncer<WeComMember> & GroupSyncer<WeComGroup> {
  return {
    type: connector.type,
    testConnection: (signal) => connector.testConnection(signal),
    mapUser: (member) => connector.mapUser(member),
    fetchGroups: (signal) => connector.fetchGroups(signal),
    mapGroup: (department) => connector.mapGroup(department),
    async *fetchUsers(signal) {
      for await (const members of connector.fetchUsers(signal)) {
        for (let at = 0; at < members.length; at += PAGE) {
          between();
          yield members.slice(at, at + PAGE);
        }
      }
    },
  };
}

describe('a run with nothing to do, on SQLite', () => {
  it('compares members while somebody else writes, so that no write of theirs is refused for it', async () => {
    const target = await createTestDatabase('sqlite');
    if (!target) throw new Error('SQLite is always there.');
    const database = await openDatabase(target.url);
    const world = await DirectoryWorld.open(storesOn(database), { members: MEMBERS, departments: 12 });
    const writer = new Sqlite(target.url.slice('sqlite:'.length), { timeout: 0 });
    try {
      await new LocalActs(database).addOrganization('acme');
      await world.sync();
      writer.exec('CREATE TABLE host_note (n INTEGER)');
      const before = { pages: 0, seen: 0, blocked: 0 };
      const begin = (): void => {
        writer.exec('BEGIN IMMEDIATE; INSERT INTO host_note VALUES (1)');
        before.pages += 1;
      };
      const run = await world.engine.run({
        ...world.request(),
        open: () => inSmallPages(world.connect(), begin),
        // Told after each page, and also while one waits: then nobody more was seen.
        onProgress: ({ progress }) => {
          if (!writer.inTransaction) return;
          writer.exec('COMMIT');
          if (progress.membersSeen === before.seen) before.blocked += 1;
          before.seen = progress.membersSeen;
        },
      });
      expect(run.state, run.error?.message.en).to.equal('succeeded');
      expect(run.counts.unchanged).to.equal(MEMBERS);
      expect(before).to.deep.equal({ pages: Math.ceil(MEMBERS / PAGE), seen: MEMBERS, blocked: 0 });
    } finally {
      writer.close();
      await world.close();
      await database.close();
      await target.drop();
    }
  });
});

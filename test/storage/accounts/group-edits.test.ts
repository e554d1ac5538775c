import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { goJson } from '../../../src/identity/account.ts';
import { GroupEdits } from '../../../src/storage/accounts/group-edits.ts';
import { UserDirectory } from '../../../src/storage/accounts/user-directory.ts';
import { LinkRow, UserRow } from '../../../src/storage/entities/index.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { eachSharedDatabase, isWaiting } from '../../support/databases.ts';
import { LocalActs } from '../../support/local-acts.ts';
import { rejection, until } from '../../support/promises.ts';

const LINK = { kind: 'user', externalKey: 'li', externalId: 'li', forbiddenBy: null, deletedBy: null };

describe('editing groups', () => {
  eachSharedDatabase((suite) => {
    let organization: string;
    let local: LocalActs;
    let edits: GroupEdits;
    /** Names of groups are unique over all organizations. */
    let own: string;
    beforeEach(async () => {
      own = randomUUID().slice(0, 8);
      organization = `org-${own}`;
      local = new LocalActs(suite.database);
      edits = new GroupEdits(suite.database);
      await local.addOrganization(organization);
    });

    const groupsOf = async (name: string): Promise<string | null> => (await local.account(name, organization)).groups;
    const namesIn = async (group: string): Promise<string[]> => {
      const wanted = { organization, group: `${organization}/${group}`, listing: {} };
      const { rows } = await new UserDirectory(suite.database).page(wanted, { number: 1, size: 10 });
      return rows.map(({ row }) => row.name);
    };

    for (const title of ['École', 'R<D>', '100%_!', 'a"b\\c', '研发部']) {
      it(`finds who is in "${title}", renames it, and keeps it while somebody is in it`, async () => {
        const [before, after] = [`${title} ${own}`, `New ${title} ${own}`];
        await edits.add(organization, before, {});
        await local.addAccount(organization, { name: 'in', groups: goJson([`${organization}/${before}`]) });
        await local.addAccount(organization, { name: 'out', groups: goJson([`${organization}/${before} 2`]) });
        expect(await namesIn(before)).to.deep.equal(['in']);
        expect(String(await rejection(edits.remove(organization, before)))).to.include('has-users');
        await edits.update(organization, before, { name: after });
        expect(await groupsOf('in')).to.equal(goJson([`${organization}/${after}`]));
        expect([await namesIn(before), await namesIn(after)]).to.deep.equal([[], ['in']]);
        await local.change('in', { groups: '[]' }, organization);
        expect(await edits.remove(organization, after)).to.equal(true);
      });
    }

    it('leaves lists alone that have another spelling of a renamed name', async () => {
      await edits.add(organization, `sales ${own}`, {});
      const groups = `[ "${organization}/SALES ${own}" ]`;
      await local.addAccount(organization, { name: 'other', groups });
      await edits.update(organization, `sales ${own}`, { name: `trade ${own}` });
      expect(await groupsOf('other')).to.equal(groups);
    });

    it('renames in the lists of many accounts, and in what syncers gave them', async () => {
      const [before, after, other] = [`team ${own}`, `crew ${own}`, `${organization}/other`];
      const lists = (name: string): readonly (readonly [account: string, groups: string])[] => [
        [`one-${own}`, goJson([other, `${organization}/${name}`])],
        [`two-${own}`, goJson([`${organization}/${name}`])],
      ];
      await edits.add(organization, before, {});
      for (const [name, groups] of lists(before)) {
        await local.addAccount(organization, { name, groups });
        const link = { ...LINK, syncerId: name, organization, name, groups };
        await suite.database.transaction(({ manager }) => manager.insert(LinkRow, link));
      }
      await edits.update(organization, before, { name: after });
      for (const [name, groups] of lists(after)) {
        const link = await suite.database.read(({ manager }) => manager.findOneByOrFail(LinkRow, { name }));
        expect([await groupsOf(name), link.groups]).to.deep.equal([groups, groups]);
      }
    });

    for (const [what, entity] of [
      ['a membership', UserRow],
      ['what a syncer gave', LinkRow],
    ] as const) {
      it(`gives ${what} not back that somebody takes away while its group is renamed`, async function () {
        // SQLite has one writer: nobody takes anything meanwhile.
        if (suite.kind === 'sqlite') return this.skip();
        const before = `before ${own}`;
        const groups = goJson([`${organization}/${before}`]);
        await edits.add(organization, before, {});
        await local.addAccount(organization, { name: `li-${own}`, groups });
        await suite.database.transaction(({ manager }) =>
          manager.insert(LinkRow, { ...LINK, syncerId: own, organization, name: `li-${own}`, groups }),
        );
        const other = await openDatabase(suite.url);
        let renaming: Promise<unknown> = Promise.resolve();
        await other.transaction(async ({ manager }) => {
          await manager.update(entity, { name: `li-${own}` }, { groups: '[]' });
          renaming = edits.update(organization, before, { name: `after ${own}` });
          await until(() => isWaiting(suite));
        });
        await renaming;
        await other.close();
        const row = await suite.database.read(({ manager }) =>
          manager.findOneByOrFail<UserRow | LinkRow>(entity, { name: `li-${own}` }),
        );
        expect(row.groups).to.equal('[]');
      });
    }
  });
});

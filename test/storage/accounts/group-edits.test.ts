import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { goJson } from '../../../src/identity/account.ts';
import { GroupEdits } from '../../../src/storage/accounts/group-edits.ts';
import { UserDirectory } from '../../../src/storage/accounts/user-directory.ts';
import { eachSharedDatabase } from '../../support/databases.ts';
import { LocalActs } from '../../support/local-acts.ts';
import { rejection } from '../../support/promises.ts';

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
  });
});

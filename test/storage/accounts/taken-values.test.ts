import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { NameTakenError, ValueTakenError } from '../../../src/storage/accounts/errors.ts';
import { GroupEdits } from '../../../src/storage/accounts/group-edits.ts';
import { OrganizationRecords } from '../../../src/storage/accounts/organization-records.ts';
import { UserAccounts } from '../../../src/storage/accounts/user-accounts.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { createTestDatabase, eachSharedDatabase } from '../../support/databases.ts';
import { rejection } from '../../support/promises.ts';

describe('a value that may be there once', () => {
  eachSharedDatabase((suite) => {
    for (const [first, second] of [
      ['École', 'École'],
      ['École', 'ÉCOLE'],
      ['Ecole 2', 'eCOLE 2'],
    ] as const) {
      it(`is taken as "${first}" for "${second}": of an organization, a group and an account`, async () => {
        const own = randomUUID().slice(0, 8);
        const [one, other] = [`one-${own}`, `other-${own}`];
        const [taken, wanted] = [`${first} ${own}`, `${second} ${own}`];
        const edit = (email: string) => () => ({ texts: { email }, flags: {} });
        const organizations = new OrganizationRecords(suite.database);
        const groups = new GroupEdits(suite.database);
        const accounts = new UserAccounts(suite.database);
        await organizations.insert(`org ${taken}`, {});
        await groups.add(one, `group ${taken}`, {});
        await accounts.add(one, taken, edit(`${taken}@acme.example`), '');
        expect(await rejection(organizations.insert(`org ${wanted}`, {}))).to.be.instanceOf(NameTakenError);
        expect(await rejection(groups.add(other, `group ${wanted}`, {}))).to.be.instanceOf(NameTakenError);
        const refused = [
          await rejection(accounts.add(one, wanted, edit(''), '')),
          await rejection(accounts.add(one, 'somebody', edit(`${wanted}@acme.example`), '')),
        ];
        for (const error of refused) expect(error).to.be.instanceOf(ValueTakenError);
        expect(refused.map((error) => (error as ValueTakenError).field)).to.deep.equal(['name', 'email']);
      });
    }
  });

  it('is not looked for in a column that the database does not have', async () => {
    const fresh = await createTestDatabase('sqlite');
    await (await openDatabase(fresh!.url)).close();
    const without = (column: string): string =>
      `DROP INDEX "IDX_user_${column}"; ALTER TABLE "user" DROP COLUMN ${column};`;
    await fresh!.run(without('email') + without('phone'));
    const database = await openDatabase(fresh!.url);
    const edit = () => ({ texts: { email: 'li@acme.example', phone: '13800000000' }, flags: {} });
    await new UserAccounts(database).add('acme', 'li', edit, '');
    await database.close();
    await fresh!.drop();
  });
});

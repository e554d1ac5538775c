import { expect } from 'chai';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { createTestDatabase, eachDatabase } from '../../support/databases.ts';
import { DirectoryWorld, storesOn } from '../../support/directory-world.ts';
import { LocalActs } from '../../support/local-acts.ts';

describe('what the directory spells in two ways', () =>
  eachDatabase((suite) => {
    it('is written once, whichever list comes first', async () => {
      const local = new LocalActs(suite.database);
      await local.addOrganization('acme');
      const world = await DirectoryWorld.open(storesOn(suite.database));
      try {
        const entry = (userid: string) => ({ userid, name: '张三', department: [1, 2], status: 1, enable: 1 });
        const answer = (department: string, userid: string, delayMs: number): void => {
          const body = JSON.stringify({ errcode: 0, userlist: [entry(userid)] });
          const match = { department_id: department };
          world.sandbox.faults.add({ path: 'user/list', match, respond: { body, delayMs } });
        };
        const lists = (first: string): void => {
          world.sandbox.faults.clear();
          answer('1', 'Zhang.San', first === '1' ? 0 : 150);
          answer('2', 'ZHANG.SAN', first === '2' ? 0 : 150);
        };
        lists('1');
        await world.sync();
        const before = await local.account('Zhang.San');
        expect(before.wecom).to.equal('Zhang.San');
        for (const first of ['2', '1', '2']) {
          lists(first);
          const run = await world.sync();
          const changes = await world.changes(run);
          expect(changes.filter(({ userid }) => userid.toLowerCase() === 'zhang.san')).to.deep.equal([]);
          expect(await local.account('Zhang.San')).to.deep.equal(before);
        }
      } finally {
        await world.close();
      }
    });
  }));

describe('a table whose columns do not take every character', () => {
  it('costs the value and a warning, not the person', async function () {
    const fresh = await createTestDatabase('mysql');
    if (!fresh) return this.skip();
    try {
      await (await openDatabase(fresh.url)).close();
      await fresh.run(
        'ALTER TABLE `user` CONVERT TO CHARACTER SET utf8mb3; ALTER TABLE `group` CONVERT TO CHARACTER SET utf8mb3;',
      );
      const database = await openDatabase(fresh.url);
      const local = new LocalActs(database);
      await local.addOrganization('acme');
      const world = await DirectoryWorld.open(storesOn(database));
      try {
        const { company } = world;
        const [first] = [...company.members].filter(({ department }) => department.length === 1);
        const userid = first?.userid ?? '';
        const target = company.visibleDepartments().find(({ id }) => id !== first?.department[0])?.id ?? 0;
        await world.sync();
        const before = await local.account(userid);
        company.setField(userid, { position: '🚀 工程师', name: '王🎉芳' });
        company.move(userid, [target]);
        company.renameDepartment(target, '研发 🚀');
        const run = await world.sync();
        expect(run.state).to.equal('succeeded');
        const after = await local.account(userid);
        expect(after).to.include({ title: before.title, displayName: before.displayName });
        expect(after.groups).to.equal(JSON.stringify([`acme/acme-wecom-${target}`]));
        const warnings = run.warnings.filter(({ code }) => code === 'value-not-storable');
        expect(warnings.map(({ message }) => message.en.split(' ', 1)[0])).to.have.members([
          'title',
          'displayName',
          'group.displayName',
        ]);
        for (const { message } of warnings) expect(message.zh).to.include('utf8mb4');

        const [newcomer] = company.hire(1);
        company.setField(newcomer!.userid, { name: '🚀' });
        await world.sync();
        expect((await local.account(newcomer!.userid)).displayName, 'a new account is called by its id').to.equal(
          newcomer!.userid,
        );
      } finally {
        await world.close();
        await database.close();
      }
    } finally {
      await fresh.drop();
    }
  });
});

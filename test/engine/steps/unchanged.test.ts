import { expect } from 'chai';
import { eachDatabase } from '../../support/databases.ts';
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

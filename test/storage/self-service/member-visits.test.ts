import { expect } from 'chai';
import { MemberVisitRow } from '../../../src/storage/entities/index.ts';
import { MemberVisits } from '../../../src/storage/self-service/member-visits.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { SecretBox } from '../../../src/storage/syncers/secret-box.ts';
import { eachDatabase, harnessOn } from '../../support/databases.ts';

const MINUTE = 60_000;
const LIMIT = { most: 3, withinMs: 60 * MINUTE };
const box = new SecretBox('a key of the tests, of thirty-two characters or more');

describe('visits of members', () =>
  eachDatabase((suite) => {
    let visits: MemberVisits;
    before(() => {
      visits = new MemberVisits(suite.database, box);
    });
    const rows = () =>
      suite.database.read(({ manager }) => manager.find(MemberVisitRow, { order: { stateHash: 'ASC' } }));

    it('begin and are completed once, whichever of several hosts is asked', async () => {
      const other = await openDatabase(suite.url);
      try {
        const hosts = [visits, new MemberVisits(other, box)];
        const all = [0, 1, 2, 3].map((at) => hosts[at % 2]!);
        const visit = { syncerId: 'one', state: 'once' };
        const begun = await Promise.all(all.map((host) => host.begin(visit, MINUTE)));
        expect(begun.filter(Boolean)).to.have.length(1);
        expect(await visits.take(visit, LIMIT), 'nothing is kept yet').to.equal(undefined);
        await hosts[1]!.keep(visit, 'li', 'values');
        expect(await visits.take({ ...visit, syncerId: 'two' }, LIMIT), 'of another syncer').to.equal(undefined);
        const taken = await Promise.all(all.map((host) => host.take(visit, LIMIT)));
        expect(taken.filter(Boolean)).to.deep.equal([{ content: 'values' }]);
        expect(await visits.begin(visit, MINUTE)).to.equal(false);
      } finally {
        await other.close();
      }
    });

    it('may be completed again when it could not be done, and count for the member and syncer alone', async () => {
      const take = async (state: string, member: string, syncerId = 'three') => {
        await visits.begin({ syncerId, state }, MINUTE);
        await visits.keep({ syncerId, state }, member, state);
        return visits.take({ syncerId, state }, LIMIT);
      };
      for (const state of ['a1', 'a2']) expect(await take(state, 'wang')).to.deep.equal({ content: state });
      expect(await take('a3', 'wang')).to.deep.equal({ content: 'a3' });
      const last = { syncerId: 'three', state: 'a3' };
      await visits.putBack(last, 'a3', MINUTE);
      expect(await visits.take(last, LIMIT)).to.deep.equal({ content: 'a3' });
      expect(await take('a4', 'wang')).to.equal('tooMany');
      expect(await take('b1', 'zhao')).to.deep.equal({ content: 'b1' });
      expect(await take('c1', 'wang', 'four')).to.deep.equal({ content: 'c1' });
    });

    it('are counted by all hosts together, also when they are completed at one moment', async () => {
      const of = { syncerId: 'six', organization: 'acme', source: 'acme/six', bindingColumn: 'wecom' };
      await harnessOn(suite.database).addSyncer(of);
      const other = await openDatabase(suite.url);
      try {
        const hosts = [visits, new MemberVisits(other, box)];
        const all = Array.from({ length: 12 }, (_, at) => ({ syncerId: 'six', state: `at once ${at}` }));
        for (const visit of all) {
          await visits.begin(visit, MINUTE);
          await visits.keep(visit, 'sun', 'values');
        }
        const taken = await Promise.all(all.map((visit, at) => hosts[at % 2]!.take(visit, LIMIT)));
        expect(taken.filter((one) => one !== 'tooMany')).to.have.length(LIMIT.most);
      } finally {
        await other.close();
      }
    });

    it('are stored without state and values in plain text, and forgotten', async () => {
      const visit = { syncerId: 'five', state: 'plainstate' };
      await visits.begin(visit, 0);
      await visits.keep(visit, 'qian', '13800000001');
      expect(JSON.stringify(await rows())).to.not.match(/plainstate|13800000001/);
      await visits.begin({ syncerId: 'five', state: 'next' }, MINUTE);
      expect((await rows()).filter(({ syncerId }) => syncerId === 'five')).to.have.length(1);
    });

    it('open in the browser’s hands for their own syncer, and nowhere else', () => {
      const sealed = visits.seal('state', 'one');
      expect(visits.open(sealed, 'one')).to.equal('state');
      expect(visits.open(sealed, 'two')).to.equal(undefined);
      expect(visits.open(`${sealed.slice(0, -2)}xx`, 'one')).to.equal(undefined);
      expect(new MemberVisits(suite.database, new SecretBox('another key of the tests')).open(sealed, 'one')).to.equal(
        undefined,
      );
    });
  }));

import { expect } from 'chai';
import { HeardCallbackRow } from '../../../src/storage/entities/index.ts';
import { HeardCallbacks } from '../../../src/storage/syncers/heard-callbacks.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { eachDatabase } from '../../support/databases.ts';

describe('messages that were heard', () =>
  eachDatabase((suite) => {
    it('are new to one of several hosts, once, and for each syncer', async () => {
      const other = await openDatabase(suite.url);
      try {
        const hosts = [new HeardCallbacks(suite.database), new HeardCallbacks(other)];
        const answers = await Promise.all([0, 1, 2, 3].map((at) => hosts[at % 2]!.isFirst('one', 'a', 60_000)));
        expect(answers.filter(Boolean)).to.have.length(1);
        expect(await hosts[1]!.isFirst('one', 'a', 60_000)).to.equal(false);
        expect(await hosts[1]!.isFirst('one', 'b', 60_000)).to.equal(true);
        expect(await hosts[1]!.isFirst('two', 'a', 60_000)).to.equal(true);
      } finally {
        await other.close();
      }
    });

    it('are forgotten when they are too old to be heard again', async () => {
      const heard = new HeardCallbacks(suite.database);
      await heard.isFirst('three', 'old', 0);
      await heard.isFirst('three', 'young', 60_000);
      expect(await heard.prune()).to.equal(1);
      const left = await suite.database.read(({ manager }) => manager.findBy(HeardCallbackRow, { syncerId: 'three' }));
      expect(left.map(({ messageId }) => messageId)).to.deep.equal(['young']);
    });
  }));

import { expect } from 'chai';
import { readClock } from '../../src/storage/database-clock.ts';
import { eachSharedDatabase } from '../support/databases.ts';

const HOUR = 3_600_000;

describe('the clock of a database', () => {
  eachSharedDatabase((suite) => {
    it('shows the time to the millisecond', async () => {
      const read = async (): Promise<number> => (await suite.database.read(readClock)).getTime();
      const first = await read();
      expect(Math.abs(first - Date.now())).to.be.lessThan(HOUR);
      const times = [first];
      while (times.length < 50) times.push(await read());
      expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
      expect(times.some((time) => time % 1000 !== 0)).to.equal(true);
    });

    if (suite.kind === 'sqlite') return;

    it('shows the same time in every time zone', async () => {
      const zone = suite.kind === 'postgres' ? 'TIME ZONE' : 'time_zone =';
      const shown = await suite.database.read(async (session) => {
        const here = await readClock(session);
        await session.execute(`SET ${zone} '+09:00'`);
        const elsewhere = await readClock(session);
        await session.execute(suite.kind === 'postgres' ? 'RESET TIME ZONE' : 'SET time_zone = DEFAULT');
        return elsewhere.getTime() - here.getTime();
      });
      expect(shown).to.be.within(0, HOUR);
    });
  });
});

import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { In } from 'typeorm';
import { FREEZE } from '../../../src/engine/plan/lock-outs/freeze.ts';
import { ChangeRow, RunOriginRow } from '../../../src/storage/entities/index.ts';
import { SyncReports } from '../../../src/storage/history/sync-reports.ts';
import { text } from '../../../src/syncer/text.ts';
import { eachSharedDatabase } from '../../support/databases.ts';

/** A moment that no other test has. */
const AT = Date.UTC(2001, 1, 3, 4, 5);
const DAY_MS = 86_400_000;

describe('the report', () =>
  eachSharedDatabase((suite) => {
    let organization: string;
    let elsewhere: string;
    const runs: string[] = [];
    beforeEach(() => {
      [organization, elsewhere] = [`org-${randomUUID().slice(0, 8)}`, `org-${randomUUID().slice(0, 8)}`];
    });
    afterEach(() =>
      suite.database.transaction(async ({ manager }) => {
        const runId = In(runs.splice(0));
        await manager.delete(ChangeRow, { runId });
        await manager.delete(RunOriginRow, { runId });
      }),
    );

    const run = (changes: readonly Partial<ChangeRow>[], of: Partial<RunOriginRow> = {}): Promise<void> =>
      suite.database.transaction(async ({ manager }) => {
        const runId = randomUUID();
        runs.push(runId);
        const origin = { runId, organization, syncerName: 'wecom', triggerKind: 'manual', actor: '', startedMs: AT };
        await manager.insert(RunOriginRow, { ...origin, ...of });
        const rows = changes.map((change, at) => ({ ...CHANGE, runId, seq: at + 1, ...change }));
        await manager.insert(ChangeRow, rows);
      });
    const CHANGE = {
      kind: 'conflict',
      userid: 'LiSi',
      useridKey: 'lisi',
      user: '',
      fields: '[]',
      reason: JSON.stringify(text('Why.', '原因。')),
      state: 'applied',
      atMs: null,
    };
    /** By the numbers of days, and by the table of people. */
    const counted = async (what: 'held' | 'conflicts', of?: string): Promise<readonly number[]> => {
      const reports = new SyncReports(suite.database);
      const period = { ...(of !== undefined && { organization: of }), fromMs: AT - DAY_MS, beforeMs: AT + DAY_MS };
      const days = (await reports.days(period)).map((day) => day[what] ?? 0);
      let people = 0;
      for await (const some of reports.people(period)) people += some.filter((one) => one.what === what).length;
      return [days.reduce((sum, number) => sum + number, 0), people];
    };

    it('counts one userid of two organizations, or of two syncers, as two people in conflict', async () => {
      await run([CHANGE, CHANGE]);
      await run([CHANGE]);
      expect(await counted('conflicts')).to.deep.equal([1, 1]);
      await run([CHANGE], { syncerName: 'other-corp' });
      expect(await counted('conflicts', organization)).to.deep.equal([2, 2]);
      await run([CHANGE], { organization: elsewhere });
      expect(await counted('conflicts', elsewhere)).to.deep.equal([1, 1]);
      expect(await counted('conflicts')).to.deep.equal([3, 3]);
    });

    it('counts nobody as held whose lock-out waits for the end of a freeze', async () => {
      const held = { ...CHANGE, kind: 'forbid', user: `${organization}/lisi`, state: 'held' };
      await run([held, { ...held, user: `${organization}/frozen`, reason: JSON.stringify(FREEZE) }]);
      expect(await counted('held', organization)).to.deep.equal([1, 1]);
    });
  }));

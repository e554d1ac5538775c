import { randomUUID } from 'node:crypto';
import assert from 'node:assert/strict';
import type { LeaseStore } from '../../engine/ports/lease-store.ts';
import type { LeaseGrant } from '../../identity/identity-store.ts';
import type { RunStore } from '../../engine/ports/run-store.ts';
import { noCounts, type Run } from '../../engine/run.ts';
import type { Change } from '../../identity/change.ts';
import { text } from '../../syncer/text.ts';
import { assertMembers, assertSame } from './assertions.ts';
import { patientIt, type Runner } from './runner.ts';

export interface RunStoreSubject {
  readonly runs: RunStore;
  readonly leases: LeaseStore;
  /** Stores changes as a page of this run does. */
  record(run: Run, changes: readonly Change[]): Promise<void>;
}

const aRun = (differences: Partial<Run> = {}): Run => ({
  id: randomUUID(),
  syncerId: randomUUID(),
  organization: 'acme',
  syncerName: 'wecom',
  trigger: 'manual',
  dryRun: false,
  state: 'running',
  phase: 'fetching',
  startedAt: '2026-01-02T03:04:05.678Z',
  finishedAt: null,
  progress: { departmentsDone: 1, departmentsTotal: 2, membersSeen: 3 },
  counts: { ...noCounts(), members: 4 },
  warnings: [],
  error: null,
  lockOutDigest: '',
  supersededBy: null,
  ...differences,
});

const aChange = (userid: string, differences: Partial<Change> = {}): Change => ({
  kind: 'forbid',
  userid,
  user: `acme/${userid}`,
  fields: [{ field: 'isForbidden', before: false, after: true }],
  reason: text('Left.', '已离职。'),
  state: 'held',
  ...differences,
});

/**
 * What the engine relies on in every `RunStore`.
 *
 * @param make called before each test; runs of its own come with each, so that all may share one store
 */
export function describeRunStore(runner: Runner, make: () => RunStoreSubject | Promise<RunStoreSubject>): void {
  runner.describe('as a run store', () => {
    const it = patientIt(runner);
    let subject: RunStoreSubject;
    runner.beforeEach(async () => {
      subject = await make();
    });

    it('gives a run back as it was saved last', async () => {
      const run = aRun();
      await subject.runs.create(run);
      assertSame(await subject.runs.find(run.id), run);
      run.state = 'failed';
      run.phase = 'done';
      assert.equal((await subject.runs.find(run.id))?.state, 'running');
      run.finishedAt = '2026-01-02T03:05:00.000Z';
      run.counts.created = 7;
      run.warnings = [{ code: 'title-cut', message: text('Cut.', '已截断。'), count: 2, samples: ['张三', '😀'] }];
      run.error = { code: 'config', message: text('a', '甲'), remedy: text('b', '乙'), recovery: 'fix' };
      run.lockOutDigest = 'f'.repeat(64);
      run.supersededBy = randomUUID();
      await subject.runs.save(run);
      assertSame(await subject.runs.find(run.id), run);
      assert.equal(await subject.runs.find(randomUUID()), undefined);
    });

    it('lists the runs of one syncer, newest first whatever their time zone', async () => {
      const syncerId = randomUUID();
      const run = (startedAt: string): Run => aRun({ syncerId, startedAt });
      const [first, second, third] = [
        run('2026-01-02T00:00:00Z'),
        run('2026-01-02T07:30:00+08:00'),
        run('2026-01-02T00:00:00.500Z'),
      ] as const;
      const elsewhere = aRun({ syncerId, organization: 'elsewhere' });
      for (const run of [first, second, third, aRun(), elsewhere]) await subject.runs.create(run);
      const page = await subject.runs.list({ syncerId, organization: 'acme' }, 1, 2);
      assert.equal(page.total, 3);
      assertSame(
        page.rows.map((run) => run.id),
        [third.id, first.id],
      );
      assertSame(
        (await subject.runs.list({ syncerId, organization: 'acme' }, 2, 2)).rows.map((run) => run.id),
        [second.id],
      );
    });

    it('finds the run that waits for a person', async () => {
      const run = aRun({ state: 'held' });
      await subject.runs.create(aRun({ syncerId: run.syncerId, state: 'succeeded' }));
      await subject.runs.create(aRun({ syncerId: run.syncerId, organization: 'elsewhere', state: 'held' }));
      assert.equal(await subject.runs.held(run), undefined);
      await subject.runs.create(run);
      assert.equal((await subject.runs.held(run))?.id, run.id);
      const older = aRun({ syncerId: run.syncerId, state: 'held', startedAt: '2020-01-02T03:04:05.000Z' });
      await subject.runs.create(older);
      assert.equal((await subject.runs.held(run))?.id, run.id);
      const { rows, total } = await subject.runs.list(run, 1, 10, 'held');
      assertSame(
        rows.map(({ id }) => id),
        [run.id, older.id],
      );
      assert.equal(total, 2);
    });

    it('remembers what a person rejected until told to forget', async () => {
      const syncerId = randomUUID();
      assert.equal(await subject.runs.rejectedDigest(syncerId), '');
      await subject.runs.rememberRejection(syncerId, 'one');
      await subject.runs.rememberRejection(syncerId, 'two');
      assert.equal(await subject.runs.rejectedDigest(syncerId), 'two');
      await subject.runs.rememberRejection(syncerId, '');
      assert.equal(await subject.runs.rejectedDigest(syncerId), '');
    });

    it('keeps what a person said of single lock-outs, while the lease stands', async () => {
      const { runs, leases } = subject;
      if (!runs.decisions || !runs.keepDecisions) return;
      const [syncerId, other] = [randomUUID(), randomUUID()];
      const grantOf = async (of: string): Promise<LeaseGrant> => {
        const taken = await leases.acquire({ syncerId: of, runId: randomUUID(), owner: 'test:1', ttlMs: 60_000 });
        assert.ok('grant' in taken);
        return taken.grant;
      };
      const lease = await grantOf(syncerId);
      await runs.keepDecisions(await grantOf(other), new Map([['forbid:a', 'rejected']]));
      assert.equal((await runs.decisions(syncerId)).size, 0);
      const many = Array.from({ length: 1_200 }, (_, index) => [`forbid:m${index}`, 'waits'] as const);
      await runs.keepDecisions(lease, new Map(many));
      assert.deepEqual(new Map(await runs.decisions(syncerId)), new Map(many));
      const few = new Map([
        ['remove:张三', 'rejected'],
        ['removeGroup:7', 'spared'],
      ] as const);
      await runs.keepDecisions(lease, few);
      assert.deepEqual(new Map(await runs.decisions(syncerId)), new Map(few));
      await leases.release(lease);
      await assert.rejects(runs.keepDecisions(lease, new Map()), { name: 'LeaseError' });
      assert.deepEqual(new Map(await runs.decisions(syncerId)), new Map(few));
      assert.equal((await runs.decisions(other)).size, 1);
    });

    it('filters changes by kind, state and vendor id without case', async () => {
      const run = aRun();
      await subject.runs.create(run);
      await subject.record(run, [
        aChange('ZhangSan'),
        aChange('LiSi', { kind: 'update', state: 'applied' }),
        aChange('WangWu', { kind: 'update' }),
      ]);
      await subject.record(run, [aChange('zhangsan', { kind: 'update' })]);
      const found = async (filter: Parameters<RunStore['changes']>[1]): Promise<number[]> =>
        (await subject.runs.changes(run.id, filter, 1, 10)).rows.map((change) => change.seq);
      assertSame(await found({}), [1, 2, 3, 4]);
      assertSame(await found({ kind: 'update' }), [2, 3, 4]);
      assertSame(await found({ kind: 'update', state: 'held' }), [3, 4]);
      assertSame(await found({ userid: 'ZHANGSAN' }), [1, 4]);
      const second = await subject.runs.changes(run.id, {}, 2, 3);
      assertSame([second.total, second.rows.map((change) => change.seq)], [4, [4]]);
    });

    it('keeps a report about what cannot be stored', async () => {
      const run = aRun();
      await subject.runs.create(run);
      await subject.record(run, [
        aChange('nul', { kind: 'skip', fields: [{ field: 'displayName', before: '', after: 'a\u0000b\ud83d' }] }),
      ]);
      const { rows } = await subject.runs.changes(run.id, {}, 1, 10);
      assert.equal(rows[0]?.fields[0]?.after, 'a\u0000b\ud83d');
    });

    it('moves changes of one state into another, all or the chosen ones', async () => {
      const run = aRun();
      await subject.runs.create(run);
      await subject.record(run, [
        ...Array.from({ length: 1200 }, (_, index) => aChange(`m${index}`)),
        aChange('done', { state: 'applied' }),
      ]);
      const chosen = Array.from({ length: 700 }, (_, index) => index + 1);
      assert.equal(await subject.runs.moveChanges(run.id, 'held', 'applied', [...chosen, 1201]), 700);
      assert.equal(await subject.runs.moveChanges(run.id, 'held', 'rejected'), 500);
      assert.equal(await subject.runs.moveChanges(run.id, 'held', 'failed'), 0);
      assert.equal((await subject.runs.changes(run.id, { state: 'applied' }, 1, 1)).total, 701);
      assert.equal((await subject.runs.changes(run.id, { state: 'rejected' }, 1, 1)).rows[0]?.seq, 701);
    });

    it('knows which runs nobody runs any more', async () => {
      const [alive, dead, stolen, done] = [
        aRun(),
        aRun(),
        aRun({ state: 'queued' }),
        aRun({ state: 'succeeded' }),
      ] as const;
      for (const run of [alive, dead, stolen, done]) await subject.runs.create(run);
      const take = (run: Run, runId: string, ttlMs: number): Promise<unknown> =>
        subject.leases.acquire({ syncerId: run.syncerId, runId, owner: 'x', ttlMs });
      await take(alive, alive.id, 60_000);
      await take(dead, dead.id, 0);
      await take(stolen, 'another run', 60_000);
      const abandoned = (await subject.runs.abandoned()).map((run) => run.id);
      assert.ok(abandoned.includes(dead.id));
      assert.ok(abandoned.includes(stolen.id));
      assert.ok(!abandoned.includes(alive.id));
      assert.ok(!abandoned.includes(done.id));
    });

    it('stores how runs ended and gives their lease back', async () => {
      const [run, other] = [aRun(), aRun({ state: 'held' })] as const;
      for (const one of [run, other]) await subject.runs.create(one);
      const request = { syncerId: run.syncerId, runId: run.id, owner: 'x', ttlMs: 60_000 };
      const taken = await subject.leases.acquire(request);
      if (!('grant' in taken)) throw new Error('nobody else wants this lease');
      await subject.runs.finish(taken.grant, { ...run, state: 'partial' }, { ...other, state: 'succeeded' });
      assert.equal((await subject.runs.find(run.id))?.state, 'partial');
      assert.equal((await subject.runs.find(other.id))?.state, 'succeeded');
      assert.equal(await subject.leases.holder(run.syncerId), undefined);
      const again = await subject.leases.acquire({ ...request, runId: 'next' });
      assert.equal('grant' in again, true);
      await subject.runs.finish(taken.grant, run);
      assert.equal((await subject.leases.holder(run.syncerId))?.runId, 'next', 'a lease that is somebody else’s stays');
    });

    it('lets one of several end a run that nobody runs any more, and nobody one that has ended', async () => {
      const run = aRun();
      await subject.runs.create(run);
      const ended = { ...run, state: 'failed' as const, finishedAt: '2026-01-02T03:05:00.000Z' };
      const answers = await Promise.all([subject.runs.end(ended), subject.runs.end(ended)]);
      assertMembers(answers, [false, true]);
      assertSame(await subject.runs.find(run.id), ended);
      assert.equal(await subject.runs.end({ ...ended, state: 'cancelled' }), false);
      assert.equal((await subject.runs.find(run.id))?.state, 'failed');
      assert.equal(await subject.runs.end(aRun()), false);
    });

    it('counts what went by itself during the last day, until a person approves', async () => {
      const syncerId = randomUUID();
      const at = async (hoursAgo: number): Promise<string> =>
        new Date((await subject.runs.now()).getTime() - hoursAgo * 3_600_000).toISOString();
      const store = async (hoursAgo: number, values: Partial<Run>, ...changes: readonly Change[]): Promise<void> => {
        const run = aRun({ syncerId, state: 'succeeded', trigger: 'member', startedAt: await at(hoursAgo), ...values });
        await subject.runs.create(run);
        await subject.record(run, changes);
      };
      const applied = (userid: string, kind: Change['kind'] = 'forbid'): Change =>
        aChange(userid, { state: 'applied', kind });
      await store(25, {}, applied('yesterday'));
      await store(23, {}, applied('Li'));
      await store(
        5,
        {},
        applied('li'),
        applied('wang', 'remove'),
        applied('7', 'removeGroup'),
        applied('new', 'create'),
      );
      await store(4, { trigger: 'schedule' }, applied('zhao'), aChange('waits'));
      await store(3, { trigger: 'manual' }, applied('watched'));
      await store(2, { dryRun: true }, applied('planned'));
      await store(1, { syncerId: randomUUID() }, applied('of another'));
      const counted = await subject.runs.recentLockOuts({ syncerId, organization: 'acme' });
      assertSame([...counted.people].sort(), ['li', 'wang', 'zhao']);
      assert.equal(counted.groups, 1);
      await store(4.5, { trigger: 'approval', state: 'failed' });
      assert.equal((await subject.runs.recentLockOuts({ syncerId, organization: 'acme' })).people.length, 3);
      await store(4.5, { trigger: 'approval', state: 'partial' });
      assertSame(await subject.runs.recentLockOuts({ syncerId, organization: 'acme' }), {
        people: ['zhao'],
        groups: 0,
      });
    });

    it('deletes old finished runs with their changes, but no held one and not the last of a syncer', async () => {
      const syncerId = randomUUID();
      const old = { syncerId, finishedAt: '2020-01-02T00:00:00Z' };
      const [finished, held, last] = [
        aRun({ ...old, state: 'succeeded', startedAt: '2020-01-01T00:00:00Z' }),
        aRun({ ...old, state: 'held', startedAt: '2020-01-01T01:00:00Z' }),
        aRun({ ...old, state: 'failed', startedAt: '2020-01-01T02:00:00Z' }),
      ] as const;
      for (const run of [finished, held, last]) {
        await subject.runs.create(run);
        await subject.record(run, [aChange('someone')]);
      }
      await subject.runs.prune(new Date('2021-01-01T00:00:00Z'));
      const left = (await subject.runs.list(last, 1, 10)).rows.map((run) => run.id);
      assertSame(left, [last.id, held.id]);
      assert.equal((await subject.runs.changes(finished.id, {}, 1, 1)).total, 0);
      assert.equal((await subject.runs.changes(held.id, {}, 1, 1)).total, 1);
    });
  });
}

import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { LeaseStore, RunStore } from '../../src/engine/ports/run-store.ts';
import { noCounts, type Run } from '../../src/engine/run.ts';
import type { Change } from '../../src/identity/change.ts';
import { text } from '../../src/syncer/text.ts';

export interface RunStoreHarness {
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

/** What every `RunStore` must do. */
export function describeRunStore(open: () => RunStoreHarness): void {
  let harness: RunStoreHarness;
  beforeEach(() => {
    harness = open();
  });

  it('gives a run back as it was saved last', async () => {
    const run = aRun();
    await harness.runs.create(run);
    expect(await harness.runs.find(run.id)).to.deep.equal(run);
    run.state = 'failed';
    run.phase = 'done';
    expect((await harness.runs.find(run.id))?.state).to.equal('running');
    run.finishedAt = '2026-01-02T03:05:00.000Z';
    run.counts.created = 7;
    run.warnings = [{ code: 'title-cut', message: text('Cut.', '已截断。'), count: 2, samples: ['张三', '😀'] }];
    run.error = { code: 'config', message: text('a', '甲'), remedy: text('b', '乙'), recovery: 'fix' };
    run.lockOutDigest = 'f'.repeat(64);
    run.supersededBy = randomUUID();
    await harness.runs.save(run);
    expect(await harness.runs.find(run.id)).to.deep.equal(run);
    expect(await harness.runs.find(randomUUID())).to.equal(undefined);
  });

  it('lists the runs of one syncer, newest first whatever their time zone', async () => {
    const syncerId = randomUUID();
    const times = ['2026-01-02T00:00:00Z', '2026-01-02T07:30:00+08:00', '2026-01-02T00:00:00.500Z'];
    const runs = times.map((startedAt) => aRun({ syncerId, startedAt }));
    const elsewhere = aRun({ syncerId, organization: 'elsewhere' });
    for (const run of [...runs, aRun(), elsewhere]) await harness.runs.create(run);
    const [first, second, third] = runs;
    const page = await harness.runs.list(runs[0]!, 1, 2);
    expect(page.total).to.equal(3);
    expect(page.rows.map((run) => run.id)).to.deep.equal([third!.id, first!.id]);
    expect((await harness.runs.list(runs[0]!, 2, 2)).rows.map((run) => run.id)).to.deep.equal([second!.id]);
  });

  it('finds the run that waits for a person', async () => {
    const run = aRun({ state: 'held' });
    await harness.runs.create(aRun({ syncerId: run.syncerId, state: 'succeeded' }));
    await harness.runs.create(aRun({ syncerId: run.syncerId, organization: 'elsewhere', state: 'held' }));
    expect(await harness.runs.held(run)).to.equal(undefined);
    await harness.runs.create(run);
    expect((await harness.runs.held(run))?.id).to.equal(run.id);
  });

  it('remembers what a person rejected until told to forget', async () => {
    const syncerId = randomUUID();
    expect(await harness.runs.rejectedDigest(syncerId)).to.equal('');
    await harness.runs.rememberRejection(syncerId, 'one');
    await harness.runs.rememberRejection(syncerId, 'two');
    expect(await harness.runs.rejectedDigest(syncerId)).to.equal('two');
    await harness.runs.rememberRejection(syncerId, '');
    expect(await harness.runs.rejectedDigest(syncerId)).to.equal('');
  });

  it('filters changes by kind, state and vendor id without case', async () => {
    const run = aRun();
    await harness.runs.create(run);
    await harness.record(run, [
      aChange('ZhangSan'),
      aChange('LiSi', { kind: 'update', state: 'applied' }),
      aChange('WangWu', { kind: 'update' }),
    ]);
    await harness.record(run, [aChange('zhangsan', { kind: 'update' })]);
    const found = async (filter: Parameters<RunStore['changes']>[1]): Promise<number[]> =>
      (await harness.runs.changes(run.id, filter, 1, 10)).rows.map((change) => change.seq);
    expect(await found({})).to.deep.equal([1, 2, 3, 4]);
    expect(await found({ kind: 'update' })).to.deep.equal([2, 3, 4]);
    expect(await found({ kind: 'update', state: 'held' })).to.deep.equal([3, 4]);
    expect(await found({ userid: 'ZHANGSAN' })).to.deep.equal([1, 4]);
    const second = await harness.runs.changes(run.id, {}, 2, 3);
    expect([second.total, second.rows.map((change) => change.seq)]).to.deep.equal([4, [4]]);
  });

  it('keeps a report about what cannot be stored', async () => {
    const run = aRun();
    await harness.runs.create(run);
    await harness.record(run, [
      aChange('nul', { kind: 'skip', fields: [{ field: 'displayName', before: '', after: 'a\u0000b\ud83d' }] }),
    ]);
    const { rows } = await harness.runs.changes(run.id, {}, 1, 10);
    expect(rows[0]?.fields[0]?.after).to.equal('a\u0000b\ud83d');
  });

  it('moves changes of one state into another, all or the chosen ones', async () => {
    const run = aRun();
    await harness.runs.create(run);
    await harness.record(run, [
      ...Array.from({ length: 1200 }, (_, index) => aChange(`m${index}`)),
      aChange('done', { state: 'applied' }),
    ]);
    const chosen = Array.from({ length: 700 }, (_, index) => index + 1);
    expect(await harness.runs.moveChanges(run.id, 'held', 'applied', [...chosen, 1201])).to.equal(700);
    expect(await harness.runs.moveChanges(run.id, 'held', 'rejected')).to.equal(500);
    expect(await harness.runs.moveChanges(run.id, 'held', 'failed')).to.equal(0);
    expect((await harness.runs.changes(run.id, { state: 'applied' }, 1, 1)).total).to.equal(701);
    expect((await harness.runs.changes(run.id, { state: 'rejected' }, 1, 1)).rows[0]?.seq).to.equal(701);
  });

  it('knows which runs nobody runs any more', async () => {
    const [alive, dead, stolen, done] = [
      aRun(),
      aRun(),
      aRun({ state: 'queued' }),
      aRun({ state: 'succeeded' }),
    ] as const;
    for (const run of [alive, dead, stolen, done]) await harness.runs.create(run);
    const take = (run: Run, runId: string, ttlMs: number): Promise<unknown> =>
      harness.leases.acquire({ syncerId: run.syncerId, runId, owner: 'x', ttlMs });
    await take(alive, alive.id, 60_000);
    await take(dead, dead.id, 0);
    await take(stolen, 'another run', 60_000);
    const abandoned = (await harness.runs.abandoned()).map((run) => run.id);
    expect(abandoned).to.include.members([dead.id, stolen.id]);
    expect(abandoned).to.not.include.members([alive.id]);
    expect(abandoned).to.not.include.members([done.id]);
  });

  it('stores how runs ended and gives their lease back', async () => {
    const [run, other] = [aRun(), aRun({ state: 'held' })] as const;
    for (const one of [run, other]) await harness.runs.create(one);
    const request = { syncerId: run.syncerId, runId: run.id, owner: 'x', ttlMs: 60_000 };
    const taken = await harness.leases.acquire(request);
    if (!('grant' in taken)) throw new Error('nobody else wants this lease');
    await harness.runs.finish(taken.grant, { ...run, state: 'partial' }, { ...other, state: 'succeeded' });
    expect((await harness.runs.find(run.id))?.state).to.equal('partial');
    expect((await harness.runs.find(other.id))?.state).to.equal('succeeded');
    expect(await harness.leases.holder(run.syncerId)).to.equal(undefined);
    const again = await harness.leases.acquire({ ...request, runId: 'next' });
    expect('grant' in again).to.equal(true);
    await harness.runs.finish(taken.grant, run);
    expect((await harness.leases.holder(run.syncerId))?.runId, 'a lease that is somebody else’s stays').to.equal(
      'next',
    );
  });

  it('lets one of several end a run that nobody runs any more, and nobody one that has ended', async () => {
    const run = aRun();
    await harness.runs.create(run);
    const ended = { ...run, state: 'failed' as const, finishedAt: '2026-01-02T03:05:00.000Z' };
    const answers = await Promise.all([harness.runs.end(ended), harness.runs.end(ended)]);
    expect(answers).to.have.members([false, true]);
    expect(await harness.runs.find(run.id)).to.deep.equal(ended);
    expect(await harness.runs.end({ ...ended, state: 'cancelled' })).to.equal(false);
    expect((await harness.runs.find(run.id))?.state).to.equal('failed');
    expect(await harness.runs.end(aRun())).to.equal(false);
  });

  it('counts what went by itself during the last day, until a person approves', async () => {
    const syncerId = randomUUID();
    const at = async (hoursAgo: number): Promise<string> =>
      new Date((await harness.runs.now()).getTime() - hoursAgo * 3_600_000).toISOString();
    const store = async (hoursAgo: number, values: Partial<Run>, ...changes: readonly Change[]): Promise<void> => {
      const run = aRun({ syncerId, state: 'succeeded', trigger: 'member', startedAt: await at(hoursAgo), ...values });
      await harness.runs.create(run);
      await harness.record(run, changes);
    };
    const applied = (userid: string, kind: Change['kind'] = 'forbid'): Change =>
      aChange(userid, { state: 'applied', kind });
    await store(25, {}, applied('yesterday'));
    await store(23, {}, applied('Li'));
    await store(5, {}, applied('li'), applied('wang', 'remove'), applied('7', 'removeGroup'), applied('new', 'create'));
    await store(4, { trigger: 'schedule' }, applied('zhao'), aChange('waits'));
    await store(3, { trigger: 'manual' }, applied('watched'));
    await store(2, { dryRun: true }, applied('planned'));
    await store(1, { syncerId: randomUUID() }, applied('of another'));
    const counted = await harness.runs.recentLockOuts({ syncerId, organization: 'acme' });
    expect([...counted.people].sort()).to.deep.equal(['li', 'wang', 'zhao']);
    expect(counted.groups).to.equal(1);
    await store(4.5, { trigger: 'approval', state: 'failed' });
    expect((await harness.runs.recentLockOuts({ syncerId, organization: 'acme' })).people).to.have.length(3);
    await store(4.5, { trigger: 'approval', state: 'partial' });
    expect(await harness.runs.recentLockOuts({ syncerId, organization: 'acme' })).to.deep.equal({
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
      await harness.runs.create(run);
      await harness.record(run, [aChange('someone')]);
    }
    await harness.runs.prune(new Date('2021-01-01T00:00:00Z'));
    const left = (await harness.runs.list(last, 1, 10)).rows.map((run) => run.id);
    expect(left).to.deep.equal([last.id, held.id]);
    expect((await harness.runs.changes(finished.id, {}, 1, 1)).total).to.equal(0);
    expect((await harness.runs.changes(held.id, {}, 1, 1)).total).to.equal(1);
  });
}

import { noCounts, type Run } from '../../src/engine/run.ts';

/** A scheduled run that succeeded, but for what the test says. */
export const aRun = (values: Partial<Run>): Run => ({
  id: 'run',
  syncerId: 'syncer',
  organization: 'acme',
  syncerName: 'wecom',
  trigger: 'schedule',
  dryRun: false,
  state: 'succeeded',
  phase: 'done',
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:00:01.000Z',
  progress: { departmentsDone: 0, departmentsTotal: 0, membersSeen: 0 },
  counts: noCounts(),
  warnings: [],
  error: null,
  lockOutDigest: '',
  supersededBy: null,
  ...values,
});

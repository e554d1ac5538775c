import type { ChangeKind } from '../identity/change.ts';
import type { Text } from '../syncer/text.ts';

export const RUN_TRIGGERS = [
  'manual',
  'schedule',
  'preview',
  'member',
  'approval',
  'decision',
  'undo',
  'self',
  'roster',
] as const;
export type RunTrigger = (typeof RUN_TRIGGERS)[number];

/** Runs of one member, which say nothing about the syncer. */
export type OneMemberTrigger = Extract<RunTrigger, 'member' | 'decision' | 'self'>;
const ONE_MEMBER_TRIGGERS: readonly OneMemberTrigger[] = ['member', 'decision', 'self'];

export const isOfOneMember = ({ trigger }: { readonly trigger: RunTrigger }): boolean =>
  ONE_MEMBER_TRIGGERS.some((one) => one === trigger);

/** Runs that look at a part of the directory: they say nothing of anybody else, and nothing about the syncer. */
export const isOfPart = (run: { readonly trigger: RunTrigger }): boolean =>
  isOfOneMember(run) || run.trigger === 'roster';

/**
 * Runs that nobody looks at before they lock somebody out, and member by member small enough to pass below every limit:
 * what they took during the last day is counted together with what a run would take now.
 */
export const UNWATCHED_TRIGGERS: readonly RunTrigger[] = ['schedule', 'member', 'roster'];

export const RUN_STATES = ['queued', 'running', 'succeeded', 'partial', 'held', 'failed', 'cancelled'] as const;
export type RunState = (typeof RUN_STATES)[number];

export const RUN_PHASES = ['queued', 'fetching', 'applying', 'sweeping', 'done'] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

export interface RunProgress {
  departmentsDone: number;
  departmentsTotal: number;
  membersSeen: number;
}

/** How many of each; `forbidden` includes accounts that were created without access. */
export interface RunCounts {
  members: number;
  created: number;
  updated: number;
  unchanged: number;
  forbidden: number;
  restored: number;
  removed: number;
  linked: number;
  skipped: number;
  conflicts: number;
  /** People whose sessions at an IAM beside us were ended. */
  signedOut: number;
  groupsCreated: number;
  groupsUpdated: number;
  groupsRemoved: number;
}

export const noCounts = (): RunCounts => ({
  members: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  forbidden: 0,
  restored: 0,
  removed: 0,
  linked: 0,
  skipped: 0,
  conflicts: 0,
  signedOut: 0,
  groupsCreated: 0,
  groupsUpdated: 0,
  groupsRemoved: 0,
});

/** Which count a change of each kind adds to. */
export const COUNTED_AS: Readonly<Record<ChangeKind, keyof RunCounts>> = {
  create: 'created',
  update: 'updated',
  forbid: 'forbidden',
  restore: 'restored',
  remove: 'removed',
  link: 'linked',
  conflict: 'conflicts',
  skip: 'skipped',
  createGroup: 'groupsCreated',
  updateGroup: 'groupsUpdated',
  removeGroup: 'groupsRemoved',
};

/**
 * What became of a lock-out that was put before a person, while it was not done. `rejected`: he said no. `waits`: he
 * decided about others beside it, and not about this one. `spared`: he said yes, and the directory still has the member,
 * out of sight.
 */
export type Standing = 'rejected' | 'waits' | 'spared';

/** The same of every such lock-out of a syncer, by its id (`kind:key`). */
export type StandingDecisions = ReadonlyMap<string, Standing>;

/** Something that a person should know; equal ones are counted, a few ids are kept as samples. */
export interface RunWarning {
  code: string;
  message: Text;
  count: number;
  samples: string[];
}

export interface RunError {
  readonly code: string;
  readonly message: Text;
  readonly remedy: Text | null;
  /** What the catcher may do about it; a schedule slows down for `fix`. */
  readonly recovery: string;
}

/** One run of one syncer, as it is stored. */
export interface Run {
  readonly id: string;
  readonly syncerId: string;
  readonly organization: string;
  /** Name of the syncer in its organization. */
  readonly syncerName: string;
  readonly trigger: RunTrigger;
  readonly dryRun: boolean;
  state: RunState;
  phase: RunPhase;
  /** RFC 3339. */
  readonly startedAt: string;
  finishedAt: string | null;
  progress: RunProgress;
  counts: RunCounts;
  warnings: RunWarning[];
  error: RunError | null;
  /** Fingerprint of the lock-outs that wait or were rejected; "" = none. */
  lockOutDigest: string;
  /** The run that took this one's place while it was held. */
  supersededBy: string | null;
}

/** Whether a run will change no more by itself. */
export const isOver = (run: Pick<Run, 'state'>): boolean => run.state !== 'queued' && run.state !== 'running';

export function endRun(run: Run, state: RunState, at: string, error: RunError | null): void {
  run.state = state;
  run.phase = 'done';
  run.finishedAt = at;
  run.error = error;
}

/** The run as it ends, while the run itself still goes on for whoever looks at it. */
export function asEnded(run: Run, state: RunState, at: string, error: RunError | null): Run {
  const ending = { ...run };
  endRun(ending, state, at, error);
  return ending;
}

import type { ColumnLimits } from '../../identity/column-limits.ts';
import type { IdentityPage, IdentityStore, LeaseGrant, SyncerScope } from '../../identity/identity-store.ts';
import { StaleReadError } from '../../identity/errors.ts';
import { present } from '../../syncer/present.ts';
import { chunks } from '../../syncer/chunks.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import type { Syncer } from '../../syncer/syncer.ts';
import { CandidateIndex } from '../plan/users/candidates.ts';
import type { ReviewedChanges } from '../plan/lock-outs/reviewed-changes.ts';
import type { LockOutRules } from '../plan/lock-outs/lock-out.ts';
import type { RecentLockOuts } from '../ports/run-store.ts';
import type { Recorder } from '../lifecycle/recorder.ts';
import type { RunFreeze } from './run-freeze.ts';
import type { RunGrace } from './run-grace.ts';
import type { RunProtections } from './run-protections.ts';
import type { LinkRule, SyncerSettings } from '../syncer-settings.ts';
import type { RunQuestions } from './run-questions.ts';

/** The surroundings of one run: they stay as they are while it goes on, and what a step learns it returns. */
export interface RunContext {
  readonly settings: SyncerSettings;
  readonly scope: SyncerScope;
  readonly syncer: Syncer;
  readonly store: IdentityStore;
  readonly limits: ColumnLimits;
  readonly lease: LeaseGrant;
  readonly recorder: Recorder;
  readonly dryRun: boolean;
  /** What runs of this syncer took lately while nobody looked. */
  readonly recentLockOuts: () => Promise<RecentLockOuts>;
  readonly signal: AbortSignal;
  /** Whom a person told runs to leave alone. */
  readonly protections: RunProtections;
  /** Whether anybody may be locked out now. */
  readonly freeze: RunFreeze;
  /** Since when leavers are missing. */
  readonly grace: RunGrace;
  /** Set: the run does what a person looked at, and nothing else. */
  readonly reviewed?: ReviewedChanges;
  /** Members about whom a person said something that is over once they are back. */
  readonly awaited: ReadonlySet<ExternalKey>;
  /** The accounts that a newcomer might be; read when first asked for. */
  readonly candidates: () => Promise<CandidateIndex>;
  /** Which of these names accounts have, in whichever spelling: in lower case. */
  readonly takenNames: (names: readonly string[]) => Promise<ReadonlySet<string>>;
  /** What people said to questions before the run began, and what it asks. */
  readonly questions: RunQuestions;
}

/** By what this run decides about lock-outs, as things stand now. */
export const lockOutRules = ({ settings, protections, grace, freeze }: RunContext) =>
  ({
    leavers: settings.leavers,
    organization: settings.organization,
    deleteDays: settings.deleteDays ?? 0,
    protections: protections.now,
    ...present({ grace: grace.plan, freeze: freeze.now }),
  }) satisfies LockOutRules;

export const scopeOf = (settings: SyncerSettings): SyncerScope => ({
  syncerId: settings.id,
  organization: settings.organization,
  source: `${settings.organization}/${settings.name}`,
  bindingColumn: settings.bindingColumn ?? '',
});

const STALE_RETRIES = 3;
/** Rows per page: small enough to be planned again. */
const PAGE_ROWS = 500;

/** Cuts a list into what goes into one page each; an empty list has none. */
export const batches = <T>(rows: readonly T[]): Iterable<readonly T[]> => chunks(rows, PAGE_ROWS);

/** Runs one page; when a person changed one of its accounts in between, reads and plans it again. */
export async function onPage<T>(context: RunContext, work: (page: IdentityPage) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await context.store.page(context.lease, work);
    } catch (error) {
      if (!(error instanceof StaleReadError) || attempt > STALE_RETRIES) throw error;
    }
  }
}

/** A store may go through all names at each look, which takes about as much less than reading all candidates once. */
const MOST_LOOKS = 16;

/** Which of some names accounts have: looked up a few times where the store can, and from then on among all candidates. */
export function takenNamesIn(
  store: IdentityStore,
  scope: SyncerScope,
  candidates: RunContext['candidates'],
): RunContext['takenNames'] {
  let looks = 0;
  return async (names) => {
    looks += 1;
    if (store.takenNames && looks <= MOST_LOOKS) return store.takenNames(scope, names);
    const index = await candidates();
    return new Set(names.filter((name) => index.hasName(name)).map((name) => name.toLowerCase()));
  };
}

/** Reads the accounts that a newcomer might be when they are first asked for, and once, unless that failed. */
export function lazyCandidates(
  store: IdentityStore,
  scope: SyncerScope,
  linkBy: readonly LinkRule[],
): RunContext['candidates'] {
  let reading: Promise<CandidateIndex> | undefined;
  const read = async (): Promise<CandidateIndex> => {
    const index = new CandidateIndex(linkBy, scope.source);
    for await (const candidates of store.candidates(scope)) for (const candidate of candidates) index.add(candidate);
    return index;
  };
  return () =>
    (reading ??= read().catch((error: unknown) => {
      // A page that begins again, as after a deadlock, would only ever be told of the first failure.
      reading = undefined;
      throw error;
    }));
}

import type { HeldAccount } from '../../identity/account.ts';
import type { ColumnLimits } from '../../identity/column-limits.ts';
import type { IdentityPage, IdentityStore, LeaseGrant, SyncerScope } from '../../identity/identity-store.ts';
import { StaleReadError } from '../../identity/errors.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import type { Syncer } from '../../syncer/syncer.ts';
import { CandidateIndex } from '../plan/candidates.ts';
import type { LinkClaims } from '../plan/link-claims.ts';
import type { LockOut } from '../plan/lock-out.ts';
import type { RenameDetector } from './rename-detector.ts';
import type { RecentLockOuts } from '../ports/run-store.ts';
import type { Recorder } from '../lifecycle/recorder.ts';
import type { LinkRule, SyncerSettings } from '../syncer-settings.ts';

/** The groups that one member leads, and the account name that they were planned with. */
interface LedGroups {
  readonly manager: string;
  readonly groups: string[];
}

/** What the steps of one run share. */
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
  /** The accounts that a newcomer might be; read when first asked for. */
  readonly candidates: () => Promise<CandidateIndex>;
  /** Group names (`ORG/<group>`) by department; undefined = memberships are not synced. */
  groupNames: Map<ExternalKey, string> | undefined;
  /** Groups by their leader: a leader's account may be linked, or found under another name, later in the run. */
  readonly ledBy: Map<ExternalKey, LedGroups>;
  /** Everybody who was shown, mapped or not: the one thing that grows with the directory. */
  readonly seen: Set<ExternalKey>;
  /** How many accounts of this syncer can sign in that could not, or were not its own, before the run. */
  granted: number;
  /** How many were shown with more than an id. */
  wholeSeen: number;
  /** How many members that were shown have a link row now. */
  linkedSeen: number;
  /** Found on the pages, weighed at the end; one for each key, however often it was found. */
  readonly lockOuts: Map<ExternalKey, LockOut>;
  /** Accounts that this run holds under a link which is not stored: renamed by a person, or linked in a preview. */
  readonly relinked: Map<ExternalKey, HeldAccount>;
  /** Newcomers who may be somebody we hold, under another vendor id. */
  readonly renames: RenameDetector;
  /** Newcomers who claim an account by a value. */
  readonly claims: LinkClaims;
  /** Keys whose accounts went on to another key in this run: not shown, and not gone either. */
  readonly moved: Set<ExternalKey>;
  /** Groups (`ORG/<group>`) of accounts that stay as they are although their members were not shown whole. */
  readonly keptGroups: Set<string>;
  /** Parents of groups as this run leaves them, or in a preview would leave them. */
  readonly parentOf: Map<string, string>;
  /** Departments that were shown. */
  readonly seenGroups: Set<ExternalKey>;
  /** False: somebody or something was not shown, so absence proves nothing. */
  complete: boolean;
  /** Whether anything could not be stored. */
  failedWrites: number;
}

const STALE_RETRIES = 3;

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

/** Reads the accounts that a newcomer might be when they are first asked for, and once. */
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
  return () => (reading ??= read());
}

import type { AbsenceStore } from './ports/absence-store.ts';
import type { RunStore } from './ports/run-store.ts';
import { putBefore } from './lifecycle/approval.ts';
import type { OngoingRun } from './lifecycle/ongoing-runs.ts';
import type { RunRequest } from './lifecycle/run-lifecycle.ts';
import { Grace } from './plan/lock-outs/grace.ts';
import { RosterComparison, type HeldBefore, type RosterDifference, type Sighting } from './plan/roster.ts';
import type { Run } from './run.ts';
import { CHECK_ROSTER, findGone, type RosterFindings } from './steps/sync-roster.ts';
import type { SyncerSettings } from './syncer-settings.ts';
import type { IdentityStore, SyncerScope } from '../identity/identity-store.ts';
import { CancelledError, IncompleteRosterError, LeaseError, SyncError } from '../syncer/errors.ts';
import { keyOf, type ExternalKey } from '../syncer/external-id.ts';
import { isMemberLookup, isRosterReader, type DirectoryRoster, type Syncer } from '../syncer/syncer.ts';
import { text } from '../syncer/text.ts';

/** Read one by one in a check; of more a full run is the quicker and the cheaper one. */
const MOST_READ = 100;

/** What was found about somebody when he was looked at last. */
interface Looked {
  readonly sign: string;
  /** Nobody could be locked out then. */
  readonly isFrozen: boolean;
  /** He was given time. */
  readonly waits: boolean;
}

/**
 * What earlier checks of a syncer looked at in this process, so that what stays as it is is looked at once. Losing it
 * costs a second look.
 */
export class RosterMemory {
  readonly looked = new Map<ExternalKey, Looked>();
  away: ReadonlySet<ExternalKey> = new Set();
}

/** What came of a check. */
export interface RosterCheck {
  /** `nothing`: all is as we hold it. `busy`: a run went on. `incomplete`: nobody can tell, and nothing was done. */
  readonly found: 'nothing' | 'changes' | 'busy' | 'incomplete';
  readonly run?: Run;
  readonly error?: SyncError;
  /** Of whom there are more than are read one by one, so that a full run should begin: `missing` only if of them alone. */
  readonly tooMany?: 'present' | 'missing';
}

/** Of whom the engine makes a run. */
export interface FoundMembers extends RosterFindings {
  /** Told who could not be looked at. */
  readonly onLooked: (unknown: ReadonlySet<ExternalKey>) => void;
}

interface RosterCheckDeps {
  readonly identity: IdentityStore;
  readonly runs: RunStore;
  readonly absences: AbsenceStore | undefined;
  readonly scope: SyncerScope;
  readonly runningNow: () => Promise<string | undefined>;
  /** Begins the run that looks at what was found, or tells why nothing was done. */
  readonly begin: (found: FoundMembers | SyncError) => Promise<OngoingRun>;
}

/** Compares everybody in the directory, by id alone, with those whom a syncer holds. */
export class RosterChecker {
  readonly #deps: RosterCheckDeps;
  readonly #settings: SyncerSettings;
  readonly #memory: RosterMemory;
  readonly #signal: AbortSignal;

  constructor(deps: RosterCheckDeps, { syncer, signal }: Pick<RunRequest, 'syncer' | 'signal'>, memory: RosterMemory) {
    this.#deps = deps;
    this.#settings = syncer;
    this.#memory = memory;
    this.#signal = signal ?? new AbortController().signal;
  }

  /**
   * @param open opens the connector
   * @param tells whether a roster that is not complete is told as a failed run
   */
  async check(open: RunRequest['open'], tells: boolean): Promise<RosterCheck> {
    if ((await this.#deps.runningNow()) !== undefined) return { found: 'busy' };
    try {
      return await this.#check(await open());
    } catch (error) {
      if (error instanceof LeaseError) return { found: 'busy' };
      if (!(error instanceof SyncError) || error instanceof CancelledError) throw error;
      const told = asIncomplete(error);
      const run = tells ? await this.#tell(told) : undefined;
      return { found: 'incomplete', error, ...(run && { run }) };
    }
  }

  async #tell(error: SyncError): Promise<Run | undefined> {
    try {
      return await (
        await this.#deps.begin(error)
      ).ended;
    } catch (taken) {
      if (taken instanceof LeaseError) return undefined;
      throw taken;
    }
  }

  async #check(syncer: Syncer): Promise<RosterCheck> {
    if (!isRosterReader(syncer) || !isMemberLookup(syncer)) return { found: 'nothing' };
    const roster = await syncer.fetchRoster(this.#signal);
    if (roster.members.length === 0) throw new IncompleteRosterError(NOBODY, { remedy: CHECK_ROSTER });
    const now = await this.#deps.runs.now();
    const absences = new Map((await this.#deps.absences?.of(this.#settings.id))?.map((one) => [one.key, one]));
    const difference = await this.#compare(roster, new Set(absences.keys()));
    const { graceDays = 0, deleteDays = 0 } = this.#settings;
    const grace = this.#deps.absences && new Grace(absences, { graceDays, deleteDays }, now.getTime());
    const isFrozen = this.#settings.freeze?.isFrozen(now) ?? false;
    const missing = this.#settings.leavers === 'keep' ? [] : difference.missing;
    const looks = new Map<ExternalKey, Looked>();
    for (const { key, sign } of difference.present) looks.set(key, { sign, isFrozen: false, waits: false });
    for (const { key, sign } of missing) {
      looks.set(key, { sign, isFrozen, waits: grace?.keepsAccessUntil(key) !== undefined });
    }
    this.#forgetOthers(looks);
    const isNews = ({ key }: Sighting): boolean => isNew(looks.get(key), this.#memory.looked.get(key));
    const present = difference.present.filter(isNews);
    const asked = await putBefore(this.#deps.runs, {
      syncerId: this.#settings.id,
      organization: this.#deps.scope.organization,
    });
    const left = missing.filter(
      (sighting) =>
        isNews(sighting) && !asked.has(sighting.key) && !(looks.get(sighting.key)?.waits && absences.has(sighting.key)),
    );
    // Whoever was put before a person already stands beside them: the guard looks at all of them, as in a full run.
    const gone = left.length > 0 && missing.length <= MOST_READ ? missing : [];
    const lacksMany = left.length > gone.length;
    if (lacksMany) this.#remember(left, looks);
    const showsMany = present.length + gone.length > MOST_READ;
    if (showsMany) this.#remember(present.splice(0), looks);
    const tooMany = tooManyOf(showsMany, lacksMany);
    if (present.length + gone.length === 0) {
      this.#memory.away = difference.away;
      return { found: 'nothing', ...tooMany };
    }
    // Before a run is stored: one that the roster hides is shown when he is asked for.
    await findGone(gone, syncer, this.#signal);
    const named = new Set(roster.members.map(({ id }) => keyOf(id)));
    let unknown: ReadonlySet<ExternalKey> | undefined;
    const found = { present, missing: gone, named, onLooked: (keys: ReadonlySet<ExternalKey>) => (unknown = keys) };
    const run = await (await this.#deps.begin(found)).ended;
    if (unknown && run.state !== 'failed' && run.state !== 'cancelled') {
      const done = [...present, ...gone].filter(({ key }) => !unknown?.has(key));
      this.#remember(done, looks);
      this.#memory.away = difference.away;
    }
    return { found: run.error?.code === 'roster-incomplete' ? 'incomplete' : 'changes', run, ...tooMany };
  }

  async #compare(roster: DirectoryRoster, waiting: ReadonlySet<ExternalKey>): Promise<RosterDifference> {
    const { identity, scope } = this.#deps;
    const before: HeldBefore = { away: this.#memory.away, waiting };
    const { organization } = scope;
    const links = this.#settings.syncGroups ? await identity.groupLinks?.(scope) : undefined;
    const groupNames = links && new Map(links.map(({ key, groupName }) => [key, `${organization}/${groupName}`]));
    const comparison = new RosterComparison(roster, { ...before, ...(groupNames && { groupNames }) });
    for await (const page of identity.heldLinks?.(scope) ?? []) comparison.add(page);
    return comparison.difference();
  }

  /** Who is as he should be is looked at anew when he no longer is. */
  #forgetOthers(looks: ReadonlyMap<ExternalKey, Looked>): void {
    const { looked } = this.#memory;
    for (const key of looked.keys()) if (!looks.has(key)) looked.delete(key);
  }

  #remember(sightings: readonly Sighting[], looks: ReadonlyMap<ExternalKey, Looked>): void {
    for (const { key } of sightings) {
      const look = looks.get(key);
      if (look) this.#memory.looked.set(key, look);
    }
  }
}

/** What was found before is news once nothing is in its way any more. */
const isNew = (now: Looked | undefined, before: Looked | undefined): boolean =>
  now !== undefined &&
  (before === undefined ||
    before.sign !== now.sign ||
    (before.isFrozen && !now.isFrozen) ||
    (before.waits && !now.waits));

const tooManyOf = (showsMany: boolean, lacksMany: boolean): Pick<RosterCheck, 'tooMany'> => {
  if (showsMany) return { tooMany: 'present' };
  return lacksMany ? { tooMany: 'missing' } : {};
};

const asIncomplete = (error: SyncError): IncompleteRosterError =>
  error instanceof IncompleteRosterError
    ? error
    : new IncompleteRosterError(
        text(
          `The roster could not be read, and nothing was done. ${error.text.en}`,
          `无法完整读取成员名单，未作任何更改。${error.text.zh}`,
        ),
        { remedy: error.remedy ?? CHECK_ROSTER },
      );

const NOBODY = text('The roster names nobody at all, and nothing was done.', '名单中没有任何成员，未作任何更改。');

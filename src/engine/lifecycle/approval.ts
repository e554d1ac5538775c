import type { ChangeKind } from '../../identity/change.ts';
import type { LeaseGrant } from '../../identity/identity-store.ts';
import { externalId, keyOf, type ExternalKey } from '../../syncer/external-id.ts';
import { isFrozen } from '../plan/lock-outs/freeze.ts';
import { digestOf, isLockOut, lockOutId } from '../plan/lock-outs/lock-out.ts';
import { peopleIn } from '../plan/lock-outs/standing-decisions.ts';
import type { RunsOf, RunStore, StoredChange } from '../ports/run-store.ts';
import { NOTHING_LEFT, notHeld, REJECTED, superseded } from '../reasons.ts';
import { endRun, isOfPart, type Run, type RunError, type Standing } from '../run.ts';
import { allChanges } from './all-changes.ts';
import { selected, type Selection } from './selection.ts';

const LOCK_OUTS: readonly ChangeKind[] = ['forbid', 'remove', 'removeGroup'];

const now = async (runs: RunStore): Promise<string> => (await runs.now()).toISOString();

const idOf = ({ kind, userid }: StoredChange): string => lockOutId(kind, userid.toLowerCase());

const seqsOf = (changes: readonly StoredChange[]): readonly number[] => changes.map(({ seq }) => seq);

/** What waits for a person; what waits for the end of a freeze is found anew by the first run after it. */
const waitingIn = async (runs: RunStore, held: Run): Promise<readonly StoredChange[]> =>
  (await allChanges(runs, held.id, { state: 'held' })).filter((change) => !isFrozen(change));

/** What an approval came to. */
interface Approved {
  /** Whether it saw the whole directory. */
  readonly complete: boolean;
  /** Lock-outs of those who turned out to be there, out of sight. */
  readonly spared: readonly string[];
}

/** A held run while a person decides about it: what waited, and what became of it. */
export class Approval {
  readonly #runs: RunStore;
  readonly #held: Run;
  readonly #selection: Selection;
  #waiting: readonly StoredChange[];
  #named: readonly StoredChange[];

  private constructor(runs: RunStore, held: Run, selection: Selection, waiting: readonly StoredChange[]) {
    this.#runs = runs;
    this.#held = held;
    this.#selection = selection;
    this.#waiting = waiting;
    this.#named = selected(held, waiting, selection);
  }

  /** @throws ConfigError when the run, or what is named of it, waits for nobody */
  static async open(runs: RunStore, held: Run, selection: Selection = {}): Promise<Approval> {
    if (held.state !== 'held') throw notHeld(held);
    return new Approval(runs, held, selection, await waitingIn(runs, held));
  }

  /**
   * Looks again, with the lease in hand: somebody else may have decided a moment before.
   *
   * @throws ConfigError when the run, or what is named of it, waits for nobody any more
   */
  async refresh(): Promise<void> {
    const stored = await this.#runs.find(this.#held.id);
    if (stored) Object.assign(this.#held, stored);
    if (this.#held.state !== 'held') throw notHeld(this.#held);
    this.#waiting = await waitingIn(this.#runs, this.#held);
    this.#named = selected(this.#held, this.#waiting, this.#selection);
  }

  /** What is decided about. */
  get named(): readonly StoredChange[] {
    return this.#named;
  }

  /** Ids of the lock-outs that a person looked at. */
  get approved(): ReadonlySet<string> {
    return new Set(this.#named.map(idOf));
  }

  /**
   * Writes on the held run what became of each of its changes; what nobody decided about goes on waiting.
   *
   * @param approval the run that applied them, as it ends
   * @returns the held run, which is still to be stored; nothing when nothing came of the approval
   */
  async settle(lease: LeaseGrant, approval: Run, { complete, spared }: Approved): Promise<readonly Run[]> {
    const [runs, held] = [this.#runs, this.#held];
    const applied = new Set((await allChanges(runs, approval.id, { state: 'applied' })).map(idOf));
    const done = this.#named.filter((change) => applied.has(idOf(change)));
    const named = new Set(this.#named);
    const rest = this.#waiting.filter((change) => !named.has(change));
    const frozen = new Set((await allChanges(runs, approval.id, { state: 'held' })).filter(isFrozen).map(idOf));
    const open = this.#named.filter((change) => !applied.has(idOf(change)) && !frozen.has(idOf(change)));
    // A group stays while somebody is in it who waits; what the directory no longer asks for is dropped: who came back
    // is not locked out.
    const dropped = complete ? open.filter(({ kind }) => kind !== 'removeGroup' || !rest.some(isAboutPerson)) : [];
    const decided = new Set([...done, ...dropped]);
    if (decided.size === 0) return [];
    const waiting = this.#waiting.filter((change) => !decided.has(change));
    await this.#keep(lease, { decided: [...decided], waiting, ids: spared, said: 'spared' });
    await runs.moveChanges(held.id, 'held', 'applied', seqsOf(done));
    await runs.moveChanges(held.id, 'held', 'rejected', seqsOf(dropped));
    for (const { kind } of done) {
      if (kind === 'forbid') held.counts.forbidden += 1;
      if (kind === 'remove') held.counts.removed += 1;
      if (kind === 'removeGroup') held.counts.groupsRemoved += 1;
    }
    await this.#endUnless(waiting.length > 0, NOTHING_LEFT);
    return [held];
  }

  /**
   * Leaves what is named as it is, and remembers each of them; what nobody decided about goes on waiting.
   *
   * @param onEnding as that of a run
   */
  async reject(lease: LeaseGrant, onEnding: (run: Run) => Promise<void>): Promise<void> {
    const [runs, held, named] = [this.#runs, this.#held, this.#named];
    const decided = new Set(named);
    const waiting = this.#waiting.filter((change) => !decided.has(change));
    // Before anybody reads that it is decided: whoever begins a run then knows of it.
    await this.#keep(lease, { decided: named, waiting, ids: named.map(idOf), said: 'rejected' });
    await runs.moveChanges(held.id, 'held', 'rejected', seqsOf(named));
    await this.#endUnless(waiting.length > 0, REJECTED);
    if (waiting.length === 0) await onEnding(held);
    await runs.save(held);
  }

  /** Keeps for later runs what was said, and that the rest waits. */
  async #keep(lease: LeaseGrant, { decided, waiting, ids, said }: Said): Promise<void> {
    const runs = this.#runs;
    const asked = new Set((await this.#lockOuts()).map(idOf));
    const before = [...((await runs.decisions?.(lease.syncerId)) ?? [])];
    // What was said of anybody else is over where the run looked at everybody, and did not find him missing.
    const isWhole = this.#held.trigger !== 'undo' && !isOfPart(this.#held);
    const standing = new Map(isWhole ? before.filter(([id]) => asked.has(id)) : before);
    for (const change of decided) standing.delete(idOf(change));
    for (const id of waiting.map(idOf)) if (isLockOut(id)) standing.set(id, 'waits');
    for (const id of ids) if (isLockOut(id)) standing.set(id, said);
    await runs.keepDecisions?.(lease, standing);
    // For a store that keeps no more than this: the very set that is left is known again.
    if (!isWhole) return;
    await runs.rememberRejection(lease.syncerId, waiting.length > 0 ? '' : digestOf([...standing.keys()]));
  }

  /** @param otherwise why it is cancelled when none of its lock-outs was applied */
  async #endUnless(waits: boolean, otherwise: RunError): Promise<void> {
    if (waits) return;
    const held = this.#held;
    const isDone = (await this.#lockOuts('applied')).length > 0;
    held.lockOutDigest = '';
    endRun(held, isDone ? 'succeeded' : 'cancelled', await now(this.#runs), isDone ? null : otherwise);
  }

  /** Of the held run, whatever became of them. */
  async #lockOuts(state?: 'applied'): Promise<readonly StoredChange[]> {
    const found: StoredChange[] = [];
    for (const kind of LOCK_OUTS) {
      found.push(...(await allChanges(this.#runs, this.#held.id, { kind, ...(state && { state }) })));
    }
    return found;
  }
}

/** What is said in a decision. */
interface Said {
  /** Of these nothing of before counts any more. */
  readonly decided: readonly StoredChange[];
  readonly waiting: readonly StoredChange[];
  /** Of these it is said, from now on. */
  readonly ids: readonly string[];
  readonly said: Standing;
}

const isAboutPerson = ({ kind }: StoredChange): boolean => kind !== 'removeGroup';

/** What the directory said waits for a person no more: this run looked at the whole of it again. */
export async function supersedeHeld(runs: RunStore, run: Run): Promise<void> {
  // Runs of a part wait beside each other until a full one comes.
  for (let earlier = await heldBySight(runs, run); earlier.length > 0; earlier = await heldBySight(runs, run)) {
    for (const one of earlier) await supersede(runs, one, run);
  }
}

/** The same for those whom earlier roster checks put before a person: this one has looked at everybody of them again. */
export async function supersedeRosters(runs: RunStore, run: Run): Promise<void> {
  for (const earlier of await heldRuns(runs, run)) {
    if (earlier.trigger === 'roster' && earlier.id !== run.id) await supersede(runs, earlier, run);
  }
}

async function supersede(runs: RunStore, earlier: Run, run: Run): Promise<void> {
  await runs.moveChanges(earlier.id, 'held', 'planned');
  earlier.supersededBy = run.id;
  const isDone = (await allChanges(runs, earlier.id, { state: 'applied' })).some(({ kind }) =>
    LOCK_OUTS.includes(kind),
  );
  endRun(earlier, isDone ? 'succeeded' : 'cancelled', await now(runs), isDone ? null : superseded(run.id));
  await runs.save(earlier);
}

/** Of a syncer that many parts of were put before a person, the newest: the rest are looked at by the next full run. */
const MOST_RUNS = 200;

/** The runs that wait for a person, newest first. */
export async function heldRuns(runs: RunStore, of: RunsOf): Promise<readonly Run[]> {
  const newest = await runs.held(of);
  if (!newest) return [];
  const { rows } = await runs.list(of, 1, MOST_RUNS, 'held');
  // A store that tells them not apart answers others as well.
  return [newest, ...rows.filter(({ id, state }) => state === 'held' && id !== newest.id)];
}

/** Those of them that read the directory, newest first: of what is to be taken back it says nothing. */
export const heldBySight = async (runs: RunStore, of: RunsOf): Promise<readonly Run[]> =>
  (await heldRuns(runs, of)).filter(({ trigger }) => trigger !== 'undo');

/** Members of whom a person is to decide, or decided and did not let them be locked out. */
export async function putBefore(runs: RunStore, of: RunsOf): Promise<ReadonlySet<ExternalKey>> {
  const keys = new Set(peopleIn((await runs.decisions?.(of.syncerId)) ?? new Map()));
  for (const held of await heldRuns(runs, of)) {
    for (const { userid } of await waitingIn(runs, held)) keys.add(keyOf(externalId(userid)));
  }
  return keys;
}

import { lockOutId } from '../plan/lock-out.ts';
import type { RunStore, StoredChange } from '../ports/run-store.ts';
import { notHeld, REJECTED, superseded } from '../reasons.ts';
import { endRun, type Run } from '../run.ts';
import type { ChangeState } from '../../identity/change.ts';

const CHANGE_PAGE = 500;

const now = async (runs: RunStore): Promise<string> => (await runs.now()).toISOString();

const idOf = ({ kind, userid }: StoredChange): string => lockOutId(kind, userid.toLowerCase());

/** A held run while a person decides about it: what waited, and what became of it. */
export class Approval {
  readonly #runs: RunStore;
  readonly #held: Run;
  readonly #changes: readonly StoredChange[];

  private constructor(runs: RunStore, held: Run, changes: readonly StoredChange[]) {
    this.#runs = runs;
    this.#held = held;
    this.#changes = changes;
  }

  /** @throws ConfigError when the run waits for nobody */
  static async open(runs: RunStore, held: Run): Promise<Approval> {
    if (held.state !== 'held') throw notHeld(held);
    return new Approval(runs, held, await changesIn(runs, held.id, 'held'));
  }

  /** Ids of the lock-outs that a person looked at. */
  get approved(): ReadonlySet<string> {
    return new Set(this.#changes.map(idOf));
  }

  /**
   * Writes on the held run what became of each of its changes.
   *
   * @param approval the run that applied them, as it ends
   * @param complete whether it saw the whole directory
   * @returns the held run, which is still to be stored; nothing when no lock-out was looked at again
   */
  async settle(approval: Run, complete: boolean): Promise<readonly Run[]> {
    if (approval.state !== 'succeeded' && approval.state !== 'partial' && approval.state !== 'held') return [];
    const [runs, held] = [this.#runs, this.#held];
    const applied = new Set((await changesIn(runs, approval.id, 'applied')).map(idOf));
    const done = this.#changes.filter((change) => applied.has(idOf(change)));
    await runs.moveChanges(
      held.id,
      'held',
      'applied',
      done.map(({ seq }) => seq),
    );
    for (const { kind } of done) {
      if (kind === 'forbid') held.counts.forbidden += 1;
      if (kind === 'remove') held.counts.removed += 1;
      if (kind === 'removeGroup') held.counts.groupsRemoved += 1;
    }
    if (complete || done.length === this.#changes.length) {
      // What the directory no longer asks for is dropped: who came back is not locked out.
      await runs.moveChanges(held.id, 'held', 'rejected');
      held.lockOutDigest = '';
      endRun(held, approval.state === 'held' ? 'succeeded' : approval.state, await now(runs), null);
    }
    await runs.rememberRejection(held.syncerId, approval.state === 'held' ? '' : approval.lockOutDigest);
    return [held];
  }
}

/**
 * Leaves everything as it is, and remembers this very set until it changes.
 *
 * @param onEnding as that of a run
 * @throws ConfigError when the run waits for nobody
 */
export async function reject(runs: RunStore, held: Run, onEnding: (run: Run) => Promise<void>): Promise<Run> {
  if (held.state !== 'held') throw notHeld(held);
  await runs.moveChanges(held.id, 'held', 'rejected');
  await runs.rememberRejection(held.syncerId, held.lockOutDigest);
  held.error = { ...REJECTED };
  held.state = 'cancelled';
  held.finishedAt = await now(runs);
  await onEnding(held);
  await runs.save(held);
  return held;
}

/** Whoever waits for a person of this syncer waits no more: this run looked at the whole directory again. */
export async function supersedeHeld(runs: RunStore, run: Run): Promise<void> {
  // Runs of single members wait beside each other until a full one comes.
  for (let earlier = await runs.held(run); earlier; earlier = await runs.held(run)) {
    await runs.moveChanges(earlier.id, 'held', 'planned');
    earlier.supersededBy = run.id;
    endRun(earlier, 'cancelled', await now(runs), superseded(run.id));
    await runs.save(earlier);
  }
}

async function changesIn(runs: RunStore, runId: string, state: ChangeState): Promise<StoredChange[]> {
  const changes: StoredChange[] = [];
  for (let page = 1; ; page += 1) {
    const { rows } = await runs.changes(runId, { state }, page, CHANGE_PAGE);
    changes.push(...rows);
    if (rows.length < CHANGE_PAGE) return changes;
  }
}

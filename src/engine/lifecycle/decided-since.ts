import type { ChangeKind } from '../../identity/change.ts';
import { externalId, keyOf, type ExternalKey } from '../../syncer/external-id.ts';
import type { RunStore, StoredChange } from '../ports/run-store.ts';
import type { Run } from '../run.ts';
import { allChanges } from './all-changes.ts';

const ACCESS: readonly ChangeKind[] = ['forbid', 'remove', 'restore'];
const RUNS_PER_READ = 100;

/** The run that takes back something of these already, and waits for a person. */
export async function waitingUndo(
  runs: RunStore,
  undone: Run,
  changes: readonly StoredChange[],
): Promise<Run | undefined> {
  const keys = new Set(changes.map(({ userid }) => userid.toLowerCase()));
  for await (const run of runsSince(runs, undone)) {
    if (run.trigger !== 'undo' || run.state !== 'held') continue;
    const waiting = await allChanges(runs, run.id, { state: 'held' });
    if (waiting.some(({ userid, reason }) => keys.has(userid.toLowerCase()) && reason.en.includes(undone.id)))
      return run;
  }
  return undefined;
}

/** Newest first. */
async function* runsSince(runs: RunStore, undone: Run): AsyncGenerator<Run> {
  for (let page = 1; ; page += 1) {
    const { rows } = await runs.list(undone, page, RUNS_PER_READ);
    for (const run of rows) {
      if (run.id === undone.id || run.startedAt < undone.startedAt) return;
      yield run;
    }
    if (rows.length < RUNS_PER_READ) return;
  }
}

/** Whose access later runs took or gave: what stands there is theirs, and no longer what this run did. */
export async function decidedSince(runs: RunStore, undone: Run): Promise<ReadonlySet<ExternalKey>> {
  const keys = new Set<ExternalKey>();
  // What waited in it was done by approvals, which are later runs.
  const wasHeld = undone.warnings.some(({ code }) => code === 'held');
  for await (const run of runsSince(runs, undone)) {
    const { forbidden, removed, restored } = run.counts;
    if (run.dryRun || forbidden + removed + restored === 0) continue;
    const kinds = wasHeld && run.trigger === 'approval' ? (['restore'] as const) : ACCESS;
    for (const kind of kinds) {
      for (const { userid } of await allChanges(runs, run.id, { kind, state: 'applied' }))
        keys.add(keyOf(externalId(userid)));
    }
  }
  return keys;
}

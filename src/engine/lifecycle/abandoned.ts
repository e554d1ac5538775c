import { ABANDONED } from '../reasons.ts';
import { endRun, type Run } from '../run.ts';
import type { LeaseHolder, LeaseStore } from '../ports/lease-store.ts';
import type { RunStore } from '../ports/run-store.ts';
import { goesOnHere } from './ongoing-runs.ts';

/** Where runs and their leases are kept, and who asks. */
interface AbandonedDeps {
  readonly runs: RunStore;
  readonly leases: LeaseStore;
  /** This process, `HOST:PID`. */
  readonly owner: string;
}

/** Leases of processes of this machine that are no more: nobody has to wait for them to run out. */
export async function evictDead({ leases, owner }: AbandonedDeps): Promise<void> {
  for (const holder of await leases.holders()) {
    if (isDead(holder, owner)) await leases.evict(holder.runId);
  }
}

/**
 * Ends runs whose lease is gone or ran out as failed.
 *
 * @param at RFC 3339, by the clock of the store
 * @returns those that this call ended
 */
export async function endAbandoned(
  { leases, runs }: AbandonedDeps,
  at: string,
  concerns: (run: Run) => boolean = () => true,
): Promise<readonly Run[]> {
  const ended: Run[] = [];
  for (const run of (await runs.abandoned()).filter(concerns)) {
    // It goes on in this very process, which the database was away from for longer than a lease lasts.
    if (goesOnHere(run.id)) continue;
    // Should it live all the same, somewhere else: what counts as failed writes nothing more.
    await leases.evict(run.id);
    endRun(run, 'failed', at, ABANDONED);
    if (await runs.end(run)) ended.push(run);
  }
  return ended;
}

/**
 * Whether the holder of a lease is a process of this machine that is no more: then its lease can be taken at once
 * instead of when it runs out. Only a certainty counts; should it be wrong all the same (two process tables under one
 * host name), the lease's token still keeps the other from writing.
 *
 * @param owner this process, `HOST:PID`
 */
export function isDead(holder: LeaseHolder, owner: string): boolean {
  if (goesOnHere(holder.runId)) return false;
  // Our own name, but none of our runs: an earlier process had the same number, as in a restarted container.
  if (holder.owner === owner) return true;
  const [host, pid] = splitOwner(holder.owner);
  if (pid === undefined || host !== splitOwner(owner)[0]) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function splitOwner(owner: string): readonly [host: string, pid: number | undefined] {
  const colon = owner.lastIndexOf(':');
  const pid = owner.slice(colon + 1);
  return [owner.slice(0, colon), /^\d{1,10}$/.test(pid) ? Number(pid) : undefined];
}

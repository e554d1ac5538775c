import type { LeaseHolder } from '../ports/run-store.ts';

/** Runs that go on in this process. */
export const liveRuns = new Set<string>();

/**
 * Whether the holder of a lease is a process of this machine that is no more: then its lease can be taken at once
 * instead of when it runs out. Only a certainty counts; should it be wrong all the same (two process tables under one
 * host name), the lease's token still keeps the other from writing.
 *
 * @param owner this process, `HOST:PID`
 */
export function isDead(holder: LeaseHolder, owner: string): boolean {
  if (liveRuns.has(holder.runId)) return false;
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

import { SyncError } from '../../syncer/errors.ts';
import type { AuditEntry } from '../auth/audit-log.ts';
import type { Call } from './call.ts';
import type { HostParts } from '../host-parts.ts';

function outcomeOf(error: unknown): string {
  if (error instanceof SyncError) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

/**
 * Does something that an administrator answers for, and writes down that it was done or why not.
 *
 * @param outcomeWhenDone what to write instead of `ok`, such as the state of a run
 */
export async function audited<T>(
  parts: HostParts,
  call: Call,
  entry: Omit<AuditEntry, 'outcome'>,
  work: () => Promise<T>,
  outcomeWhenDone: (result: T) => string = () => 'ok',
): Promise<T> {
  try {
    const result = await work();
    await parts.audit.record(call.caller, call.address, { ...entry, outcome: outcomeWhenDone(result) });
    return result;
  } catch (error) {
    await parts.audit.record(call.caller, call.address, { ...entry, outcome: outcomeOf(error) });
    throw error;
  }
}

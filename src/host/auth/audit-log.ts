import { randomUUID } from 'node:crypto';
import type { AuditRecords } from '../../storage/accounts/audit-records.ts';
import { cutCharacters as cut } from '../../syncer/characters.ts';
import { callerName, type Caller } from './caller.ts';
import type { ServiceLog } from '../../service/log.ts';
import { SyncError } from '../../syncer/errors.ts';

export type AuditAction =
  | 'sign-in'
  | 'sign-out'
  | 'set-password'
  | 'add-organization'
  | 'add-syncer'
  | 'update-syncer'
  | 'delete-syncer'
  | 'test-syncer'
  | 'run-syncer'
  | 'sync-member'
  | 'link-account'
  | 'unlink-account'
  | 'cancel-run'
  | 'approve-run'
  | 'reject-run'
  | 'add-user'
  | 'update-user'
  | 'delete-user';

export interface AuditEntry {
  /** What was done; a call that was refused is named by its path where it has no such word. */
  readonly action: AuditAction | (string & {});
  /** The organization it is about; "" for none. */
  readonly organization: string;
  /** `ORG/NAME` or a run id. */
  readonly target: string;
  /** How it ended: `ok`, or the kind of error. Never a value that somebody entered. */
  readonly outcome: string;
}

/** Who acts, and from where. */
export interface Actor {
  readonly caller: Caller;
  readonly address: string;
}

function outcomeOf(error: unknown): string {
  if (error instanceof SyncError) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

/** Who did what, when, from where, and how it ended. */
export class AuditLog {
  readonly #records: AuditRecords;
  readonly #log: ServiceLog;

  constructor(records: AuditRecords, log: ServiceLog) {
    this.#records = records;
    this.#log = log;
  }

  /** Deletes what is older; answers how many entries that were. */
  prune(before: Date): Promise<number> {
    return this.#records.prune(before);
  }

  /**
   * Does something that an administrator answers for, and writes down that it was done or why not.
   *
   * @param outcomeWhenDone what to write instead of `ok`, such as the state of a run
   */
  async during<T>(
    { caller, address }: Actor,
    entry: Omit<AuditEntry, 'outcome'>,
    work: () => Promise<T>,
    outcomeWhenDone: (result: T) => string = () => 'ok',
  ): Promise<T> {
    let outcome = 'ok';
    try {
      const result = await work();
      outcome = outcomeWhenDone(result);
      return result;
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      await this.record(caller, address, { ...entry, outcome });
    }
  }

  /** What was done stays done when this fails; the failure is logged. */
  async record(caller: Caller, address: string, entry: AuditEntry): Promise<void> {
    const now = new Date();
    try {
      await this.#records.insert({
        id: randomUUID(),
        organization: cut(entry.organization, 100),
        createdTime: now.toISOString(),
        createdMs: now.getTime(),
        actor: cut(callerName(caller), 360),
        action: entry.action,
        target: cut(entry.target, 360),
        clientIp: cut(address, 64),
        detail: JSON.stringify({ outcome: cut(entry.outcome, 100) }),
      });
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      this.#log.error({ action: entry.action, target: entry.target, code }, 'an audit entry could not be stored');
    }
  }
}

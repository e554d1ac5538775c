import { randomUUID } from 'node:crypto';
import { cutCharacters as cut } from '../../syncer/characters.ts';
import type { FieldChange, FieldValue } from '../../identity/change.ts';
import { SyncError } from '../../syncer/errors.ts';
import { present } from '../../syncer/present.ts';
import { DECISIONS, EDITS, type AuditAction } from './audit-action.ts';
import { AttemptWindow, WINDOW_MS } from '../limits/attempt-window.ts';
import type { ServiceLog } from '../log.ts';
import { Refusal } from '../refusal.ts';
import type { ChangeSelection } from '../runs/change-selection.ts';

export interface AuditEntry {
  /** What was done; a call that was refused is named by its path where it has no such word. */
  readonly action: AuditAction | (string & {});
  /** The organization it is about; "" for none. */
  readonly organization: string;
  /** `ORG/NAME` or a run id. */
  readonly target: string;
  /**
   * What it is part of the history of: an account, `ORG/NAME`, those below a group, `group ORG/NAME`, or those that a run
   * changed. Absent: the target, where the action is about one of these.
   */
  readonly subject?: string;
  /** How it ended: `ok`, or the kind of error. Never a value that somebody entered. */
  readonly outcome: string;
  /** What the person says of it; "" = nothing. */
  readonly comment?: string;
  /** What became different; never a secret. */
  readonly changes?: readonly FieldChange[];
  /** Which changes of the run it was about, where not all of them. */
  readonly selection?: Pick<ChangeSelection, 'changes' | 'userids'>;
}

/** What is known of something once it is done. */
export type Done = Partial<Pick<AuditEntry, 'outcome' | 'changes' | 'subject'>>;

/** Whose target is an account, or a run whose changes were decided: what was done is part of somebody's history. */
const IN_HISTORY: ReadonlySet<string> = new Set<AuditAction>([...EDITS, ...DECISIONS]);

/** Of one value before or after, or of what is said; what is longer is cut. */
const LONGEST_VALUE = 2_000;

/** An audit entry names so many changes; of more it is told how many. */
const MOST_SELECTED = 1_000;

/** Different refusals of one caller within a window; more of them are one entry that says so. */
const MOST_REFUSALS = 100;

/** Who acts, and from where. */
export interface Actor {
  /** `ORG/NAME`, or `app/…` for a program. */
  readonly by: string;
  /** "" = from this machine. */
  readonly address: string;
  /** The organization beyond which he sees nothing; absent: he sees all of them. */
  readonly within?: string;
}

/** An entry, as it is stored. */
export interface AuditRecord {
  readonly id: string;
  readonly organization: string;
  readonly createdTime: string;
  readonly createdMs: number;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly clientIp: string;
  readonly subject: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AuditStore {
  insert(record: AuditRecord): Promise<void>;
  /** Deletes what is older; answers how many entries that were. */
  prune(before: Date): Promise<number>;
}

/** As audit log and history keep a value. */
export function asValue(value: unknown): FieldValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
  return JSON.stringify(value);
}

function outcomeOf(error: unknown): string {
  if (error instanceof SyncError) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

/** Texts of MySQL end after 64 KB, so a selection is cut; the changes of the run themselves tell what became of each. */
function selectionShown({ changes, userids }: NonNullable<AuditEntry['selection']>): Readonly<Record<string, unknown>> {
  const named = (changes?.length ?? 0) + (userids?.length ?? 0);
  return present({
    selected: named === 0 ? undefined : named,
    numbers: changes?.slice(0, MOST_SELECTED),
    userids: userids?.slice(0, MOST_SELECTED).map((userid) => cut(userid, 32)),
  });
}

const subjectOf = ({
  action,
  target,
  subject = IN_HISTORY.has(action) ? target : '',
}: Omit<AuditEntry, 'outcome'>): string => subject;

const shortened = ({ field, before, after }: FieldChange): FieldChange => ({
  field,
  before: typeof before === 'string' ? cut(before, LONGEST_VALUE) : before,
  after: typeof after === 'string' ? cut(after, LONGEST_VALUE) : after,
});

/** Who did what, when, from where, and how it ended. */
export class AuditLog {
  readonly #records: AuditStore;
  readonly #log: ServiceLog;
  readonly #same = new AttemptWindow(1, WINDOW_MS);
  readonly #refusals = new AttemptWindow(MOST_REFUSALS, WINDOW_MS);

  constructor(records: AuditStore, log: ServiceLog) {
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
   * @param whenDone what to write instead of `ok`, such as the state of a run, or what became different
   */
  async during<T>(
    actor: Actor,
    entry: Omit<AuditEntry, 'outcome'>,
    work: () => Promise<T>,
    whenDone: (result: T) => string | Done | Promise<Done> = () => 'ok',
  ): Promise<T> {
    let result: T;
    try {
      result = await work();
    } catch (error) {
      const failed = { ...entry, outcome: outcomeOf(error) };
      await (error instanceof Refusal ? this.refuse(actor, failed) : this.record(actor, failed));
      throw error;
    }
    const told = await this.#toldOf(entry, async () => whenDone(result));
    const done = { subject: subjectOf(entry), outcome: 'ok', ...(typeof told === 'string' ? { outcome: told } : told) };
    await this.record(actor, { ...entry, ...done });
    return result;
  }

  /** What was done stays done when nobody can tell more about it than that. */
  async #toldOf(entry: Omit<AuditEntry, 'outcome'>, tell: () => Promise<string | Done>): Promise<string | Done> {
    try {
      return await tell();
    } catch (error) {
      this.#logFailure(entry, error, 'an audit entry lacks what became different');
      return 'ok';
    }
  }

  /**
   * Writes down what somebody tried in vain: the same once within a window, and so many different things of one caller.
   * Nothing was done, so a try costs its sender nothing, and a row for each would let any account fill the database.
   */
  async refuse(actor: Actor, entry: AuditEntry): Promise<void> {
    const { action, organization, target, outcome } = entry;
    const what = [organization, target].map((text) => cut(text, 360));
    if (this.#same.add(JSON.stringify([actor.by, action, ...what, outcome])) > 1) return;
    const count = this.#refusals.add(actor.by);
    if (count <= MOST_REFUSALS) return this.record(actor, entry);
    if (count > MOST_REFUSALS + 1) return;
    const limited = { action, organization: actor.within ?? '', target: '', outcome: 'limited' };
    await this.record(actor, limited);
  }

  /** What was done stays done when this fails; the failure is logged. */
  async record({ by, address }: Actor, entry: AuditEntry): Promise<void> {
    const now = new Date();
    try {
      await this.#records.insert({
        id: randomUUID(),
        organization: cut(entry.organization, 100),
        createdTime: now.toISOString(),
        createdMs: now.getTime(),
        actor: cut(by, 360),
        action: entry.action,
        target: cut(entry.target, 360),
        clientIp: cut(address, 64),
        subject: entry.subject ? cut(entry.subject, 360) : null,
        detail: {
          outcome: cut(entry.outcome, 100),
          ...present({
            comment: entry.comment ? cut(entry.comment, LONGEST_VALUE) : undefined,
            changes: entry.changes?.map(shortened),
          }),
          ...(entry.selection && selectionShown(entry.selection)),
        },
      });
    } catch (error) {
      this.#logFailure(entry, error, 'an audit entry could not be stored');
    }
  }

  #logFailure({ action, target }: Pick<AuditEntry, 'action' | 'target'>, error: unknown, what: string): void {
    this.#log.error({ action, target, code: (error as { code?: unknown }).code }, what);
  }
}

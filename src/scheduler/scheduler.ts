import { uptime } from 'node:os';

/** How soon a task that rejected is tried again, in milliseconds. */
export const RETRY_MS = 60_000;

/** @returns milliseconds since this machine started, with the time for which it was suspended; nobody sets this clock */
export const sinceBoot = (): number => uptime() * 1000;

/** Something that recurs. The schedule knows its id and its times, not what it does. */
export interface ScheduledTask {
  readonly id: string;
  /** Milliseconds between two starts. */
  readonly everyMs: number;
  /**
   * When it starts next; a moment in the past means at once. Told by the clock of this process and taken as "so long from
   * now": whoever sets that clock afterwards moves nothing.
   */
  readonly dueAt: Date;
}

/** What a due task does. One that rejects is tried again after a minute, or after its interval when that is shorter. */
export type Perform = (taskId: string) => Promise<void>;

/**
 * When things happen: one task never overlaps itself, and one task's failure changes nothing for the others. Between two
 * starts an interval passes, also where clocks are set or differ between processes meanwhile.
 */
export interface Scheduler {
  /**
   * From now on due tasks are performed. Tasks may be put before and after.
   *
   * @param refill asked to `ensure` every task when what the schedule is kept in may have lost them
   */
  start(perform: Perform, refill?: () => Promise<void>): Promise<void>;
  /** Adds a task or replaces the one with its id; takes effect at once. A task that is being performed is not disturbed. */
  put(task: ScheduledTask): Promise<void>;
  /**
   * Adds a task unless one with its id and interval is there already: what was scheduled before this process started, or
   * by another process, stands.
   *
   * @returns when it is due
   */
  ensure(task: ScheduledTask): Promise<Date>;
  /** Forgets a task; one that is being performed ends by itself. */
  remove(taskId: string): Promise<void>;
  /** When the task is due next, by the clock of this process; undefined = no such task. */
  dueAt(taskId: string): Promise<Date | undefined>;
  /** @throws Error when what the schedule is kept in does not answer */
  ping(): Promise<void>;
  /** Performs nothing more; resolves when what is being performed has ended. */
  close(): Promise<void>;
}

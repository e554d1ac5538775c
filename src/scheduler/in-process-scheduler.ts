import { RETRY_MS, sinceBoot, type Perform, type ScheduledTask, type Scheduler } from './scheduler.ts';

export interface InProcessOptions {
  /** How soon a task that rejected is tried again, in milliseconds. */
  readonly retryMs?: number;
  /** Milliseconds since some moment in the past. */
  readonly elapsed?: () => number;
}

/**
 * Timers sleep at most this long and then look at the clock again: a longer delay than 2^31 ms would fire at once,
 * and after a suspended machine a plain timer would be late by as much.
 */
const LONGEST_SLEEP_MS = 60_000;

interface Entry {
  readonly task: ScheduledTask;
  /** On the clock that nobody sets. */
  dueMs: number;
  timer: NodeJS.Timeout | undefined;
}

/** The schedule of a single process, kept in memory: whoever owns the tasks puts them again after a restart. */
export class InProcessScheduler implements Scheduler {
  readonly #entries = new Map<string, Entry>();
  readonly #performing = new Map<string, Promise<void>>();
  readonly #onFailure: (taskId: string, error: unknown) => void;
  readonly #retryMs: number;
  readonly #elapsed: () => number;
  #perform: Perform | undefined;

  /** @param onFailure told what a task threw; the schedule itself goes on */
  constructor(onFailure: (taskId: string, error: unknown) => void, options: InProcessOptions = {}) {
    this.#onFailure = onFailure;
    this.#retryMs = options.retryMs ?? RETRY_MS;
    this.#elapsed = options.elapsed ?? sinceBoot;
  }

  async start(perform: Perform): Promise<void> {
    this.#perform = perform;
    for (const entry of this.#entries.values()) this.#arm(entry);
  }

  async put(task: ScheduledTask): Promise<void> {
    this.#disarm(task.id);
    const dueMs = this.#elapsed() + task.dueAt.getTime() - Date.now();
    const entry: Entry = { task, dueMs, timer: undefined };
    this.#entries.set(task.id, entry);
    this.#arm(entry);
  }

  async ensure(task: ScheduledTask): Promise<Date> {
    const entry = this.#entries.get(task.id);
    if (entry?.task.everyMs === task.everyMs) return this.#dateOf(entry);
    await this.put(task);
    return task.dueAt;
  }

  async remove(taskId: string): Promise<void> {
    this.#disarm(taskId);
    this.#entries.delete(taskId);
  }

  async dueAt(taskId: string): Promise<Date | undefined> {
    const entry = this.#entries.get(taskId);
    return entry && this.#dateOf(entry);
  }

  /** Memory always answers. */
  async ping(): Promise<void> {}

  async close(): Promise<void> {
    this.#perform = undefined;
    for (const taskId of this.#entries.keys()) this.#disarm(taskId);
    this.#entries.clear();
    await Promise.all(this.#performing.values());
  }

  #dateOf(entry: Entry): Date {
    return new Date(Date.now() + entry.dueMs - this.#elapsed());
  }

  #disarm(taskId: string): void {
    const entry = this.#entries.get(taskId);
    clearTimeout(entry?.timer);
  }

  #arm(entry: Entry): void {
    // While a task is being performed nothing is armed: the end of it arms whatever is wanted by then.
    if (!this.#perform || this.#performing.has(entry.task.id)) return;
    clearTimeout(entry.timer);
    const sleep = Math.min(Math.max(entry.dueMs - this.#elapsed(), 0), LONGEST_SLEEP_MS);
    entry.timer = setTimeout(() => this.#wake(entry), sleep);
  }

  #wake(entry: Entry): void {
    const perform = this.#perform;
    if (!perform) return;
    const startedMs = this.#elapsed();
    if (startedMs < entry.dueMs) {
      this.#arm(entry);
      return;
    }
    const { id, everyMs } = entry.task;
    entry.dueMs = startedMs + everyMs;
    this.#performing.set(id, this.#performOnce(perform, entry));
  }

  async #performOnce(perform: Perform, entry: Entry): Promise<void> {
    const { id, everyMs } = entry.task;
    let isDone = true;
    try {
      await perform(id);
    } catch (error) {
      isDone = false;
      this.#onFailure(id, error);
    }
    this.#performing.delete(id);
    const wanted = this.#entries.get(id);
    if (!wanted) return;
    const now = this.#elapsed();
    // A task that took longer than its interval skips the starts it missed.
    const late = now - wanted.dueMs;
    if (wanted === entry && late > 0) wanted.dueMs += Math.ceil(late / everyMs) * everyMs;
    if (!isDone) wanted.dueMs = Math.min(wanted.dueMs, now + this.#retryMs);
    this.#arm(wanted);
  }
}

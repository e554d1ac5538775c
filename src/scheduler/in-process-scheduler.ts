import type { Perform, ScheduledTask, Scheduler } from './scheduler.ts';

/**
 * Timers sleep at most this long and then look at the clock again: a longer delay than 2^31 ms would fire at once,
 * and after a suspended machine or a stepped clock a plain timer would be off by as much.
 */
const LONGEST_SLEEP_MS = 60_000;

interface Entry {
  readonly task: ScheduledTask;
  dueAt: number;
  timer: NodeJS.Timeout | undefined;
}

/** The schedule of a single process, kept in memory: whoever owns the tasks puts them again after a restart. */
export class InProcessScheduler implements Scheduler {
  readonly #entries = new Map<string, Entry>();
  readonly #performing = new Map<string, Promise<void>>();
  readonly #onFailure: (taskId: string, error: unknown) => void;
  #perform: Perform | undefined;

  /** @param onFailure told what a task threw; the schedule itself goes on */
  constructor(onFailure: (taskId: string, error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  async start(perform: Perform): Promise<void> {
    this.#perform = perform;
    for (const entry of this.#entries.values()) this.#arm(entry);
  }

  async put(task: ScheduledTask): Promise<void> {
    this.#disarm(task.id);
    const entry: Entry = { task, dueAt: task.dueAt.getTime(), timer: undefined };
    this.#entries.set(task.id, entry);
    this.#arm(entry);
  }

  async ensure(task: ScheduledTask): Promise<Date> {
    const entry = this.#entries.get(task.id);
    if (entry?.task.everyMs === task.everyMs) return new Date(entry.dueAt);
    await this.put(task);
    return task.dueAt;
  }

  async remove(taskId: string): Promise<void> {
    this.#disarm(taskId);
    this.#entries.delete(taskId);
  }

  async dueAt(taskId: string): Promise<Date | undefined> {
    const entry = this.#entries.get(taskId);
    return entry && new Date(entry.dueAt);
  }

  /** Memory always answers. */
  async ping(): Promise<void> {}

  async close(): Promise<void> {
    this.#perform = undefined;
    for (const taskId of this.#entries.keys()) this.#disarm(taskId);
    this.#entries.clear();
    await Promise.all(this.#performing.values());
  }

  #disarm(taskId: string): void {
    const entry = this.#entries.get(taskId);
    clearTimeout(entry?.timer);
  }

  #arm(entry: Entry): void {
    // While a task is being performed nothing is armed: the end of it arms whatever is wanted by then.
    if (!this.#perform || this.#performing.has(entry.task.id)) return;
    clearTimeout(entry.timer);
    const sleep = Math.min(Math.max(entry.dueAt - Date.now(), 0), LONGEST_SLEEP_MS);
    entry.timer = setTimeout(() => this.#wake(entry), sleep);
  }

  #wake(entry: Entry): void {
    const perform = this.#perform;
    if (!perform) return;
    const startedAt = Date.now();
    if (startedAt < entry.dueAt) {
      this.#arm(entry);
      return;
    }
    const { id, everyMs } = entry.task;
    entry.dueAt = startedAt + everyMs;
    this.#performing.set(id, this.#performOnce(perform, entry));
  }

  async #performOnce(perform: Perform, entry: Entry): Promise<void> {
    const { id, everyMs } = entry.task;
    try {
      await perform(id);
    } catch (error) {
      this.#onFailure(id, error);
    }
    this.#performing.delete(id);
    const wanted = this.#entries.get(id);
    if (!wanted) return;
    // A task that took longer than its interval skips the starts it missed.
    const late = Date.now() - wanted.dueAt;
    if (wanted === entry && late > 0) wanted.dueAt += Math.ceil(late / everyMs) * everyMs;
    this.#arm(wanted);
  }
}

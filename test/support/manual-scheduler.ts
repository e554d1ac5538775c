import type { Perform, ScheduledTask, Scheduler } from '../../src/scheduler/scheduler.ts';

/** A schedule whose clock is the test: a task is due when the test says so. */
export class ManualScheduler implements Scheduler {
  readonly tasks = new Map<string, ScheduledTask>();
  #perform: Perform | undefined;

  async start(perform: Perform): Promise<void> {
    this.#perform = perform;
  }
  async put(task: ScheduledTask): Promise<void> {
    this.tasks.set(task.id, task);
  }
  async ensure(task: ScheduledTask): Promise<Date> {
    const known = this.tasks.get(task.id);
    if (known?.everyMs !== task.everyMs) await this.put(task);
    return this.tasks.get(task.id)?.dueAt ?? task.dueAt;
  }
  async remove(taskId: string): Promise<void> {
    this.tasks.delete(taskId);
  }
  async ping(): Promise<void> {}
  async dueAt(taskId: string): Promise<Date | undefined> {
    return this.tasks.get(taskId)?.dueAt;
  }
  async close(): Promise<void> {
    this.#perform = undefined;
  }

  /** Those of syncers; the host has tasks of its own. */
  get syncerTasks(): ScheduledTask[] {
    return [...this.tasks.values()].filter(({ id }) => !id.startsWith('host:'));
  }

  async performAll(): Promise<void> {
    for (const { id } of this.syncerTasks) await this.perform(id);
  }

  async perform(taskId: string): Promise<void> {
    await this.#perform?.(taskId);
  }
}

// When runs happen: knows tasks, not syncers.
export { InProcessScheduler, type InProcessOptions } from './in-process-scheduler.ts';
export type { Perform, ScheduledTask, Scheduler } from './scheduler.ts';

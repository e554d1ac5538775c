// wecom-syncer/bullmq: the schedule on Redis, shared by replicas.
export { BullmqScheduler, type BullmqOptions } from './bullmq-scheduler.ts';
export type { Perform, ScheduledTask, Scheduler } from '../scheduler/scheduler.ts';

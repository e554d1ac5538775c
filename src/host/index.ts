// wecom-syncer/host: the HTTP face of a service, and the program that serves it.
export type { Perform, ScheduledTask, Scheduler } from '../scheduler/scheduler.ts';
export type * from '../syncer/index.ts';
export { createHost, type Host, type HostOptions } from './create-host.ts';
export type { FirstAdministrator } from './first-start.ts';
export type { Logger } from './log.ts';
export { parseSettings, SettingsError, type Settings, type Variables } from './settings.ts';

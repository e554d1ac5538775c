// wecom-syncer/host: the HTTP face of a service, for a host's own server and as a program.
export type { Perform, ScheduledTask, Scheduler } from '../scheduler/scheduler.ts';
export type * from '../service/index.ts';
export type * from '../syncer/index.ts';
export { createHost } from './create-host.ts';
export type { Host, HostOptions } from './host.ts';
export type { FirstAdministrator } from './first-start.ts';
export type { Logger } from './log.ts';
export type { MountedCaller } from './mount/host-callers.ts';
export type { MountOptions } from './mount/mounted-site.ts';
export { createRequestHandler, type RequestHandler, type RequestHandlerOptions } from './mount/request-handler.ts';
export { syncerPlugin, type AnyFastify, type SyncerPluginOptions } from './mount/syncer-plugin.ts';
export { parseSettings, SettingsError, type Settings, type Variables } from './settings.ts';

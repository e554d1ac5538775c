// wecom-syncer/host: the HTTP face of a service, and the program that serves it.
export { createHost, type Host, type HostOptions } from './create-host.ts';
export { parseSettings, readSettings, SettingsError, type Settings } from './settings.ts';

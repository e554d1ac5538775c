// wecom-syncer/host: the HTTP face of a service, and the program that serves it.
export { createHost, type Host, type HostOptions } from './create-host.ts';
export { parseSettings, SettingsError, type Settings, type Variables } from './settings.ts';

/** @ts-ignore: a host with another server has no Fastify, and its compiler is not asked for one. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fastifySite } from './fastify-site.ts';
import type { MountedCaller } from './host-callers.ts';
import { mountedSite, mountingIn, type MountOptions } from './mounted-site.ts';

export interface SyncerPluginOptions extends MountOptions {
  /** Who asks; whatever else it answers, or an error of it, is nobody. */
  authenticate(request: FastifyRequest): MountedCaller | undefined | Promise<MountedCaller | undefined>;
}

/** Any Fastify, whatever its server, its logger and its types. */
export interface AnyFastify {
  readonly prefix: string;
}

async function mount(app: AnyFastify, options: SyncerPluginOptions): Promise<void> {
  const mounting = mountingIn(options);
  // The plugin that registers it may have a prefix of its own.
  const prefix = app.prefix.replace(/\/$/, '') + mounting.prefix;
  const site = await mountedSite({ ...mounting, prefix });
  await (app as FastifyInstance).register(fastifySite(site), mounting.prefix === '' ? {} : { prefix: mounting.prefix });
}

/**
 * The Syncers tab in a Fastify of the host's own: `app.register(syncerPlugin, { prefix, service, authenticate })`.
 *
 * @throws ConfigError that names the option to change
 */
export const syncerPlugin: (app: AnyFastify, options: SyncerPluginOptions) => Promise<void> = Object.assign(mount, {
  // Fastify would put the prefix before everything in here, and a slash at its end with it.
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'wecom-syncer',
});

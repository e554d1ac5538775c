import type { Host } from '../host/host.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** A stored syncer, as the host's services take it. */
export type StoredSyncer = NonNullable<Awaited<ReturnType<Host['syncers']['find']>>>;

/**
 * The syncer that `ORG/NAME` names.
 *
 * @throws CommandError when the id has another form, or there is no such syncer; it lists those that exist
 */
export async function findSyncer(host: Host, id: string): Promise<StoredSyncer> {
  const [organization, name, ...rest] = id.split('/');
  if (!organization || !name || rest.length > 0) {
    throw new CommandError(`"${id}" is not of the form ORG/NAME.`, EXIT.usage);
  }
  const record = await host.syncers.find(organization, name, '');
  if (record) return record;
  const known = (await host.syncers.list()).map((syncer) => `${syncer.organization}/${syncer.name}`);
  const hint = known.length > 0 ? `There are: ${known.join(', ')}.` : 'There is none yet; add one in the Syncers tab.';
  throw new CommandError(`There is no syncer ${id}. ${hint}`, EXIT.usage);
}

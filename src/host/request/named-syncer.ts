import type { SyncerRecord } from '../../service/syncers/syncer-record.ts';
import { confinedTo } from '../auth/caller.ts';
import type { Call } from './call.ts';
import {
  contradiction,
  distinct,
  namesInId,
  namedIn,
  refuseSlashedName,
  severalIn,
  type Names,
} from './named-object.ts';
import { textOf } from '../http/query.ts';
import type { Subject } from './route.ts';
import { isAnyOwner, type SyncerService } from '../../service/syncers/syncer-service.ts';

/** A syncer as a call names it: the owner in the spelling of the call, and the one that is stored under it, if any. */
export interface NamedSyncer {
  readonly owner: string;
  readonly record: SyncerRecord | undefined;
}

export interface SyncerNames extends Names {
  /** `admin` and the organization are two spellings of one owner. */
  readonly owners: readonly string[];
}

/** Whatever names a syncer in a call: `id` in the query, and the keys of a body, which may be a whole syncer. */
export function syncerNamesIn(call: Call): SyncerNames {
  const { organizations: owners, names } = namesInId(call);
  return {
    owners: [...owners, ...namedIn(call, 'owner')],
    organizations: namedIn(call, 'organization'),
    names: [...names, ...namedIn(call, 'name')],
  };
}

/** The organizations that are named, whether as such or as the owner. */
export const organizationsIn = ({ owners, organizations }: SyncerNames): string[] =>
  distinct([...owners.filter((owner) => !isAnyOwner(owner)), ...organizations]);

/** The syncer that is named. Administrators of one organization mean their own when they name none. */
export async function syncerOf(syncers: SyncerService, call: Call, named: SyncerNames): Promise<Subject<NamedSyncer>> {
  const organizations = organizationsIn(named);
  const names = distinct(named.names);
  const [name = ''] = names;
  const target = `${organizations[0] ?? ''}/${name}`;
  const refusal = severalIn(organizations, names);
  if (refusal) return { organizations, target, refusal };
  const record = await syncers.find('admin', name, organizations[0] ?? confinedTo(call.caller) ?? '');
  if (record && !sameIdIn(call, record)) return { organizations, target, refusal: contradiction([target, OTHER]) };
  return {
    organizations: record ? [record.organization] : organizations,
    target: record ? `${record.organization}/${record.name}` : target,
    object: { owner: named.owners[0] ?? 'admin', record },
  };
}

/** The organization that a new or unsaved syncer is for. */
export function ownerOfNew(call: Call): Subject<string> {
  refuseSlashedName(call);
  const named = syncerNamesIn(call);
  const organizations = organizationsIn(named);
  const names = distinct(named.names);
  const organization = organizations[0] ?? confinedTo(call.caller) ?? '';
  const touched = { organizations, target: `${organization}/${names[0] ?? ''}` };
  const refusal = severalIn(organizations, names);
  return refusal ? { ...touched, refusal } : { ...touched, object: organization };
}

/** A whole syncer that is tried, saved or not, with the stored one of its name, whose secrets stand for `***`. */
export async function draftIn(syncers: SyncerService, call: Call): Promise<Subject<SyncerRecord | undefined>> {
  const subject = ownerOfNew(call);
  if (subject.refusal) return subject;
  const organization = subject.object;
  const name = textOf(call.body, 'name');
  // Without an organization a name is anybody's, and so would be the secret that "***" stands for.
  const found =
    organization === '' || name === '' || name.includes('/')
      ? undefined
      : await syncers.find('admin', name, organization);
  if (found && !sameIdIn(call, found)) return { ...subject, refusal: contradiction([subject.target, OTHER]) };
  return { ...subject, object: found };
}

const OTHER = 'id';
export const NO_SYNCER: NamedSyncer = { owner: '', record: undefined };

/** A body that is a whole syncer brings its id along; it must be this one's. */
export function sameIdIn({ bodyIfAny }: Call, record: SyncerRecord): boolean {
  const id = textOf(bodyIfAny, 'id');
  return id === '' || id === record.id;
}

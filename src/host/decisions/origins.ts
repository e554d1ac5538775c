import type { FieldValue } from '../../identity/change.ts';
import type { FoundUser } from '../../storage/accounts/user-directory.ts';
import type { PastEvent } from '../../storage/history/account-history.ts';
import { asList } from '../../storage/text-value.ts';
import { PROFILE_FIELDS } from '../../syncer/profile.ts';
import type { Origin, OriginsJson } from './history-schema.ts';

/** Those that a directory may feed or decide about. */
const FIELDS: readonly string[] = [...PROFILE_FIELDS, 'isForbidden', 'groups'];

/**
 * Where each value of an account comes from.
 *
 * @param found undefined: the account is gone, or the host keeps it
 * @param events newest first
 */
export function originsOf(found: FoundUser | undefined, events: readonly PastEvent[]): OriginsJson['origins'] {
  const writers = new Map<string, { readonly by: 'directory' | 'person' | 'self'; readonly at: number }>();
  events.forEach((event, at) => {
    for (const { field } of event.changes) if (!writers.has(field)) writers.set(field, { by: writerOf(event), at });
  });
  const linkedAt = events.findIndex((event) => event.source === 'run' && event.kind === 'link');
  const unseen = originUnseen(found, linkedAt >= 0);
  const originOf = (field: string): Origin => {
    const writer = writers.get(field);
    // What a person wrote before the account was linked was there when it was.
    const isTakenOver = linkedAt >= 0 && writer?.by === 'person' && writer.at > linkedAt;
    if (writer) return isTakenOver ? 'linked' : writer.by;
    return isEmpty(valueIn(found, field)) ? 'never' : unseen;
  };
  return Object.fromEntries([...new Set([...FIELDS, ...writers.keys()])].map((field) => [field, originOf(field)]));
}

function writerOf(event: PastEvent): 'directory' | 'person' | 'self' {
  if (event.source === 'person') return 'person';
  return event.trigger === 'self' ? 'self' : 'directory';
}

/** Of a value that nobody is known to have written: it is older than what is kept. */
function originUnseen(found: FoundUser | undefined, isLinked: boolean): Origin {
  if (isLinked) return 'linked';
  if (!found?.holding) return 'person';
  // As a sync marks the accounts that it makes.
  return found.row.registerType === 'Add Users' ? 'directory' : 'linked';
}

function valueIn(found: FoundUser | undefined, field: string): FieldValue {
  const value = (found?.row as Readonly<Record<string, unknown>> | undefined)?.[field];
  if (field === 'groups') return asList(value);
  return typeof value === 'boolean' || typeof value === 'string' ? value : null;
}

const isEmpty = (value: FieldValue): boolean =>
  value === null || value === '' || value === false || (Array.isArray(value) && value.length === 0);

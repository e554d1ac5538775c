import { CancelledError, LeaseError, MappingError, SyncError, throwIfAborted } from '../../syncer/errors.ts';
import type { ExternalId } from '../../syncer/external-id.ts';
import type { UserProfile } from '../../syncer/profile.ts';
import type { MemberLookup, Syncer } from '../../syncer/syncer.ts';
import { text, type Text } from '../../syncer/text.ts';

/** What the directory says about one person who was asked for by id. */
export type Answer =
  | { readonly says: 'gone' }
  /** To be stored like everybody whom a full run shows. */
  | { readonly says: 'inScope'; readonly profile: UserProfile; readonly detail: Text }
  /** There, but not among those whom these credentials read: the account stays as it is, and is listed. */
  | { readonly says: 'outOfSight'; readonly profile: UserProfile; readonly detail: Text }
  /** There, and left out by the syncer's own settings. */
  | { readonly says: 'excluded'; readonly detail: Text };

/** Somebody who is left as he is, and why. */
export const leftAlone = (id: ExternalId, reason: Text, code?: string): UserProfile => ({
  externalId: id,
  values: {},
  complete: false,
  access: { state: 'outOfScope', reason },
  ...(code === undefined ? {} : { notes: [{ code, message: reason }] }),
});

/**
 * Asks for one person.
 *
 * @throws SyncError when nobody can tell, MappingError among them: nothing is to happen to this person
 */
export async function askAbout(id: ExternalId, syncer: Syncer & MemberLookup, signal: AbortSignal): Promise<Answer> {
  const member = await syncer.fetchUser(id, signal);
  if (member === undefined) return { says: 'gone' };
  const profile = syncer.mapUser(member);
  if (profile.complete === false) {
    const detail = 'reason' in profile.access ? profile.access.reason : ID_ONLY;
    return { says: 'outOfSight', profile, detail };
  }
  const { inScope, isExcluded = false, detail } = await syncer.checkScope(member, signal);
  if (inScope) return { says: 'inScope', profile, detail };
  if (isExcluded) return { says: 'excluded', detail };
  return { says: 'outOfSight', profile: leftAlone(id, detail, 'outside-visible-range'), detail };
}

/** Questions at one time; the connector may let fewer pass. */
const AT_ONCE = 8;
/** After so many in a row without an answer, the next one will have none either. */
const MOST_SILENT = 3;

/** The same for several: who cannot be told about has an error in place of an answer. */
export async function askAboutAll(
  ids: readonly ExternalId[],
  syncer: Syncer & MemberLookup,
  signal: AbortSignal,
): Promise<ReadonlyMap<ExternalId, Answer | SyncError>> {
  const answers = new Map<ExternalId, Answer | SyncError>();
  const pending = [...ids];
  let silent = 0;
  let last: SyncError | undefined;
  const work = async (): Promise<void> => {
    for (let id = pending.shift(); id !== undefined; id = pending.shift()) {
      throwIfAborted(signal);
      if (last && silent >= MOST_SILENT) {
        answers.set(id, last);
        continue;
      }
      try {
        answers.set(id, await askAbout(id, syncer, signal));
        silent = 0;
      } catch (error) {
        if (!(error instanceof SyncError) || error instanceof CancelledError || error instanceof LeaseError)
          throw error;
        answers.set(id, error);
        if (error instanceof MappingError) continue;
        silent += 1;
        last = error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, work));
  return answers;
}

const ID_ONLY = text('Only the userid of this member is readable.', '只能读取该成员的 userid。');

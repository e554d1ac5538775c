import type { DirectoryHint } from '../../syncer/callback.ts';
import { externalId, type ExternalId } from '../../syncer/external-id.ts';
import { useridOf } from '../reading/lenient-json.ts';

const FULL: readonly DirectoryHint[] = [{ about: 'directory' }];

const idOf = (value: string | undefined): ExternalId | undefined => {
  const userid = useridOf(value);
  return userid === undefined ? undefined : externalId(userid);
};

/**
 * What an event says (docs 90970, 90971, 90972). URLs set since 2022-08-15 get ids alone, older ones the profile too;
 * either way only the id is used, and the directory is asked what is true.
 */
export const readEvent = (fields: ReadonlyMap<string, string>): readonly DirectoryHint[] => {
  if (fields.get('MsgType') !== 'event' || fields.get('Event') !== 'change_contact') return [];
  switch (fields.get('ChangeType') ?? '') {
    case 'create_user':
    case 'update_user':
      return memberHints(fields);
    // Who is gone is a lock-out, and lock-outs are counted together by the guard of a full run.
    case 'delete_user':
    case 'create_party':
    case 'update_party':
    case 'delete_party':
    case 'update_tag':
      return FULL;
    default:
      return [];
  }
};

function memberHints(fields: ReadonlyMap<string, string>): readonly DirectoryHint[] {
  const told = idOf(fields.get('UserID'));
  const changed = fields.get('NewUserID');
  if (changed === undefined || changed === '') return told ? [{ about: 'member', id: told }] : FULL;
  const id = idOf(changed);
  return id && told ? [{ about: 'member', id, formerId: told }] : FULL;
}

import { externalId, type ExternalId } from '../../syncer/external-id.ts';
import { present } from '../../syncer/present.ts';
import type { GroupProfile } from '../../syncer/profile.ts';
import { PARENT_UNKNOWN } from '../directory/read-notes.ts';
import type { Department } from '../reading/department.ts';

/** What a group becomes from a department. */
export const mapDepartment = ({ id, name, englishName, parentId, leaders }: Department): GroupProfile => {
  const idOrNone = (value: string | undefined): ExternalId | null => (value === undefined ? null : externalId(value));
  return {
    externalId: externalId(String(id)),
    ...present({ displayName: name, provisionalName: englishName, manager: leaders && idOrNone(leaders[0]) }),
    ...(leaders && leaders.length > 1 && { deputies: leaders.slice(1).map(externalId) }),
    ...(parentId === undefined
      ? { notes: PARENT_UNKNOWN }
      : { parent: idOrNone(parentId > 0 ? String(parentId) : undefined) }),
  };
};

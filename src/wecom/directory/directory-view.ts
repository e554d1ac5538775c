import type { SeenDepartment, SeenTag } from '../../syncer/directory-view.ts';
import { isObject } from '../../http-client/transport.ts';
import type { WeComClient } from '../api/client.ts';
import { listIn } from '../reading/answer-list.ts';
import { integerOf, nameOf } from '../reading/lenient-json.ts';
import { fetchDepartments } from './department-list.ts';
import { inTreeOrder } from './department-tree.ts';

/** Parents first. */
export const seenDepartments = async (client: WeComClient, signal: AbortSignal): Promise<readonly SeenDepartment[]> =>
  inTreeOrder((await fetchDepartments(client, signal)).departments).map(({ id, name, parentId = 0 }) => ({
    id,
    name: name ?? String(id),
    parentId,
  }));

/** `tag/list` (doc 90216). */
export const seenTags = async (client: WeComClient, signal: AbortSignal): Promise<readonly SeenTag[]> => {
  const endpoint = 'tag/list';
  return listIn(await client.call({ endpoint, query: {} }, signal), 'taglist', endpoint).flatMap((entry) => {
    const id = isObject(entry) ? integerOf(entry['tagid']) : undefined;
    return isObject(entry) && id !== undefined ? [{ id, name: nameOf(entry['tagname']) ?? String(id) }] : [];
  });
};

import { userKey } from '../company/member.ts';
import type { Tag } from '../company/tag.ts';
import { succeed } from './answer.ts';
import { departmentId, type Caller, type Responder } from './caller.ts';

/** GET tag/list (doc 90216): the tags that the caller may read. */
export const listTags: Responder = (caller) =>
  succeed({
    taglist: [...caller.company.tags.values()]
      .filter((tag) => mayRead(tag, caller))
      .map(({ id, name }) => ({ tagid: id, tagname: name })),
  });

const mayRead = ({ id }: Tag, { company, visibility }: Caller): boolean =>
  visibility.everything || company.scope.tags.includes(id);

/** GET tag/get (doc 90213): who carries the tag, as far as the caller may see them. */
export const getTag: Responder = (caller) => {
  const { company, params } = caller;
  const id = departmentId(params['tagid']);
  if (params['tagid'] === undefined || params['tagid'] === '') return 41017;
  const tag = id === undefined ? undefined : company.tags.get(id);
  if (tag === undefined || !mayRead(tag, caller)) return 40068;
  const keys = new Set(tag.users.map(userKey));
  const people = [...keys].flatMap((key) => company.member(key) ?? []);
  return succeed({
    tagname: tag.name,
    userlist: people.map(({ userid, name }) => ({ userid, name })),
    partylist: tag.departments.filter((department) => company.tree.has(department)),
  });
};

import { flag, required } from '../request/query-parameter.ts';
import { ok, okList } from '../http/envelope.ts';
import { GROUP_FIELDS } from '../../storage/accounts/group-records.ts';
import type { GroupDirectory } from './group-directory.ts';
import { listingIn } from '../http/paging.ts';
import { requiredIn, splitId, textIn, textsIn } from '../http/query.ts';
import { listOwner } from '../request/named-object.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { anyOf, list, orNull } from '../http/schema.ts';
import { GROUP, GROUP_NODE } from './group-json.ts';

export interface GroupRoutesNeeds {
  readonly groups: GroupDirectory;
}

/** Groups: listed with their members, as a tree with counts, one by one. */
export const groupRoutes = (needs: GroupRoutesNeeds): Route[] => [getGroups(needs), getGroup(needs)];

const getGroups = ({ groups }: GroupRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-groups',
    rule: 'organization',
    summary: 'Groups of an organization, flat or as a tree.',
    query: { owner: 'the organization; absent: all that the caller administers', withTree: flag('nested') },
    listed: GROUP_FIELDS,
    answers: { data: anyOf(list(GROUP.ref), list(GROUP_NODE.ref)) },
    find: (call) => listOwner([...textsIn(call.query, 'owner'), ...textsIn(call.query, 'organization')]),
    answer: async (call, { organization }) => {
      // Casdoor's own: whatever else its clients send is no.
      if (['true', '1'].includes(textIn(call.query, 'withTree').toLowerCase()))
        return ok(await groups.tree(organization));
      const listing = listingIn(call.query, GROUP_FIELDS);
      const { rows, total } = await groups.list(organization, listing);
      return okList(rows, listing.page, total);
    },
  });

const getGroup = ({ groups }: GroupRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-group',
    rule: 'organization',
    summary: 'One group, or null.',
    query: { id: required('ORG/NAME') },
    answers: { data: orNull(GROUP.ref) },
    find: (call) => {
      const id = requiredIn(call.query, 'id');
      const object = splitId(id);
      return { organizations: [object.owner], target: id, object };
    },
    answer: async (_, { object: { owner, name } }) => ok((await groups.find(owner, name)) ?? null),
  });

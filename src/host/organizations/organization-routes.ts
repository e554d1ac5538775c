import type { AuditLog } from '../auth/audit-log.ts';
import { isGlobal } from '../auth/caller.ts';
import type { Call } from '../request/call.ts';
import { affected, ok } from '../http/envelope.ts';
import { ORGANIZATION_FIELDS, type OrganizationDirectory } from './organization-directory.ts';
import { ORGANIZATION, organizationJson } from './organization-json.ts';
import { listed, listingIn } from '../http/paging.ts';
import { requiredIn, splitId, textOf } from '../http/query.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { AFFECTED, input, list, orNull, record, TEXT } from '../http/schema.ts';

export interface OrganizationRoutesNeeds {
  readonly organizations: OrganizationDirectory;
  readonly audit: AuditLog;
}

/** Whose caller may see what: global ones all, everybody else the one they belong to. */
async function visible(organizations: OrganizationDirectory, { caller }: Call) {
  const all = await organizations.list();
  if (isGlobal(caller)) return all;
  return all.filter((row) => caller.kind === 'user' && row.name === caller.organization);
}

/** Organizations: seen, named, added. */
export const organizationRoutes = (needs: OrganizationRoutesNeeds): Route[] => [
  getOrganizations(needs),
  getOrganizationNames(needs),
  getOrganization(needs),
  addOrganization(needs),
];

const getOrganizations = ({ organizations }: OrganizationRoutesNeeds): Route => ({
  method: 'GET',
  path: '/api/get-organizations',
  rule: 'signedIn',
  summary: 'Organizations that the caller may see.',
  query: { owner: 'admin' },
  listed: ORGANIZATION_FIELDS,
  answers: { data: list(ORGANIZATION.ref) },
  answer: async (call) => {
    const listing = listingIn(call.query, ORGANIZATION_FIELDS);
    const { rows, total } = listed(await visible(organizations, call), listing, (row, field) => row[field]);
    const shown = rows.map((row) => organizationJson(row));
    return ok(shown, listing.page ? { data2: total } : {});
  },
});

const getOrganizationNames = ({ organizations }: OrganizationRoutesNeeds): Route => ({
  method: 'GET',
  path: '/api/get-organization-names',
  rule: 'signedIn',
  summary: 'Names of the organizations that the caller may see.',
  query: { owner: 'admin' },
  answers: { data: list(record({ owner: TEXT, name: TEXT, displayName: TEXT })) },
  answer: async (call) =>
    ok(
      (await visible(organizations, call)).map(({ owner, name, displayName }) => ({
        owner,
        name,
        displayName: displayName ?? '',
      })),
    ),
});

const getOrganization = ({ organizations }: OrganizationRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-organization',
    rule: 'member',
    summary: 'One organization, or null.',
    query: { id: 'admin/NAME' },
    answers: { data: orNull(ORGANIZATION.ref) },
    find: (call) => {
      const id = requiredIn(call.query, 'id');
      const { name } = splitId(id);
      return { organizations: [name], target: id, object: name };
    },
    answer: async (_, { object: name }) => {
      const found = await organizations.find(name);
      return ok(found ? organizationJson(found) : null);
    },
  });

const addOrganization = ({ organizations, audit }: OrganizationRoutesNeeds): Route => ({
  method: 'POST',
  path: '/api/add-organization',
  rule: 'global',
  summary: 'Adds an organization.',
  body: input({ name: TEXT, displayName: TEXT }, ['name']),
  answers: { data: AFFECTED },
  answer: async (call) => {
    const entry = { action: 'add-organization' as const, organization: '', target: textOf(call.body, 'name') };
    await audit.during(call, entry, () => organizations.add(call.body));
    return affected(true);
  },
});

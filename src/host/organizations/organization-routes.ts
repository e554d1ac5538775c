import { OWNER_OF_ORGANIZATIONS } from '../../storage/accounts/organization-records.ts';
import { required } from '../request/query-parameter.ts';
import type { AuditLog, Done } from '../../service/audit/audit-log.ts';
import { settingsChanges, settingsRemoved } from '../../service/audit/settings-changes.ts';
import { isGlobal } from '../auth/caller.ts';
import type { Call } from '../request/call.ts';
import { affected, ok, okList } from '../http/envelope.ts';
import { ORGANIZATION_FIELDS, type OrganizationDirectory } from './organization-directory.ts';
import { ORGANIZATION, ORGANIZATION_INPUT, organizationJson, organizationNameJson } from './organization-json.ts';
import { organizationPatch } from './organization-patch.ts';
import { listed, listingIn } from '../http/paging.ts';
import { requiredIn, splitId, textOf, textsIn } from '../http/query.ts';
import { contradiction, namedIn, namesInId, unambiguous } from '../request/named-object.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { AFFECTED, input, list, orNull, TEXT } from '../http/schema.ts';

export interface SeenOrganizationsNeeds {
  readonly organizations: Pick<OrganizationDirectory, 'list' | 'find'>;
}

export interface OrganizationRoutesNeeds {
  readonly organizations: OrganizationDirectory;
  readonly audit: AuditLog;
}

/** Whose caller may see what: global ones all, everybody else the one they belong to. */
async function visible({ organizations }: SeenOrganizationsNeeds, { caller }: Call) {
  if (isGlobal(caller)) return organizations.list();
  const own = caller.kind === 'user' ? await organizations.find(caller.organization) : undefined;
  return own ? [own] : [];
}

/** Organizations, seen. */
export const seenOrganizationRoutes = (needs: SeenOrganizationsNeeds): Route[] => [
  getOrganizations(needs),
  getOrganizationNames(needs),
  getOrganization(needs),
];

/** Organizations: seen, added, changed, deleted. */
export const organizationRoutes = (needs: OrganizationRoutesNeeds): Route[] => [
  ...seenOrganizationRoutes(needs),
  addOrganization(needs),
  updateOrganization(needs),
  deleteOrganization(needs),
];

const getOrganizations = (needs: SeenOrganizationsNeeds): Route => ({
  method: 'GET',
  path: '/api/get-organizations',
  rule: 'signedIn',
  summary: 'Organizations that the caller may see.',
  query: { owner: 'admin', organizationName: 'only this one' },
  listed: ORGANIZATION_FIELDS,
  answers: { data: list(ORGANIZATION.ref) },
  answer: async (call) => {
    const listing = listingIn(call.query, ORGANIZATION_FIELDS);
    const only = call.text('organizationName');
    const seen = (await visible(needs, call)).filter(({ name }) => only === '' || name === only);
    const { rows, total } = listed(seen, listing, (row, field) => row[field]);
    const shown = rows.map((row) => organizationJson(row, isGlobal(call.caller)));
    return okList(shown, listing.page, total);
  },
});

const getOrganizationNames = (needs: SeenOrganizationsNeeds): Route => ({
  method: 'GET',
  path: '/api/get-organization-names',
  rule: 'signedIn',
  summary: 'Names of the organizations that the caller may see.',
  query: { owner: 'admin' },
  answers: { data: list(ORGANIZATION.ref) },
  answer: async (call) => ok((await visible(needs, call)).map((row) => organizationNameJson(row))),
});

const getOrganization = ({ organizations }: SeenOrganizationsNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-organization',
    rule: 'member',
    summary: 'One organization, or null.',
    query: { id: required('admin/NAME') },
    answers: { data: orNull(ORGANIZATION.ref) },
    find: (call) => {
      const id = requiredIn(call.query, 'id');
      const { name } = splitId(id);
      return { organizations: [name], target: id, object: name };
    },
    answer: async (call, { object: name }) => {
      const found = await organizations.find(name);
      if (!found) return ok(null);
      const { mfaRememberInHours, ...json } = organizationJson(found, isGlobal(call.caller));
      return ok({ ...json, mfaRememberInHours: mfaRememberInHours || MFA_REMEMBERED_HOURS });
    },
  });

/** What Casdoor shows in an organization that says nothing of it; its page saves what it was shown. */
const MFA_REMEMBERED_HOURS = 12;

/** Administrators of the organization read the log: nothing of it that is hidden from them stands there. */
async function settingsOf(organizations: OrganizationRoutesNeeds['organizations'], name: string) {
  const found = await organizations.find(name);
  return found && organizationJson(found, false);
}

const addOrganization = ({ organizations, audit }: OrganizationRoutesNeeds): Route => ({
  method: 'POST',
  path: '/api/add-organization',
  rule: 'global',
  summary: 'Adds an organization.',
  body: ORGANIZATION_INPUT.ref,
  answers: { data: AFFECTED },
  answer: async (call) => {
    const name = textOf(call.body, 'name');
    const entry = { action: 'add-organization' as const, organization: '', target: name };
    const work = async () => {
      await organizations.add(organizationPatch(call.body));
      return settingsOf(organizations, name);
    };
    await audit.during(call.actor, entry, work, (added) => ({
      ...(added && { changes: settingsChanges(undefined, added) }),
    }));
    return affected(true);
  },
});

/**
 * Organizations belong to `admin`; some programs call them their own. Of any other owner there is none.
 *
 * @throws Refusal
 */
function refuseOtherOwner(call: Call, name: string): void {
  const owners = [...namesInId(call).organizations, ...namedIn(call, 'owner')];
  const other = owners.find((owner) => owner !== '' && owner !== OWNER_OF_ORGANIZATIONS && owner !== name);
  if (other !== undefined) throw contradiction([`${OWNER_OF_ORGANIZATIONS}/${name}`, `${other}/${name}`]);
}

const updateOrganization = ({ organizations, audit }: OrganizationRoutesNeeds): Route => ({
  method: 'POST',
  path: '/api/update-organization',
  rule: 'global',
  summary: 'Changes an organization; absent keys keep. One with users or syncers keeps its name.',
  query: { id: required('admin/NAME before the change') },
  body: ORGANIZATION_INPUT.ref,
  answers: { data: AFFECTED },
  answer: async (call) => {
    const named = namesInId(call).names;
    const { word: name, refusal } = unambiguous(named.length > 0 ? named : [textOf(call.body, 'name')]);
    if (refusal) throw refusal;
    if (name === '') requiredIn(call.query, 'id');
    refuseOtherOwner(call, name);
    const entry = { action: 'update-organization' as const, organization: name, target: name };
    const before = await settingsOf(organizations, name);
    const patch = organizationPatch(call.body);
    const work = async () => {
      const isThere = await organizations.update(name, patch);
      return { isThere, after: isThere && before ? await settingsOf(organizations, patch.name ?? name) : undefined };
    };
    const { isThere } = await audit.during(call.actor, entry, work, ({ after }) => ({
      ...(after && { changes: settingsChanges(before, after, call.body) }),
    }));
    return affected(isThere);
  },
});

const deleteOrganization = ({ organizations, audit }: OrganizationRoutesNeeds): Route => ({
  method: 'POST',
  path: '/api/delete-organization',
  rule: 'global',
  summary: 'Deletes an organization with its groups; one with users or syncers stays.',
  body: input({ owner: TEXT, name: TEXT }, ['name']),
  answers: { data: AFFECTED },
  answer: async (call) => {
    const { word: name, refusal } = unambiguous([
      textOf(call.body, 'name'),
      ...namesInId(call).names,
      ...textsIn(call.query, 'name'),
    ]);
    if (refusal) throw refusal;
    refuseOtherOwner(call, name);
    const entry = { action: 'delete-organization' as const, organization: name, target: name };
    const before = await settingsOf(organizations, name);
    const done = (isGone: boolean): Done => (isGone && before ? { changes: settingsRemoved(before) } : {});
    return affected(await audit.during(call.actor, entry, () => organizations.remove(name), done));
  },
});

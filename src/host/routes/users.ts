import { Readable } from 'node:stream';
import { text } from '../../syncer/text.ts';
import { audited } from '../audited.ts';
import { isAccount } from '../auth/authorize.ts';
import { callerName, confinedTo } from '../auth/caller.ts';
import type { Call } from '../call.ts';
import { affected, ok } from '../envelope.ts';
import type { HostParts } from '../host-parts.ts';
import { listingIn } from '../paging.ts';
import { requiredIn, splitId, textOf } from '../query.ts';
import { Refusal } from '../refusal.ts';
import { organizationRoute, type Route } from '../route.ts';
import { AFFECTED, input, list, orNull, ref, TEXT, WHOLE } from '../schema.ts';
import { USER_FIELDS, type FoundUser, type UserQuery } from '../user-directory.ts';
import { userPatch, type UserPatch } from '../user-patch.ts';

const NOT_ONESELF = text(
  'You cannot delete your own account, forbid it, or give up being an administrator.',
  '不能删除、禁用自己的账号，也不能取消自己的管理员身份。',
);

/** The list of accounts that the query means. */
function wantedIn(call: Call, organization: string | undefined): UserQuery {
  const group = call.text('groupName');
  return {
    listing: listingIn(call.query, USER_FIELDS),
    ...(organization === undefined ? {} : { organization }),
    ...(group === '' ? {} : { group: group.includes('/') ? group : `${organization ?? ''}/${group}` }),
  };
}

/** An envelope whose `data` is written while it is read: all accounts of a large organization fit in no memory. */
async function* envelopeOf(parts: HostParts, stretches: AsyncIterable<readonly FoundUser[]>): AsyncGenerator<string> {
  yield '{"status":"ok","msg":"","sub":"","name":"","data":[';
  let separator = '';
  for await (const stretch of stretches) {
    const rows = stretch.map(({ row, holding }) => JSON.stringify(parts.userJson.of(row, holding)));
    yield separator + rows.join(',');
    separator = ',';
  }
  yield '],"data2":null,"data3":null}';
}

async function listUsers(parts: HostParts, call: Call, organization: string | undefined): Promise<unknown> {
  const wanted = wantedIn(call, organization);
  const { page } = wanted.listing;
  if (!page) {
    return call.reply
      .type('application/json; charset=utf-8')
      .send(Readable.from(envelopeOf(parts, parts.users.all(wanted))));
  }
  const { rows, total } = await parts.users.page(wanted, page);
  return ok(
    rows.map(({ row, holding }) => parts.userJson.of(row, holding)),
    { data2: total },
  );
}

/** The organization that a query for one account is about; undefined = all of them. */
function organizationOf(call: Call): string | undefined {
  const id = call.text('id');
  if (id !== '') return splitId(id).owner;
  return call.text('owner') || confinedTo(call.caller);
}

async function one(parts: HostParts, call: Call, organization: string | undefined): Promise<FoundUser | undefined> {
  const id = call.text('id');
  if (id !== '') {
    const { owner, name } = splitId(id);
    return parts.users.find(owner, name);
  }
  const [userId, email, phone] = [call.text('userId'), call.text('email'), call.text('phone')];
  if (userId !== '') return parts.users.findBy('id', userId, organization);
  if (email !== '') return parts.users.findBy('email', email, organization);
  if (phone !== '') return parts.users.findBy('phone', phone, organization);
  requiredIn(call.query, 'id');
  return undefined;
}

/** A list of one organization, or of all that the caller administers. */
const ownerIn = (call: Call) => {
  const owner = call.text('owner');
  return { organizations: owner === '' ? [] : [owner], target: owner };
};

/** One account, whether there is one or not. */
const accountIn = (organization: string, name: string) => ({
  organizations: [organization],
  target: `${organization}/${name}`,
  object: { organization, name },
});

/** Nobody locks himself out: so there is always an administrator left who can undo things. */
function refuseSelfHarm(call: Call, organization: string, name: string, patch: UserPatch): void {
  if (!isAccount(call.caller, organization, name)) return;
  const { isAdmin, isDeleted, isForbidden } = patch.flags;
  if (isAdmin === false || isDeleted === true || isForbidden === true) throw new Refusal(NOT_ONESELF);
}

/** Accounts: found, listed, added, changed, deleted. */
export const userRoutes = (parts: HostParts): Route[] => [
  organizationRoute({
    method: 'GET',
    path: '/api/get-users',
    rule: 'organization',
    summary: 'Accounts of an organization, by name.',
    query: { owner: 'the organization', groupName: 'only members of this group' },
    listed: USER_FIELDS,
    answers: { data: list(ref('User')) },
    find: (call) => ({ ...ownerIn(call), object: undefined }),
    answer: (call, { organization }) => listUsers(parts, call, organization),
  }),
  {
    method: 'GET',
    path: '/api/get-global-users',
    rule: 'global',
    summary: 'Accounts of all organizations.',
    listed: USER_FIELDS,
    answers: { data: list(ref('User')) },
    answer: (call) => listUsers(parts, call, undefined),
  },
  organizationRoute({
    method: 'GET',
    path: '/api/get-user',
    rule: 'account',
    summary: 'One account, or null; everybody may see their own.',
    query: { id: 'ORG/NAME', owner: 'with userId', userId: 'value of "id"', email: 'of whom', phone: 'of whom' },
    answers: { data: orNull(ref('User')) },
    // Whoever may see only himself learns of nobody else, not even that there is nobody.
    find: async (call) => {
      const organization = organizationOf(call);
      const found = await one(parts, call, organization);
      return {
        organizations: organization === undefined ? [] : [organization],
        target: call.text('id') || (organization ?? ''),
        account: found && { organization: found.row.owner, name: found.row.name },
        object: found,
      };
    },
    answer: async (_, { object: found }) => ok(found ? parts.userJson.of(found.row, found.holding) : null),
  }),
  organizationRoute({
    method: 'GET',
    path: '/api/get-user-count',
    rule: 'organization',
    summary: 'How many accounts an organization has.',
    query: { owner: 'the organization', isOnline: '1 or 0: only those' },
    answers: { data: WHOLE },
    find: (call) => ({ ...ownerIn(call), object: undefined }),
    answer: async (call, { organization }) => {
      const online = call.text('isOnline');
      const wanted = wantedIn(call, organization);
      return ok(
        await parts.users.count(online === '' ? wanted : { ...wanted, isOnline: ['1', 'true'].includes(online) }),
      );
    },
  }),
  organizationRoute({
    method: 'POST',
    path: '/api/add-user',
    rule: 'organization',
    summary: 'Adds an account.',
    body: ref('UserInput'),
    answers: { data: AFFECTED },
    find: (call) => accountIn(textOf(call.body, 'owner'), textOf(call.body, 'name')),
    answer: async (call, { object: { organization } }) => {
      await parts.organizations.require(organization);
      const patch = userPatch(call.body);
      const target = `${organization}/${patch.name ?? ''}`;
      await audited(parts, call, { action: 'add-user', organization, target }, () =>
        parts.userEditor.add(organization, patch, callerName(call.caller)),
      );
      return affected(true);
    },
  }),
  organizationRoute({
    method: 'POST',
    path: '/api/update-user',
    rule: 'organization',
    summary: 'Changes an account: with "columns" those alone, without it every key of the body that is known.',
    query: { id: 'ORG/NAME before the change', columns: 'displayName,isForbidden,…' },
    body: ref('UserInput'),
    answers: { data: AFFECTED },
    find: (call) => {
      const id = call.text('id') || `${textOf(call.body, 'owner')}/${textOf(call.body, 'name')}`;
      const { owner, name } = splitId(id);
      return accountIn(owner, name);
    },
    answer: async (call, { object: { organization: owner, name } }) => {
      const patch = userPatch(call.body, call.text('columns'));
      refuseSelfHarm(call, owner, name, patch);
      const entry = { action: 'update-user' as const, organization: owner, target: `${owner}/${name}` };
      return affected(await audited(parts, call, entry, () => parts.userEditor.update(owner, name, patch)));
    },
  }),
  organizationRoute({
    method: 'POST',
    path: '/api/delete-user',
    rule: 'organization',
    summary: 'Deletes an account.',
    body: input({ owner: TEXT, name: TEXT }, ['owner', 'name']),
    answers: { data: AFFECTED },
    find: (call) => accountIn(textOf(call.body, 'owner'), textOf(call.body, 'name')),
    answer: async (call, { object: { organization, name } }) => {
      if (isAccount(call.caller, organization, name)) throw new Refusal(NOT_ONESELF);
      const entry = { action: 'delete-user' as const, organization, target: `${organization}/${name}` };
      return affected(await audited(parts, call, entry, () => parts.userEditor.remove(organization, name)));
    },
  }),
];

import { Readable } from 'node:stream';
import { text } from '../../syncer/text.ts';
import { audited } from '../audited.ts';
import { administers, callerName, isGlobal } from '../auth/caller.ts';
import type { Call } from '../call.ts';
import { affected, ok } from '../envelope.ts';
import type { HostParts } from '../host-parts.ts';
import { listingIn } from '../paging.ts';
import { requiredIn, splitId, textOf } from '../query.ts';
import { Refusal, Unauthorized } from '../refusal.ts';
import type { Route } from '../route.ts';
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
  return call.text('owner') || (isGlobal(call.caller) ? undefined : ownOrganization(call));
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

const ownOrganization = (call: Call): string => (call.caller.kind === 'user' ? call.caller.organization : '');

const isOneself = (call: Call, organization: string, name: string): boolean =>
  call.caller.kind === 'user' && call.caller.organization === organization && call.caller.name === name;

/** Nobody locks himself out: so there is always an administrator left who can undo things. */
function refuseSelfHarm(call: Call, organization: string, name: string, patch: UserPatch): void {
  if (!isOneself(call, organization, name)) return;
  const { isAdmin, isDeleted, isForbidden } = patch.flags;
  if (isAdmin === false || isDeleted === true || isForbidden === true) throw new Refusal(NOT_ONESELF);
}

/** Accounts: found, listed, added, changed, deleted. */
export const userRoutes = (parts: HostParts): Route[] => [
  {
    method: 'GET',
    path: '/api/get-users',
    summary: 'Accounts of an organization, by name.',
    query: { owner: 'the organization', groupName: 'only members of this group' },
    listed: USER_FIELDS,
    answers: { data: list(ref('User')) },
    answer: async (call) => {
      const organization = call.enterOptional(call.text('owner'));
      return listUsers(parts, call, organization);
    },
  },
  {
    method: 'GET',
    path: '/api/get-global-users',
    summary: 'Accounts of all organizations.',
    listed: USER_FIELDS,
    answers: { data: list(ref('User')) },
    answer: (call) => listUsers(parts, call, undefined),
  },
  {
    method: 'GET',
    path: '/api/get-user',
    summary: 'One account, or null; everybody may see their own.',
    query: { id: 'ORG/NAME', owner: 'with userId', userId: 'value of "id"', email: 'of whom', phone: 'of whom' },
    answers: { data: orNull(ref('User')) },
    answer: async (call) => {
      const organization = organizationOf(call);
      const mayAll = organization === undefined ? isGlobal(call.caller) : administers(call.caller, organization);
      const found = await one(parts, call, organization);
      // Whoever may see only himself learns of nobody else, not even that there is nobody.
      if (!mayAll && !(found && isOneself(call, found.row.owner, found.row.name))) throw new Unauthorized();
      return ok(found ? parts.userJson.of(found.row, found.holding) : null);
    },
  },
  {
    method: 'GET',
    path: '/api/get-user-count',
    summary: 'How many accounts an organization has.',
    query: { owner: 'the organization', isOnline: '1 or 0: only those' },
    answers: { data: WHOLE },
    answer: async (call) => {
      const organization = call.enterOptional(call.text('owner'));
      const online = call.text('isOnline');
      const wanted = wantedIn(call, organization);
      return ok(
        await parts.users.count(online === '' ? wanted : { ...wanted, isOnline: ['1', 'true'].includes(online) }),
      );
    },
  },
  {
    method: 'POST',
    path: '/api/add-user',
    summary: 'Adds an account.',
    body: ref('UserInput'),
    answers: { data: AFFECTED },
    answer: async (call) => {
      const organization = textOf(call.body, 'owner');
      call.enter(organization);
      await parts.organizations.require(organization);
      const patch = userPatch(call.body);
      const target = `${organization}/${patch.name ?? ''}`;
      await audited(parts, call, { action: 'add-user', organization, target }, () =>
        parts.userEditor.add(organization, patch, callerName(call.caller)),
      );
      return affected(true);
    },
  },
  {
    method: 'POST',
    path: '/api/update-user',
    summary: 'Changes an account: with "columns" those alone, without it every key of the body that is known.',
    query: { id: 'ORG/NAME before the change', columns: 'displayName,isForbidden,…' },
    body: ref('UserInput'),
    answers: { data: AFFECTED },
    answer: async (call) => {
      const id = call.text('id') || `${textOf(call.body, 'owner')}/${textOf(call.body, 'name')}`;
      const { owner, name } = splitId(id);
      call.enter(owner);
      const patch = userPatch(call.body, call.text('columns'));
      refuseSelfHarm(call, owner, name, patch);
      const entry = { action: 'update-user' as const, organization: owner, target: `${owner}/${name}` };
      return affected(await audited(parts, call, entry, () => parts.userEditor.update(owner, name, patch)));
    },
  },
  {
    method: 'POST',
    path: '/api/delete-user',
    summary: 'Deletes an account.',
    body: input({ owner: TEXT, name: TEXT }, ['owner', 'name']),
    answers: { data: AFFECTED },
    answer: async (call) => {
      const [organization, name] = [textOf(call.body, 'owner'), textOf(call.body, 'name')];
      call.enter(organization);
      if (isOneself(call, organization, name)) throw new Refusal(NOT_ONESELF);
      const entry = { action: 'delete-user' as const, organization, target: `${organization}/${name}` };
      return affected(await audited(parts, call, entry, () => parts.userEditor.remove(organization, name)));
    },
  },
];

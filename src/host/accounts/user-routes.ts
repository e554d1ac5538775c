import { Readable } from 'node:stream';
import type { UserRow } from '../../storage/entities/index.ts';
import { text } from '../../syncer/text.ts';
import { isAccount } from '../auth/authorize.ts';
import { callerName, confinedTo, type Caller } from '../auth/caller.ts';
import type { Call } from '../request/call.ts';
import { affected, ok } from '../http/envelope.ts';
import type { HostParts } from '../host-parts.ts';
import { disagreement, distinct, namesInId, saidIn } from '../request/named-object.ts';
import { listingIn } from '../http/paging.ts';
import { requiredIn, textIn, textOf, textsIn } from '../http/query.ts';
import { Refusal } from '../../service/refusal.ts';
import { organizationRoute, type Route, type Subject } from '../request/route.ts';
import { AFFECTED, input, list, orNull, ref, TEXT, WHOLE } from '../http/schema.ts';
import { USER_FIELDS, type FoundUser, type UserQuery } from './user-directory.ts';
import { proveIfOneself } from './set-password-routes.ts';
import { userPatch, type UserPatch } from './user-patch.ts';

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

/** The organizations that a query for one account names. */
const organizationsIn = (call: Call): string[] =>
  distinct([...namesInId(call).organizations, ...textsIn(call.query, 'owner')]);

/** Every key that came is this account's. */
const isWhoIsAsked = (call: Call, { row }: FoundUser): boolean =>
  namesInId(call).names.every((name) => isSame(name, row.name)) &&
  textsIn(call.query, 'userId').every((id) => isSame(id, row.id)) &&
  textsIn(call.query, 'email').every((email) => isSame(email, row.email)) &&
  textsIn(call.query, 'phone').every((phone) => isSame(phone, row.phone));

/** Without case, as some databases find. */
const isSame = (said: string, stored: string | null): boolean => said.toLowerCase() === stored?.toLowerCase();

async function one(parts: HostParts, call: Call, organization: string | undefined): Promise<FoundUser | undefined> {
  const [named] = namesInId(call).names;
  if (named !== undefined) return parts.users.find(organization ?? '', named);
  const [userId, email, phone] = [call.text('userId'), call.text('email'), call.text('phone')];
  if (userId !== '') return parts.users.findBy('id', userId, organization);
  if (email !== '') return parts.users.findBy('email', email, organization);
  if (phone !== '') return parts.users.findBy('phone', phone, organization);
  requiredIn(call.query, 'id');
  return undefined;
}

/** A list of one organization, or of all that the caller administers. */
function ownerIn(call: Call): Subject<undefined> {
  const [group, ...rest] = call.text('groupName').split('/');
  const ofGroup = rest.length > 0 && group !== undefined ? [group] : [];
  const organizations = distinct([...textsIn(call.query, 'owner'), ...ofGroup]);
  const touched = { organizations, target: organizations[0] ?? '' };
  if (organizations.length > 1) return { ...touched, refusal: disagreement(organizations) };
  return { ...touched, object: undefined };
}

/** Whatever names an account in a call: `id`, or `owner` and `userId`, in the query; keys of the body. */
function accountNamesIn(call: Call) {
  const inId = namesInId(call);
  return {
    organizations: distinct([...inId.organizations, ...saidIn(call, 'owner')]),
    inQuery: distinct(inId.names),
    inBody: distinct([textOf(call.bodyIfAny, 'name')]),
    userIds: distinct(saidIn(call, 'userId')),
  };
}

/** One account that is to be, under one name. */
function newAccount(call: Call): Subject<{ readonly organization: string; readonly name: string }> {
  const { organizations, inQuery, inBody } = accountNamesIn(call);
  const names = distinct([...inQuery, ...inBody]);
  const [organization = '', name = ''] = [organizations[0], names[0]];
  // An account belongs to some organization: "" is none, and not all of them.
  const touched = { organizations: organizations.length > 0 ? organizations : [''], target: `${organization}/${name}` };
  for (const words of [organizations, names]) {
    if (words.length > 1) return { ...touched, refusal: disagreement(words) };
  }
  return { ...touched, object: { organization, name } };
}

/**
 * One account that is there: the one of `id`, or of `owner` and `userId`, whatever the body calls it; without either the
 * body's.
 *
 * @param mayRename the body's name is what it is to be called
 */
export async function storedAccount(
  parts: HostParts,
  call: Call,
  mayRename: boolean,
): Promise<Subject<FoundUser | undefined>> {
  const { organizations, inQuery, inBody, userIds } = accountNamesIn(call);
  const isKeyed = inQuery.length > 0 || userIds.length > 0;
  const names = mayRename && isKeyed ? inQuery : distinct([...inQuery, ...inBody]);
  const organization = organizations[0] ?? confinedTo(call.caller) ?? '';
  const touched = {
    organizations: organizations.length > 0 ? organizations : [organization],
    target: `${organization}/${names[0] ?? userIds[0] ?? ''}`,
  };
  for (const words of [organizations, names, userIds]) {
    if (words.length > 1) return { ...touched, refusal: disagreement(words) };
  }
  const [[name], [userId]] = [names, userIds];
  if (name === undefined && userId === undefined) return { ...touched, refusal: NAMELESS };
  const found =
    name === undefined
      ? await parts.users.findBy('id', userId ?? '', organization)
      : await parts.users.find(organization, name);
  if (found && userId !== undefined && userId !== found.row.id) {
    return { ...touched, refusal: disagreement([touched.target, userId]) };
  }
  return { ...touched, object: found };
}

const NAMELESS = new Refusal(
  text('Name the account: "id", or "owner" and "userId".', '请用 id，或 owner 和 userId 指明用户。'),
);
const IMMUTABLE = new Refusal(text('The ID is immutable.', 'ID 不可更改。'));

/**
 * An `id` in the body that is not the stored one is another person's object; an empty one is an object that was never
 * read, whose other keys would empty everything that is stored.
 *
 * @throws Refusal in Casdoor's words
 */
function refuseOtherId({ body, query }: Call, { row }: FoundUser): void {
  const { id } = body;
  if (id === undefined || id === null || id === row.id) return;
  if (id === '' && textIn(query, 'columns') !== '') return;
  throw IMMUTABLE;
}

/** In Casdoor's words. */
export function noSuchUser(call: Call): Refusal {
  const { organizations, inQuery, inBody, userIds } = accountNamesIn(call);
  const organization = organizations[0] ?? confinedTo(call.caller) ?? '';
  const id = `${organization}/${inQuery[0] ?? userIds[0] ?? inBody[0] ?? ''}`;
  return new Refusal(text(`The user: ${id} doesn't exist`, `用户 ${id} 不存在`));
}

/** Nobody locks himself out. Judged by the row: some databases find it by other spellings of the name too. */
function refuseSelfHarm(caller: Caller, row: UserRow, { isAdmin, isDeleted, isForbidden }: UserPatch['flags']): void {
  if (!isAccount(caller, row.owner, row.name)) return;
  const demotes = isAdmin === false && row.isAdmin;
  if (demotes || isDeleted || isForbidden) throw new Refusal(NOT_ONESELF);
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
    find: ownerIn,
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
      const organizations = organizationsIn(call);
      const organization = organizations[0] ?? confinedTo(call.caller);
      const found = organizations.length > 1 ? undefined : await one(parts, call, organization);
      const touched = {
        organizations: organization === undefined ? [] : distinct([organization, ...organizations]),
        target: call.text('id') || (organization ?? ''),
        account: found && { organization: found.row.owner, name: found.row.name },
      };
      if (organizations.length > 1) return { ...touched, refusal: disagreement(organizations) };
      if (found && !isWhoIsAsked(call, found))
        return { ...touched, refusal: disagreement([touched.target, found.row.name]) };
      return { ...touched, object: found };
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
    find: ownerIn,
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
    find: newAccount,
    answer: async (call, { object: { organization, name } }) => {
      await parts.organizations.require(organization);
      const patch = userPatch({ ...call.body, name });
      const target = `${organization}/${name}`;
      await parts.audit.during(call, { action: 'add-user', organization, target }, () =>
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
    query: {
      id: 'ORG/NAME before the change',
      owner: 'with userId',
      userId: 'value of "id"',
      columns: 'displayName,isForbidden,…',
    },
    body: ref('UserInput'),
    answers: { data: AFFECTED },
    find: (call) => storedAccount(parts, call, true),
    answer: async (call, { object: found }) => {
      if (!found) throw noSuchUser(call);
      const { owner, name } = found.row;
      refuseOtherId(call, found);
      const patch = userPatch(call.body, call.text('columns'));
      const entry = { action: 'update-user' as const, organization: owner, target: `${owner}/${name}` };
      const changed = await parts.audit.during(call, entry, async () => {
        if (patch.password !== undefined) await proveIfOneself(parts, call, found.row);
        return parts.userEditor.update(owner, name, patch, (row) => refuseSelfHarm(call.caller, row, patch.flags));
      });
      return affected(changed);
    },
  }),
  organizationRoute({
    method: 'POST',
    path: '/api/delete-user',
    rule: 'organization',
    summary: 'Deletes an account.',
    body: input({ owner: TEXT, name: TEXT }, ['owner', 'name']),
    answers: { data: AFFECTED },
    find: (call) => storedAccount(parts, call, false),
    answer: async (call, { object: found }) => {
      if (!found) return affected(false);
      const { owner: organization, name } = found.row;
      const id = textOf(call.body, 'id');
      if (id !== '' && id !== found.row.id) throw disagreement([`${organization}/${name}`, id]);
      const entry = { action: 'delete-user' as const, organization, target: `${organization}/${name}` };
      const deleted = await parts.audit.during(call, entry, () =>
        parts.userEditor.remove(organization, name, (row) => refuseSelfHarm(call.caller, row, { isDeleted: true })),
      );
      return affected(deleted);
    },
  }),
];

import { Refusal } from '../../service/refusal.ts';
import { text } from '../../syncer/text.ts';
import { confinedTo, type Caller } from '../auth/caller.ts';
import { textOf, textsIn } from '../http/query.ts';
import type { Call } from '../request/call.ts';
import {
  contradiction,
  distinct,
  namesInId,
  namedIn,
  oneNamed,
  refuseSlashedName,
  severalIn,
  type Named,
} from '../request/named-object.ts';
import type { Subject } from '../request/route.ts';
import { isSpelling } from '../../storage/text-value.ts';
import type { FoundUser, UserDirectory } from '../../storage/accounts/user-directory.ts';

/**
 * The account that a query asks for. Whoever may see only himself learns of nobody else, not even that there is nobody.
 */
export async function askedAccount(users: UserDirectory, call: Call): Promise<Subject<FoundUser | undefined>> {
  const organizations = organizationsIn(call);
  if (!isAnybodyAsked(call)) return { organizations, target: '', account: accountOf(call.caller), object: undefined };
  const organization = organizations[0] ?? confinedTo(call.caller);
  const found = organizations.length > 1 ? undefined : await one(users, call, organization);
  const touched = {
    organizations: organization === undefined ? [] : distinct([organization, ...organizations]),
    target: call.text('id') || (organization ?? ''),
    account: found && { organization: found.row.owner, name: found.row.name },
  };
  const refusal = severalIn(organizations);
  if (refusal) return { ...touched, refusal };
  if (found && !isWhoIsAsked(call, found))
    return { ...touched, refusal: contradiction([touched.target, found.row.name]) };
  return { ...touched, object: found };
}

/** Clients ask for nobody when nothing was filled in; that is answered with nobody, and no error. */
const isAnybodyAsked = (call: Call): boolean =>
  ['id', 'userId', 'email', 'phone'].some((key) => textsIn(call.query, key).length > 0);

const accountOf = (caller: Caller) =>
  caller.kind === 'user' ? { organization: caller.organization, name: caller.name } : undefined;

/** The organizations that a query for one account names. */
const organizationsIn = (call: Call): string[] =>
  distinct([...namesInId(call).organizations, ...textsIn(call.query, 'owner'), ...textsIn(call.query, 'organization')]);

/** Every key that came is this account's. */
const isWhoIsAsked = (call: Call, { row }: FoundUser): boolean =>
  [...namesInId(call).names, ...textsIn(call.query, 'name')].every((name) => isSpelling(name, row.name)) &&
  textsIn(call.query, 'userId').every((id) => isSpelling(id, row.id)) &&
  textsIn(call.query, 'email').every((email) => isSpelling(email, row.email)) &&
  textsIn(call.query, 'phone').every((phone) => isSpelling(phone, row.phone));

async function one(users: UserDirectory, call: Call, organization: string | undefined): Promise<FoundUser | undefined> {
  const [named] = namesInId(call).names;
  if (named !== undefined) return users.find(organization ?? '', named);
  const [userId, email, phone] = [call.text('userId'), call.text('email'), call.text('phone')];
  if (userId !== '') return users.findBy('id', userId, organization);
  if (email !== '') return users.findBy('email', email, organization);
  return users.findBy('phone', phone, organization);
}

/** Whatever names an account in a call: `id`, or `owner` and `userId`, in the query; keys of the body. */
function accountNamesIn(call: Call) {
  const inId = namesInId(call);
  return {
    organizations: distinct([...inId.organizations, ...namedIn(call, 'owner', 'organization')]),
    inQuery: distinct([...inId.names, ...textsIn(call.query, 'name')]),
    inBody: distinct([textOf(call.bodyIfAny, 'name')]),
    userIds: distinct(namedIn(call, 'userId')),
  };
}

/** One account that is to be, under one name. */
export function newAccount(call: Call): Subject<Named> {
  refuseSlashedName(call);
  const { organizations, inQuery, inBody } = accountNamesIn(call);
  return oneNamed({ organizations, names: [...inQuery, ...inBody] });
}

/**
 * One account that is there: the one of `id`, or of `owner` and `userId`, whatever the body calls it; without either the
 * body's.
 *
 * @param mayRename the body's name is what it is to be called
 */
export async function storedAccount(
  users: UserDirectory,
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
  const refusal = severalIn(organizations, names, userIds);
  if (refusal) return { ...touched, refusal };
  const [[name], [userId]] = [names, userIds];
  if (name === undefined && userId === undefined) return { ...touched, refusal: NAMELESS };
  const found =
    name === undefined ? await users.findBy('id', userId ?? '', organization) : await users.find(organization, name);
  if (found && name !== undefined && userId !== undefined && userId !== found.row.id) {
    return { ...touched, refusal: contradiction([touched.target, userId]) };
  }
  const idInBody = mayRename ? '' : textOf(call.bodyIfAny, 'id');
  if (found && idInBody !== '' && !isIdOf(idInBody, found)) {
    return { ...touched, refusal: contradiction([touched.target, idInBody]) };
  }
  return { ...touched, object: found };
}

/** Of an account as Casdoor sends it, or `ORG/NAME`. */
const isIdOf = (id: string, { row }: FoundUser): boolean => id === row.id || isSpelling(id, `${row.owner}/${row.name}`);

const NAMELESS = new Refusal(
  text('Name the account: "id", or "owner" and "userId".', '请用 id，或 owner 和 userId 指明用户。'),
);

/**
 * In Casdoor's words.
 *
 * @param id `ORG/NAME`
 */
export const noUserOf = (id: string): Refusal =>
  new Refusal(text(`The user: ${id} doesn't exist`, `用户 ${id} 不存在`));

/** Nobody is there whom the call names. */
export function noSuchUser(call: Call): Refusal {
  const { organizations, inQuery, inBody, userIds } = accountNamesIn(call);
  const organization = organizations[0] ?? confinedTo(call.caller) ?? '';
  return noUserOf(`${organization}/${inQuery[0] ?? userIds[0] ?? inBody[0] ?? ''}`);
}

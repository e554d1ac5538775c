import type { Account, AccountLink, AccountUpdate, Decision, HeldAccount, NewAccount } from '../../identity/account.ts';
import type { Change, ChangeKind, FieldChange } from '../../identity/change.ts';
import type { ColumnLimits } from '../../identity/column-limits.ts';
import { keyOf, type ExternalKey } from '../../syncer/external-id.ts';
import type { ProfileField, ProfileNote, ProfileValues, UserProfile } from '../../syncer/profile.ts';
import { text, type Text } from '../../syncer/text.ts';
import { fitValues } from './fit-values.ts';
import { fingerprintOf, isHandedOn } from './person.ts';
import { mergeMemberships, sameGroups, type Memberships } from './memberships.ts';

/** Where a profile is to be written, and within which bounds. */
export interface PlanContext {
  readonly organization: string;
  readonly limits: ColumnLimits;
  /** `ORG/<group>` names by department; undefined = memberships are not synced. */
  readonly groupNames: ReadonlyMap<ExternalKey, string> | undefined;
  /** Name of the login column, as it is called in the change list. */
  readonly bindingColumn: string;
  /** A person asked for this very member: what a person deleted comes back. */
  readonly restoresDeleted?: boolean;
  /** What a person gives back keeps its password, bindings and sessions. */
  readonly keepsSignIn?: boolean;
}

/** A lock-out that the sweep has to weigh: never applied on the page where it was found. */
interface PendingLockOut {
  readonly key: ExternalKey;
  /** As the directory spells it now. */
  readonly userid: string;
  readonly reason: Text;
}

/** What is to be done for one member. */
export interface AccountPlan {
  readonly kind:
    | Extract<ChangeKind, 'create' | 'update' | 'restore' | 'link' | 'conflict' | 'skip'>
    | 'unchanged'
    /** Nobody of ours, and nothing to do: neither listed nor counted. */
    | 'none';
  readonly userid: string;
  /** `ORG/NAME`, or "" where there is no account. */
  readonly user: string;
  readonly fields: readonly FieldChange[];
  readonly reason: Text;
  /** A skip that is as it should be: nothing failed, the account is to stay as it is, in these groups. */
  readonly keeps?: readonly string[];
  readonly create?: NewAccount;
  readonly update?: AccountUpdate;
  readonly link?: AccountLink;
  /** The key under which the account was held until now; its link goes. */
  readonly formerKey?: ExternalKey;
  readonly lockOut?: PendingLockOut;
  /** A change beside that of the plan, for a person to look at. */
  readonly report?: Pick<Change, 'kind' | 'user' | 'fields' | 'reason'>;
  /** The directory shows somebody under this key who may be another person: planned again when a person said that it is the same. */
  readonly handedOn?: true;
  /** What a person said of this member. */
  readonly decision?: Decision;
  /** A person gave somebody this account: whatever let anybody in before ends. */
  readonly endsSignIn?: true;
  /** Set: once this is applied, the account is one more of this syncer's that can sign in. */
  readonly grants?: true;
  readonly notes: readonly ProfileNote[];
}

/**
 * Plans a member whose account this syncer holds.
 *
 * @param isConfirmed a person said that it is this member's whatever the directory says
 */
export function planHeld(
  profile: UserProfile,
  held: HeldAccount & { account: Account },
  context: PlanContext,
  isConfirmed = false,
): AccountPlan {
  const { account, link } = held;
  const isDeleted = account.isDeleted && link.deletedBy !== 'syncer';
  if (isDeleted && context.restoresDeleted !== true) {
    return planSkip(profile, DELETED_BY_PERSON, `${context.organization}/${account.name}`);
  }
  if (!isConfirmed) {
    const plan = planHandedOn(profile, held, context);
    if (plan) return plan;
  }
  const plan = planExisting(profile, account, link, context, {
    kind: 'update',
    reason: text('Changed in the directory or locally.', '通讯录或本地数据有变化。'),
  });
  const isGivenBack = isDeleted && plan.update?.isDeleted === false && context.keepsSignIn !== true;
  return isGivenBack ? { ...plan, endsSignIn: true } : plan;
}

/**
 * Nothing that the directory says agrees with the account: the userid may have gone to another person. Nothing is
 * written until a person has looked, and who has the account goes on having it; but where the directory lets nobody in
 * under this userid, neither of the two is.
 */
function planHandedOn(
  profile: UserProfile,
  { account, link }: HeldAccount & { account: Account },
  context: PlanContext,
): AccountPlan | undefined {
  if (profile.values.displayName === account.values.displayName) return undefined;
  const told = fitValues(profile.values, context.limits).values;
  if (!isHandedOn(told, account.values)) return undefined;
  const fields: FieldChange[] = [];
  for (const field of ['displayName', 'phone', 'countryCode', 'email'] as const) {
    const before = account.values[field];
    const after = told[field];
    if (before !== undefined && after !== undefined && before !== after) fields.push({ field, before, after });
  }
  const { access } = profile;
  const isOut = account.isForbidden || account.isDeleted || access.state !== 'forbidden';
  return {
    kind: 'conflict',
    userid: profile.externalId,
    user: `${context.organization}/${account.name}`,
    fields,
    reason: account.isAdmin ? ADMIN_HANDED_ON : HANDED_ON,
    handedOn: true,
    keeps: account.groups,
    ...(!isOut && { lockOut: { key: link.key, userid: profile.externalId, reason: access.reason } }),
    notes: [],
  };
}

export const HANDED_ON = text(
  'This userid may have been handed to another person: name, mobile and e-mail all differ from the account’s. Nothing was changed; link the account by hand if it is this member’s, else unlink it.',
  '该 userid 可能已转给他人：姓名、手机号和邮箱均与账号不同。未作任何更改；如账号属于此成员，请手动关联，否则请解除关联。',
);
const ADMIN_HANDED_ON = text(
  'This userid may have been handed to another person, and the account is an administrator’s: it never passes on with a userid. Unlink it, or correct its values by hand.',
  '该 userid 可能已转给他人，而该账号是管理员账号：不会随 userid 转交。请解除关联，或手动更正其资料。',
);

/**
 * Plans a member of whom the directory shows an id and nothing else. An account that is held stays as it is, and is
 * listed when its member is merely out of sight; nobody is made from an id.
 */
export function planIdOnly(profile: UserProfile, held: HeldAccount | undefined, context: PlanContext): AccountPlan {
  const { access, externalId } = profile;
  const outOfScope = access.state === 'outOfScope';
  const base = { userid: externalId, fields: [] };
  if (!held?.account) {
    return { ...base, kind: 'none', user: '', reason: NO_NAME, notes: held || outOfScope ? [] : NAMELESS_NOTES };
  }
  const user = `${context.organization}/${held.account.name}`;
  if (!outOfScope || held.account.isDeleted) return { ...base, kind: 'unchanged', user, reason: NO_NAME, notes: [] };
  return { ...base, kind: 'skip', user, reason: access.reason, keeps: held.account.groups, notes: profile.notes ?? [] };
}

const NO_NAME = text(
  'Only the userid is visible with these credentials; nobody is created without a name.',
  '当前凭证只能看到 userid；不会创建没有姓名的账号。',
);
const NAMELESS_NOTES: readonly ProfileNote[] = [{ code: 'nameless', message: NO_NAME }];

/** Plans a member who is linked to an account that nobody held. */
export function planLink(profile: UserProfile, account: Account, by: string, context: PlanContext): AccountPlan {
  const link: AccountLink = {
    key: keyOf(profile.externalId),
    externalId: profile.externalId,
    accountName: account.name,
    // Whoever forbade or deleted it before we held it, it was not this syncer.
    forbiddenBy: account.isForbidden ? 'person' : null,
    deletedBy: account.isDeleted ? 'person' : null,
    groups: [],
  };
  return planExisting(profile, account, link, context, {
    kind: 'link',
    reason: text(`Linked to the existing account by ${by}.`, `已按 ${by} 关联到现有账号。`),
  });
}

/**
 * Plans a member who had this account under another vendor id. The account keeps its name and id; the link with all
 * that is known about it goes on to the new key.
 */
export function planRenamed(
  profile: UserProfile,
  former: HeldAccount & { account: Account },
  context: PlanContext,
): AccountPlan {
  const moved: AccountLink = { ...former.link, key: keyOf(profile.externalId), externalId: profile.externalId };
  const plan = planHeld(profile, { link: moved, account: former.account }, context);
  // Deleted by a person: it stays so under the new userid, or the next run would take its member for a newcomer.
  if (plan.kind === 'skip') return { ...plan, link: moved, formerKey: former.link.key };
  if (plan.kind === 'conflict') return plan;
  const reason = text(
    `The userid was changed from ${former.link.externalId}; the same person keeps the account.`,
    `userid 已由 ${former.link.externalId} 更改；同一人继续使用原账号。`,
  );
  return { ...plan, kind: 'link', reason, link: plan.link ?? moved, formerKey: former.link.key };
}

/** Plans a member whose account a person deleted while it was held under another vendor id: nobody new by that. */
export const planDeleted = (profile: UserProfile, former: AccountLink): AccountPlan => ({
  ...planSkip(profile, DELETED_BY_PERSON),
  link: { ...former, key: keyOf(profile.externalId), externalId: profile.externalId },
  formerKey: former.key,
});

/** Plans a member whose account a person named. */
export function planByHand(
  profile: UserProfile,
  account: Account,
  link: AccountLink,
  context: PlanContext,
): AccountPlan {
  const plan = planExisting(profile, account, link, context, {
    kind: 'link',
    reason: text('A person linked the account to this member.', '已由人工将该账号关联到此成员。'),
  });
  return {
    ...plan,
    decision: {
      key: link.key,
      externalId: profile.externalId,
      kind: 'confirmed',
      accountName: account.name,
      accountId: account.id,
      fingerprint: fingerprintOf(profile.values),
      forbiddenBy: null,
      deletedBy: null,
    },
    ...(context.keepsSignIn !== true && { endsSignIn: true }),
  };
}

/** Plans a member whom nobody in the organization is. */
export function planCreate(profile: UserProfile, context: PlanContext): AccountPlan {
  const { limits, organization } = context;
  const fitted = fitValues(profile.values, limits);
  const id = profile.externalId;
  if (id.length > Math.min(limits.name, limits.id, limits.binding)) {
    return planSkip(profile, text('The userid is longer than the name column.', 'userid 超过 name 列长度。'), '');
  }
  const values: ProfileValues = fitted.values.displayName ? fitted.values : { ...fitted.values, displayName: id };
  const memberships = wantedMemberships(profile, [], [], context);
  const isForbidden = profile.access.state === 'forbidden';
  const create: NewAccount = { name: id, id, binding: id, values, isForbidden, groups: memberships?.groups ?? [] };
  const fields: FieldChange[] = [];
  for (const field in values) {
    const after = values[field as ProfileField];
    if (after !== undefined) fields.push({ field, before: null, after });
  }
  fields.push({ field: 'isForbidden', before: null, after: isForbidden });
  if (create.groups.length > 0) fields.push({ field: 'groups', before: null, after: create.groups });
  return {
    kind: 'create',
    userid: id,
    user: `${organization}/${id}`,
    fields,
    reason: profile.access.state === 'allowed' ? text('New member.', '新成员。') : newWithout(profile.access.reason),
    create,
    link: {
      key: keyOf(id),
      externalId: id,
      accountName: id,
      forbiddenBy: isForbidden ? 'syncer' : null,
      deletedBy: null,
      groups: memberships?.ours ?? [],
    },
    ...(!isForbidden && { grants: true }),
    notes: allNotes(
      profile,
      fitted.notes,
      memberships?.note,
      profile.access.state === 'unknown' ? accessNote(profile.access.reason) : undefined,
    ),
  };
}

/** Plans a member for whom nothing can be done; the person counts as shown all the same. */
export function planSkip(profile: Pick<UserProfile, 'externalId'>, reason: Text, user = ''): AccountPlan {
  return { kind: 'skip', userid: profile.externalId, user, fields: [], reason, notes: [] };
}

/** The same for one who may be somebody whose account has no access: that one is named to a person, and not taken. */
export function planCreateBeside(profile: UserProfile, name: string, context: PlanContext): AccountPlan {
  const plan = planCreate(profile, context);
  const user = `${context.organization}/${name}`;
  const fields = [{ field: 'candidates', before: [user], after: null }];
  return { ...plan, report: { kind: 'conflict', user, fields, reason: WITHOUT_ACCESS } };
}

const WITHOUT_ACCESS = text(
  'An account without access matches this newcomer; it was not given to anybody, and the newcomer has an account of its own. If both are one person, link the account by hand.',
  '有一个无访问权限的账号与该新成员匹配；该账号未交给任何人，新成员已有自己的账号。如确为同一人，请手动关联。',
);

/** Plans a member for whom only a person can decide. */
export function planConflict(
  profile: UserProfile,
  reason: Text,
  candidates: readonly string[],
  context: PlanContext,
): AccountPlan {
  return {
    kind: 'conflict',
    userid: profile.externalId,
    user: '',
    fields: [{ field: 'candidates', before: candidates.map((name) => `${context.organization}/${name}`), after: null }],
    reason,
    notes: [],
  };
}

export const DELETED_BY_PERSON = text(
  'A person deleted the account; it is not made again by itself. Sync this member alone to make it again.',
  '账号已被人工删除，不会自动重新创建。如需重新创建，请单独同步此成员。',
);

interface PlanAs {
  readonly kind: 'update' | 'link';
  readonly reason: Text;
}

function planExisting(
  profile: UserProfile,
  account: Account,
  link: AccountLink,
  context: PlanContext,
  as: PlanAs,
): AccountPlan {
  const fitted = fitValues(profile.values, context.limits);
  const fields: FieldChange[] = [];
  const withheld: FieldChange[] = [];
  const values = changedValues(fitted.values, profile, account, fields, withheld);

  // Two lists may spell one userid in two ways, and the one that arrives first changes: compared as WeCom does.
  const rebind =
    context.bindingColumn !== '' &&
    link.key !== account.binding.toLowerCase() &&
    profile.externalId.length <= context.limits.binding;
  if (rebind) fields.push({ field: context.bindingColumn, before: account.binding, after: profile.externalId });

  const memberships = wantedMemberships(profile, account.groups, link.groups, context);
  const regroup = memberships !== undefined && !sameGroups(memberships.groups, account.groups);
  if (regroup) fields.push({ field: 'groups', before: account.groups, after: memberships.groups });

  const access = planAccess(profile, account, link, as.kind === 'update' && context.restoresDeleted === true);
  if (access.allow) fields.push({ field: 'isForbidden', before: true, after: false });
  if (access.undelete) fields.push({ field: 'isDeleted', before: true, after: false });

  const nextLink: AccountLink = {
    key: link.key,
    externalId: link.externalId,
    accountName: account.name,
    forbiddenBy: access.forbiddenBy,
    deletedBy: access.undelete ? null : link.deletedBy,
    groups: memberships?.ours ?? link.groups,
  };
  const restored = access.allow || access.undelete;
  const active = (access.allow || !account.isForbidden) && (access.undelete || !account.isDeleted);
  const kind = as.kind === 'link' ? 'link' : restored ? 'restore' : fields.length > 0 ? 'update' : 'unchanged';
  const user = `${context.organization}/${account.name}`;
  const report = { kind: 'skip', user, fields: withheld, reason: ADMIN_CONTACT.message } as const;
  return {
    kind,
    userid: profile.externalId,
    user,
    fields,
    reason: kind === 'restore' ? RESTORED : as.reason,
    ...(withheld.length > 0 && { report }),
    ...(fields.length > 0 && {
      update: {
        name: account.name,
        values,
        ...(rebind && { binding: profile.externalId }),
        ...(access.allow && { isForbidden: false }),
        ...(access.undelete && { isDeleted: false }),
        ...(regroup && { groups: memberships.groups }),
        seen: account,
      },
    }),
    ...((as.kind === 'link' || !sameLink(link, nextLink)) && { link: nextLink }),
    ...(active && (restored || as.kind === 'link') && { grants: true }),
    ...(access.lockOut && { lockOut: { key: link.key, userid: profile.externalId, reason: access.lockOut } }),
    notes: allNotes(
      profile,
      fitted.notes,
      memberships?.note,
      access.note,
      withheld.length > 0 ? ADMIN_CONTACT : undefined,
    ),
  };
}

/** Where an IAM sends what lets somebody in who forgot the password. */
const CONTACT: ReadonlySet<ProfileField> = new Set(['email', 'phone', 'countryCode']);

const ADMIN_CONTACT: ProfileNote = {
  code: 'admin-contact-kept',
  message: text(
    'The directory has another e-mail address or phone for an administrator; no run writes them, for they are how a forgotten password is set anew. Change them by hand.',
    '通讯录中管理员的邮箱或手机号与账号不同；它们可用于重置密码，因此同步不会写入。请手动更改。',
  ),
};

const RESTORED = text('Active again in the directory.', '成员在通讯录中已恢复有效。');

/** Collects what differs into `fields` and answers what to write; `withheld` gets what is an administrator's own to change. */
function changedValues(
  wanted: ProfileValues,
  profile: UserProfile,
  account: Account,
  fields: FieldChange[],
  withheld: FieldChange[],
): ProfileValues {
  let changed: Partial<Record<ProfileField, string>> | undefined;
  for (const field in wanted) {
    const name = field as ProfileField;
    const after = wanted[name];
    const before = account.values[name];
    // A column that this database lacks is lived with.
    if (after === undefined || before === undefined || after === before) continue;
    const authority = profile.authority?.[name] ?? 'always';
    if (authority === 'createOnly' || (authority === 'whenEmpty' && before !== '')) continue;
    if (account.isAdmin && CONTACT.has(name)) {
      withheld.push({ field: name, before, after });
      continue;
    }
    changed ??= {};
    changed[name] = after;
    fields.push({ field: name, before, after });
  }
  return changed ?? NO_VALUES;
}

const NO_VALUES: ProfileValues = {};

interface AccessPlan {
  readonly allow: boolean;
  readonly undelete: boolean;
  readonly forbiddenBy: AccountLink['forbiddenBy'];
  readonly lockOut?: Text;
  readonly note?: ProfileNote;
}

/** Grants are decided here; a lock-out is only announced, for the sweep to weigh. */
function planAccess(profile: UserProfile, account: Account, link: AccountLink, restoresDeleted: boolean): AccessPlan {
  const mayReturn = link.deletedBy === 'syncer' || restoresDeleted;
  const undelete = account.isDeleted && mayReturn && profile.access.state === 'allowed';
  // Forbidden by somebody else than us, now or before we held it: that was a person.
  const provenance = account.isForbidden
    ? (link.forbiddenBy ?? 'person')
    : link.forbiddenBy === 'person'
      ? null
      : link.forbiddenBy;
  switch (profile.access.state) {
    case 'outOfScope':
      return { allow: false, undelete: false, forbiddenBy: provenance };
    case 'unknown':
      return { allow: false, undelete: false, forbiddenBy: provenance, note: accessNote(profile.access.reason) };
    case 'allowed':
      if (!account.isForbidden) return { allow: false, undelete, forbiddenBy: null };
      if (provenance === 'syncer') return { allow: true, undelete, forbiddenBy: null };
      return { allow: false, undelete, forbiddenBy: 'person', note: FORBIDDEN_BY_PERSON };
    case 'forbidden': {
      if (account.isForbidden || account.isDeleted) return { allow: false, undelete: false, forbiddenBy: provenance };
      return {
        allow: false,
        undelete: false,
        forbiddenBy: provenance,
        lockOut: provenance === 'syncer' ? againReason(profile.access.reason) : profile.access.reason,
      };
    }
  }
}

/** The account was forbidden by this syncer before and stands allowed: a person allowed it, and the directory still says no. */
export const againReason = (reason: Text): Text =>
  text(`${reason.en} A person had allowed the account meanwhile.`, `${reason.zh} 期间有人手动解禁了该账号。`);

const newWithout = (reason: Text): Text => text(`New member. ${reason.en}`, `新成员。${reason.zh}`);

const accessNote = (reason: Text): ProfileNote => ({ code: 'status-unknown', message: reason });

const FORBIDDEN_BY_PERSON: ProfileNote = {
  code: 'forbidden-by-person',
  message: text(
    'Active in the directory, but a person forbade the account; it stays forbidden.',
    '成员在通讯录中有效，但账号已被人工禁用；保持禁用。',
  ),
};

export const ADMIN_KEPT: ProfileNote = {
  code: 'admin-kept',
  message: text(
    'The directory no longer lets this member in, but the account is an administrator’s: decide by hand.',
    '通讯录不再允许该成员登录，但该账号是管理员账号：请人工处理。',
  ),
};

function wantedMemberships(
  profile: UserProfile,
  standing: readonly string[],
  ours: readonly string[],
  context: PlanContext,
): Memberships | undefined {
  if (!context.groupNames || !profile.groups) return undefined;
  const wanted: string[] = [];
  for (const group of profile.groups) {
    const name = context.groupNames.get(keyOf(group));
    if (name !== undefined) wanted.push(name);
  }
  return mergeMemberships(standing, ours, wanted, context.limits.groups);
}

const sameLink = (a: AccountLink, b: AccountLink): boolean =>
  a.externalId === b.externalId &&
  a.accountName === b.accountName &&
  a.forbiddenBy === b.forbiddenBy &&
  a.deletedBy === b.deletedBy &&
  sameGroups(a.groups, b.groups);

function allNotes(
  profile: UserProfile,
  fitted: readonly ProfileNote[],
  ...others: readonly (ProfileNote | undefined)[]
): readonly ProfileNote[] {
  const extra = others.filter((note) => note !== undefined);
  if (extra.length === 0 && fitted.length === 0) return profile.notes ?? [];
  return [...(profile.notes ?? []), ...fitted, ...extra];
}

import {
  linkTo,
  statesProperties,
  valueIn,
  withoutProperties,
  type Account,
  type AccountLink,
} from '../../../identity/account.ts';
import type { FieldChange } from '../../../identity/change.ts';
import type { ColumnLimits } from '../../../identity/column-limits.ts';
import type { StandingProtection } from '../../../identity/protection.ts';
import type { Authority, ProfileNote, ProfileValues, UserProfile, ValueField } from '../../../syncer/profile.ts';
import { present } from '../../../syncer/present.ts';
import { text, type Text } from '../../../syncer/text.ts';
import type { AccountPlan, PlanContext } from './account-plan.ts';
import { fitValues, refusesProperties } from './fit-values.ts';
import { sameGroups, wantedMemberships, type Memberships } from '../groups/memberships.ts';
import { leftAloneBy } from '../lock-outs/protections.ts';

interface PlanAs {
  readonly kind: 'update' | 'link';
  readonly reason: Text;
}

/** Plans what differs between a profile and an account that has, or is to have, this link. */
export function planExisting(
  profile: UserProfile,
  account: Account,
  link: AccountLink,
  context: PlanContext,
  as: PlanAs,
): AccountPlan {
  const fitted = fitValues(profile.values, context.limits);
  const { values, fields, withheld, refusal } = changedValues(fitted.values, profile, account, context.limits);

  // Two lists may spell one userid in two ways, and the one that arrives first changes: compared as WeCom does.
  const rebind =
    context.bindingColumn !== '' &&
    context.limits.binding !== undefined &&
    link.key !== account.binding.toLowerCase() &&
    profile.externalId.length <= context.limits.binding;
  if (rebind) fields.push({ field: context.bindingColumn, before: account.binding, after: profile.externalId });

  const rule = context.protections?.of({ key: link.key, account, isActive: profile.access.state === 'allowed' });
  const standing = link.groups.filter((group) => account.groups.includes(group));
  const memberships = wantedMemberships(profile, account.groups, rule ? standing : link.groups, context, !!rule);
  const regroup = memberships !== undefined && !sameGroups(memberships.groups, account.groups);
  if (regroup) fields.push({ field: 'groups', before: account.groups, after: memberships.groups });

  const due = planAccess(profile, account, link, as.kind === 'update' && context.restoresDeleted === true);
  const access = rule ? withoutGrants(due, account, link) : due;
  const leftAlone = rule && whatIsLeft(rule, { profile, account, link, due, context, memberships });
  if (access.allow) fields.push({ field: 'isForbidden', before: true, after: false });
  if (access.undelete) fields.push({ field: 'isDeleted', before: true, after: false });

  const nextLink = linkAfter(link, account, access, memberships);
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
    ...(leftAlone && { leftAlone }),
    ...(leftAlone && memberships && { keeps: memberships.groups }),
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
    ...(access.lockOut && { lockOut: { key: link.key, userid: profile.externalId, ...access.lockOut } }),
    notes: allNotes(
      profile,
      fitted.notes,
      refusal,
      memberships?.note,
      access.note,
      withheld.length > 0 && ADMIN_CONTACT,
    ),
  };
}

/** Nobody is let in by a run whom a person told it to leave alone, and who forbade the account stays known. */
const withoutGrants = (due: AccessPlan, account: Account, link: AccountLink): AccessPlan => ({
  ...due,
  allow: false,
  undelete: false,
  forbiddenBy: due.allow && account.isForbidden ? link.forbiddenBy : due.forbiddenBy,
});

/** What a run would take from somebody, or give, whom it leaves alone; undefined: nothing. */
function whatIsLeft(
  rule: StandingProtection,
  { profile, account, link, due, context, memberships }: LeftOver,
): AccountPlan['leftAlone'] {
  const fields: FieldChange[] = [];
  if (due.allow) fields.push({ field: 'isForbidden', before: true, after: false });
  if (due.undelete) fields.push({ field: 'isDeleted', before: true, after: false });
  const wanted = memberships && wantedMemberships(profile, account.groups, link.groups, context);
  const isTaken = account.groups.some((group) => wanted?.groups.includes(group) === false);
  if (wanted && isTaken) fields.push({ field: 'groups', before: memberships.groups, after: wanted.groups });
  return fields.length === 0 ? undefined : { fields, reason: leftAloneBy(rule) };
}

interface LeftOver {
  readonly profile: UserProfile;
  readonly account: Account;
  readonly link: AccountLink;
  readonly due: AccessPlan;
  readonly context: PlanContext;
  readonly memberships: Memberships | undefined;
}

const linkAfter = (
  link: AccountLink,
  account: Account,
  access: AccessPlan,
  memberships: Memberships | undefined,
): AccountLink => ({
  ...linkTo(link, account),
  forbiddenBy: access.forbiddenBy,
  deletedBy: access.undelete ? null : link.deletedBy,
  groups: memberships?.ours ?? link.groups,
});

/** Where an IAM sends what lets somebody in who forgot the password. */
export const CONTACT: ReadonlySet<string> = new Set(['email', 'phone', 'countryCode']);

export const ADMIN_CONTACT: ProfileNote = {
  code: 'admin-contact-kept',
  message: text(
    'The directory has another e-mail address or phone for an administrator; no run writes them, for they are how a forgotten password is set anew. Change them by hand.',
    '通讯录中管理员的邮箱或手机号与账号不同；它们可用于重置密码，因此同步不会写入。请手动更改。',
  ),
};

const RESTORED = text('Active again in the directory.', '成员在通讯录中已恢复有效。');

interface ChangedValues {
  /** What to write. */
  readonly values: ProfileValues;
  readonly fields: FieldChange[];
  /** What is an administrator's own to change. */
  readonly withheld: readonly FieldChange[];
  /** Why nothing is written into the map of further values. */
  readonly refusal?: ProfileNote;
}

function changedValues(
  wanted: ProfileValues,
  profile: UserProfile,
  account: Account,
  limits: ColumnLimits,
): ChangedValues {
  const fields: FieldChange[] = [];
  const withheld: FieldChange[] = [];
  let changed: Partial<Record<ValueField, string>> | undefined;
  for (const field in wanted) {
    const name = field as ValueField;
    const after = wanted[name];
    const before = valueIn(account, name);
    // A column that this database lacks is lived with.
    if (after === undefined || before === undefined || after === before) continue;
    const authority = authorityOf(profile, name);
    if (authority === 'createOnly' || (authority === 'whenEmpty' && before !== '')) continue;
    if (account.isAdmin && CONTACT.has(name)) {
      withheld.push({ field: name, before, after });
      continue;
    }
    changed ??= {};
    changed[name] = after;
    fields.push({ field: name, before, after });
  }
  const refusal = statesProperties(wanted)
    ? refusesProperties(changed ?? NO_VALUES, account.properties, limits)
    : undefined;
  if (refusal) return { ...changedValues(withoutProperties(wanted), profile, account, limits), refusal };
  return { values: changed ?? NO_VALUES, fields, withheld };
}

const NO_VALUES: ProfileValues = {};

interface AccessPlan {
  readonly allow: boolean;
  readonly undelete: boolean;
  readonly forbiddenBy: AccountLink['forbiddenBy'];
  readonly lockOut?: { readonly reason: Text; readonly isDisabled?: true };
  readonly note?: ProfileNote;
}

/** Grants are decided here; a lock-out is only announced, for the sweep to decide. */
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
        lockOut: {
          reason: provenance === 'syncer' ? againReason(profile.access.reason) : profile.access.reason,
          ...present({ isDisabled: profile.access.isDisabled }),
        },
      };
    }
  }
}

/** The account was forbidden by this syncer before and stands allowed: a person allowed it, and the directory still says no. */
export const againReason = (reason: Text): Text =>
  text(`${reason.en} A person had allowed the account meanwhile.`, `${reason.zh} 期间有人手动解禁了该账号。`);

export const accessNote = (reason: Text): ProfileNote => ({ code: 'status-unknown', message: reason });

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

const sameLink = (a: AccountLink, b: AccountLink): boolean =>
  a.externalId === b.externalId &&
  a.accountName === b.accountName &&
  // A link that does not know it is not written for that alone: not every store keeps it.
  (a.accountId === undefined || a.accountId === b.accountId) &&
  a.forbiddenBy === b.forbiddenBy &&
  a.deletedBy === b.deletedBy &&
  sameGroups(a.groups, b.groups);

/** What a directory may do with a field of which it says nothing else. */
export const authorityOf = ({ authority }: UserProfile, field: ValueField): Authority => authority?.[field] ?? 'always';

export function allNotes(
  profile: UserProfile,
  fitted: readonly ProfileNote[],
  ...others: readonly (ProfileNote | undefined | false)[]
): readonly ProfileNote[] {
  const extra = others.filter((note) => note !== undefined && note !== false);
  if (extra.length === 0 && fitted.length === 0) return profile.notes ?? [];
  return [...(profile.notes ?? []), ...fitted, ...extra];
}

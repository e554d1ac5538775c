import {
  withoutProperties,
  type Account,
  type AccountLink,
  type HeldAccount,
  type NewAccount,
} from '../../../identity/account.ts';
import type { FieldChange } from '../../../identity/change.ts';
import { keyOf } from '../../../syncer/external-id.ts';
import type { ProfileNote, ProfileValues, UserProfile, ValueField } from '../../../syncer/profile.ts';
import { present } from '../../../syncer/present.ts';
import { text, type Text } from '../../../syncer/text.ts';
import type { AccountPlan, PlanContext } from './account-plan.ts';
import { accessNote, allNotes, planExisting } from './existing-account.ts';
import { fitValues, refusesProperties } from './fit-values.ts';
import { wantedMemberships } from '../groups/memberships.ts';
import { fingerprintOf, isHandedOn } from './person.ts';
import type { QuestionKind } from '../../question.ts';

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
    question: { kind: 'handed-on', candidates: [{ name: account.name, reason: IS_HELD }] },
    handedOn: true,
    keeps: account.groups,
    ...(!isOut && {
      lockOut: {
        key: link.key,
        userid: profile.externalId,
        reason: access.reason,
        ...present({ isDisabled: access.isDisabled }),
      },
    }),
    notes: [],
  };
}

export const HANDED_ON = text(
  'This userid may have been handed to another person: name, mobile and e-mail all differ from the account’s. Nothing was changed; link the account by hand if it is this member’s, else unlink it.',
  '该 userid 可能已转给他人：姓名、手机号和邮箱均与账号不同。未作任何更改；如账号属于此成员，请手动关联，否则请解除关联。',
);
const IS_HELD = text(
  'The account of this userid until now; name, mobile and e-mail all differ.',
  '此 userid 目前对应的账号；姓名、手机号和邮箱均不同。',
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
    const told = (profile.notes ?? []).filter(({ ofNewcomersToo }) => ofNewcomersToo);
    const notes = held || outOfScope ? told : [...told, ...NAMELESS_NOTES];
    return { ...base, kind: 'none', user: '', reason: NO_NAME, notes };
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
    accountId: account.id,
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
  const protections = context.protections?.alsoAs(former.link.key);
  const asBefore = protections ? { ...context, protections } : context;
  const plan = planHeld(profile, { link: moved, account: former.account }, asBefore);
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

/**
 * Plans a member whom nobody in the organization is.
 *
 * @param as what the account is called, and its id, where a person chose a name
 */
export function planCreate(
  profile: UserProfile,
  context: PlanContext,
  as?: { readonly name: string; readonly id: string },
): AccountPlan {
  const { limits, organization } = context;
  const fitted = fitValues(profile.values, limits);
  const id = profile.externalId;
  const name = as?.name ?? id;
  if (id.length > Math.min(limits.name, limits.id, limits.binding ?? Infinity)) {
    return planSkip(profile, text('The userid is longer than the name column.', 'userid 超过 name 列长度。'), '');
  }
  const refusal = refusesProperties(fitted.values, {}, limits);
  const stated = refusal ? withoutProperties(fitted.values) : fitted.values;
  const values: ProfileValues = stated.displayName ? stated : { ...stated, displayName: id };
  const memberships = wantedMemberships(profile, [], [], context);
  const isForbidden = profile.access.state === 'forbidden';
  const groups = memberships?.groups ?? [];
  const create: NewAccount = { name, id: as?.id ?? id, binding: id, values, isForbidden, groups };
  const fields: FieldChange[] = [];
  for (const field in values) {
    const after = values[field as ValueField];
    if (after !== undefined) fields.push({ field, before: null, after });
  }
  fields.push({ field: 'isForbidden', before: null, after: isForbidden });
  if (create.groups.length > 0) fields.push({ field: 'groups', before: null, after: create.groups });
  return {
    kind: 'create',
    userid: id,
    user: `${organization}/${name}`,
    fields,
    reason: profile.access.state === 'allowed' ? text('New member.', '新成员。') : newWithout(profile.access.reason),
    create,
    link: {
      key: keyOf(id),
      externalId: id,
      accountName: name,
      accountId: create.id,
      forbiddenBy: isForbidden ? 'syncer' : null,
      deletedBy: null,
      groups: memberships?.ours ?? [],
    },
    ...(!isForbidden && { grants: true }),
    notes: allNotes(
      profile,
      fitted.notes,
      refusal,
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
  const report = { kind: 'conflict', user, fields, reason: WITHOUT_ACCESS } as const;
  return { ...plan, report, question: { kind: 'renamed', candidates: [{ name, reason: WITHOUT_ACCESS }] } };
}

const WITHOUT_ACCESS = text(
  'An account without access matches this newcomer; it was not given to anybody, and the newcomer has an account of its own. If both are one person, link the account by hand.',
  '有一个无访问权限的账号与该新成员匹配；该账号未交给任何人，新成员已有自己的账号。如确为同一人，请手动关联。',
);

/** What stands between a member and an account. */
export interface FoundConflict {
  readonly kind: QuestionKind;
  readonly reason: Text;
  /** Names of accounts. */
  readonly candidates: readonly string[];
  /** Why each of them is one, where that is not the same for all. */
  readonly reasons?: ReadonlyMap<string, Text>;
}

/** Plans a member for whom only a person can decide. */
export function planConflict(
  profile: UserProfile,
  { kind, reason, candidates, reasons }: FoundConflict,
  context: PlanContext,
): AccountPlan {
  return {
    kind: 'conflict',
    userid: profile.externalId,
    user: '',
    fields: [{ field: 'candidates', before: candidates.map((name) => `${context.organization}/${name}`), after: null }],
    reason,
    question: { kind, candidates: candidates.map((name) => ({ name, reason: reasons?.get(name) ?? reason })) },
    notes: [],
  };
}

export const DELETED_BY_PERSON = text(
  'A person deleted the account; it is not made again by itself. Sync this member alone to make it again.',
  '账号已被人工删除，不会自动重新创建。如需重新创建，请单独同步此成员。',
);

const newWithout = (reason: Text): Text => text(`New member. ${reason.en}`, `新成员。${reason.zh}`);

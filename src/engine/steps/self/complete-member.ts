import type { Account } from '../../../identity/account.ts';
import type { Change, FieldChange } from '../../../identity/change.ts';
import type { IdentityPage } from '../../../identity/identity-store.ts';
import { keyOf, type ExternalId } from '../../../syncer/external-id.ts';
import type { ProfileField, ProfileValues, UserProfile } from '../../../syncer/profile.ts';
import { text, type Text } from '../../../syncer/text.ts';
import { planCompletion, refusesCompletion } from '../../plan/users/completion.ts';
import { fitValues } from '../../plan/users/fit-values.ts';
import { isHandedOn } from '../../plan/users/person.ts';
import { stateIn } from '../../plan/page.ts';
import { Tally } from '../../plan/tally.ts';
import type { AskedQuestion } from '../../question.ts';
import type { GivenValues } from '../../ports/given-values.ts';
import { doubtAbout, questionsAbout } from '../questions.ts';
import { onPage, type RunContext } from '../run-context.ts';
import { contactOwners } from './contact-owners.ts';

/** What a member gives to his account. */
export interface Gift {
  readonly values: ProfileValues;
  /** What he gave before, which is his to replace. */
  readonly earlier: GivenValues;
}

/** What came of it: nothing written is no failure where there was nothing to write. */
export interface Completed {
  readonly ok: boolean;
  readonly detail: Text;
}

/**
 * Stores what a member gave about himself, where the directory says nothing and no person of ours said anything. A value
 * that another account has is not written: an administrator is asked.
 */
export async function completeMember(
  profile: UserProfile,
  { values: given, earlier }: Gift,
  context: RunContext,
): Promise<Completed> {
  const { questions, recorder } = context;
  const { externalId } = profile;
  const user = await onPage(context, async (page) => (await heldBy(page, externalId, context))?.name);
  if (user === undefined) return { ok: false, detail: NOT_HELD };
  const own = await earlier.of(`${context.settings.organization}/${user}`);
  const stored = await onPage(context, (page) => storeGiven(page, { profile, given, own }, context));
  recorder.add(stored.tally);
  if (stored.asked.length > 0) await questions.record({ asked: stored.asked });
  else if (stored.ok) await questions.settleGiven(keyOf(externalId), (work) => onPage(context, work));
  return stored;
}

export async function heldBy(
  page: Pick<IdentityPage, 'heldAccounts'>,
  id: ExternalId,
  { scope }: Pick<RunContext, 'scope'>,
): Promise<Account | undefined> {
  return (await page.heldAccounts(scope, [keyOf(id)])).get(keyOf(id))?.account ?? undefined;
}

export interface Given {
  readonly profile: UserProfile;
  readonly given: ProfileValues;
  readonly own: Parameters<typeof planCompletion>[1]['own'];
}

interface Stored extends Completed {
  readonly tally: Tally;
  readonly asked: readonly AskedQuestion[];
}

/** What would become of a gift as things stand: nothing, for a reason, or what is written of it. */
export type GiftPlan =
  | { readonly refusal: Text }
  | {
      readonly account: Account;
      readonly values: ProfileValues;
      readonly fields: readonly FieldChange[];
      /** Names of the other accounts that have a value, by its field; nothing of that is written. */
      readonly owners: ReadonlyMap<ProfileField, readonly string[]>;
    };

/** @param page reads alone */
export async function planGift(
  page: Pick<IdentityPage, 'heldAccounts' | 'heldByContact'>,
  { profile, given, own }: Given,
  context: Pick<RunContext, 'scope' | 'limits' | 'store'>,
): Promise<GiftPlan> {
  const { limits } = context;
  const account = await heldBy(page, profile.externalId, context);
  if (!account) return { refusal: NOT_HELD };
  const refusal = refusesCompletion(account, profile.access) ?? refusesPerson(profile, given, account, context);
  if (refusal) return { refusal };
  const plan = planCompletion(account, { given, stated: profile.values, own, limits });
  const owners = await contactOwners(page, plan.values, account.name, context);
  const isTaken = (field: string): boolean => owners.has((field === 'countryCode' ? 'phone' : field) as ProfileField);
  const fields = plan.fields.filter(({ field }) => !isTaken(field));
  const values = Object.fromEntries(Object.entries(plan.values).filter(([field]) => !isTaken(field)));
  return { account, values, fields, owners };
}

async function storeGiven(page: IdentityPage, { profile, given, own }: Given, context: RunContext): Promise<Stored> {
  const { dryRun, recorder, scope } = context;
  const tally = new Tally();
  const plan = await planGift(page, { profile, given, own }, context);
  if ('refusal' in plan) return { ok: false, detail: plan.refusal, tally, asked: [] };
  const { account, values, fields, owners } = plan;
  const asked = owners.size === 0 || dryRun ? [] : await askAbout(page, { profile, given }, owners, context);
  if (fields.length > 0) {
    const change: Change = {
      kind: 'update',
      userid: profile.externalId,
      user: `${scope.organization}/${account.name}`,
      fields,
      reason: GIVEN,
      state: stateIn(dryRun, 'update'),
    };
    tally.change(change);
    const { isAdmin, isForbidden, isDeleted, groups } = account;
    const update = {
      name: account.name,
      values,
      // What the plan was made from is checked with the write: who was locked out, or made an administrator, meanwhile is not written,
      // and what a person entered meanwhile stays.
      isForbidden,
      seen: { isAdmin, isForbidden, isDeleted, groups },
      over: account.values,
    };
    await page.write(scope, {
      runId: recorder.run.id,
      changes: [change],
      ...(!dryRun && { updateAccounts: [update] }),
    });
  } else tally.count('unchanged');
  tally.count('members');
  if (owners.size > 0) tally.note([{ code: 'value-taken', message: TAKEN }], profile.externalId);
  return { ok: true, detail: fields.length > 0 ? GIVEN : NOTHING, tally, asked };
}

/** Whoever has the userid now may be another person than the account is of: then nothing of him goes into it. */
function refusesPerson(
  { values: stated }: UserProfile,
  given: ProfileValues,
  { values: stored }: Account,
  { limits }: Pick<RunContext, 'limits'>,
): Text | undefined {
  const told = fitValues({ ...given, ...stated }, limits).values;
  return told.displayName !== stored.displayName && isHandedOn(told, stored) ? ANOTHER_PERSON : undefined;
}

async function askAbout(
  page: IdentityPage,
  { profile, given }: Pick<Given, 'profile' | 'given'>,
  owners: ReadonlyMap<ProfileField, readonly string[]>,
  context: RunContext,
): Promise<AskedQuestion[]> {
  const candidates = [...new Set([...owners.values()].flat())].map((name) => ({ name, reason: TAKEN }));
  const said = { ...profile, values: { ...profile.values, ...given } };
  const draft = { kind: 'value-taken', candidates } as const;
  const { organization } = context.scope;
  const held = await page.heldGroups(context.scope, (profile.groups ?? []).map(keyOf));
  const groupNames = new Map([...held].map(([key, { link }]) => [key, `${organization}/${link.groupName}`]));
  return questionsAbout(page, [doubtAbout(said, draft, groupNames)], () => false, context);
}

const GIVEN = text('The member gave this himself, inside WeCom.', '由成员本人在企业微信内提供。');
const NOTHING = text('Nothing was to be stored.', '没有需要存储的内容。');
export const NOT_HELD = text(
  'No account of this syncer belongs to this userid.',
  '此同步器没有与该 userid 对应的账号。',
);
const TAKEN = text(
  'Another account of the organization has the e-mail or mobile that this member gave; it was not written. Take it from that account if it is this member’s.',
  '该成员提供的邮箱或手机号已被组织内其他账号使用，未写入。如确属该成员，请先从另一账号移除。',
);
const ANOTHER_PERSON = text(
  'The account of this userid seems to be another person’s. Ask an administrator.',
  '该 userid 的账号似乎属于其他人，请联系管理员。',
);

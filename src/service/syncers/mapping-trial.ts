import { wishOf } from '../../engine/plan/users/account-names.ts';
import { planExisting } from '../../engine/plan/users/existing-account.ts';
import { fitValues, refusesProperties } from '../../engine/plan/users/fit-values.ts';
import type { AccountPlan } from '../../engine/plan/users/account-plan.ts';
import { statesProperties, valueIn, type HeldAccount } from '../../identity/account.ts';
import type { ColumnLimits } from '../../identity/column-limits.ts';
import type { IdentityLook, IdentityStore, SyncerScope } from '../../identity/identity-store.ts';
import { ConfigError } from '../../syncer/errors.ts';
import { externalId, keyOf } from '../../syncer/external-id.ts';
import { present } from '../../syncer/present.ts';
import type { UserProfile, ValueField } from '../../syncer/profile.ts';
import {
  isMappingTracer,
  isMemberLookup,
  type FieldTrial,
  type MemberTrial,
  type Syncer,
  type TrialStep,
} from '../../syncer/syncer.ts';
import { text, type Text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';

/** What would stand in one field. */
export interface FieldOutcome {
  readonly casdoorName: string;
  /** Null: there is no account yet. */
  readonly before: string | null;
  /** Null: nothing is known, and there is no account. */
  readonly value: string | null;
  readonly steps: readonly TrialStep[];
  readonly warning?: Text;
}

/** What settings make of one member; nothing of it is stored. */
export interface MappingTrial {
  readonly member: Readonly<Record<string, unknown>>;
  readonly inScope: boolean;
  /** Why, or why not. */
  readonly detail: Text;
  readonly fields: readonly FieldOutcome[];
}

export interface MappingTrialRequest {
  readonly userid: string;
  readonly syncer: Syncer;
  readonly scope: SyncerScope;
  readonly identity: IdentityStore;
  readonly signal: AbortSignal;
}

const USERID_NEEDED = text('Enter the userid of a member.', '请填写成员的 userid。');
const NO_MEMBER = text(
  'The directory does not show a member of this userid with more than an id. Check the userid, and the visible range of the app.',
  '通讯录中没有此 userid 的成员，或只能读取其 ID。请检查 userid 和应用的可见范围。',
);
const NO_LOOKUP = new ConfigError(
  text('This type of syncer cannot read one member alone.', '此类型的同步器不支持单独读取一名成员。'),
);
const SAID = text('The directory says', '通讯录中的值');
const WRITTEN = text('As the account stores it', '账号中存储为');
const KEPT = text('What is stored stays', '保持已存储的值');
const BY_USERID = text('By the userid, since that name is taken or not allowed', '该名称已被占用或不可用，使用 userid');
const NEVER_RENAMED = text('Accounts are never renamed', '已有账号不会改名');

/**
 * @throws Refusal when there is no such member
 * @throws SyncError when the directory does not say
 */
export async function tryMapping(request: MappingTrialRequest): Promise<MappingTrial> {
  const { userid, syncer, scope, identity, signal } = request;
  if (userid.trim() === '') throw new Refusal(USERID_NEEDED);
  const trial = await traced(userid.trim(), syncer, signal);
  if (!trial) throw new Refusal(NO_MEMBER);
  const { member, profile, fields } = trial;
  const limits = identity.columnLimits(scope);
  const key = keyOf(profile.externalId);
  const held = await identity.look?.(async (page) => (await page.heldAccounts(scope, [key])).get(key));
  const plan = held?.account ? planned(profile, held.link, held.account, scope, limits) : undefined;
  const outcomes: FieldOutcome[] = [];
  for (const traces of fields) {
    const { field } = traces;
    outcomes.push(
      field === 'name'
        ? await nameOutcome(traces, profile, held, request)
        : valueOutcome({ ...traces, field }, profile, { plan, account: held?.account ?? undefined, limits }),
    );
  }
  return { member, inScope: trial.scope.inScope, detail: trial.scope.detail, fields: outcomes };
}

async function traced(userid: string, syncer: Syncer, signal: AbortSignal): Promise<MemberTrial | undefined> {
  const id = externalId(userid);
  if (isMappingTracer(syncer)) return syncer.traceUser(id, signal);
  if (!isMemberLookup(syncer)) throw NO_LOOKUP;
  const found = await syncer.fetchUser(id, signal);
  const profile = found === undefined ? undefined : syncer.mapUser(found);
  if (found === undefined || !profile || profile.complete === false) return undefined;
  const fields = Object.entries(profile.values).map(([name, value]): FieldTrial => {
    const field = name as ValueField;
    return { name, field, steps: [{ what: SAID, value: value ?? null }] };
  });
  const scope = await syncer.checkScope(found, signal);
  return { member: { userid: profile.externalId, ...profile.values }, scope, profile, fields };
}

const planned = (
  profile: UserProfile,
  link: HeldAccount['link'],
  account: NonNullable<HeldAccount['account']>,
  { organization, bindingColumn }: SyncerScope,
  limits: ColumnLimits,
): AccountPlan =>
  planExisting(profile, account, link, { organization, bindingColumn, limits, groupNames: undefined }, UPDATE);

const UPDATE = { kind: 'update', reason: text('', '') } as const;

interface Standing {
  readonly plan: AccountPlan | undefined;
  readonly account: NonNullable<HeldAccount['account']> | undefined;
  readonly limits: ColumnLimits;
}

function valueOutcome(
  { name, field, steps, warning }: FieldTrial & { readonly field: ValueField },
  profile: UserProfile,
  { plan, account, limits }: Standing,
): FieldOutcome {
  const before = account ? (valueIn(account, field) ?? '') : null;
  const stated = profile.values[field];
  const fitted = stated === undefined ? undefined : fitValues({ [field]: stated }, limits);
  const refusal =
    fitted && statesProperties(fitted.values)
      ? refusesProperties(fitted.values, account?.properties, limits)
      : undefined;
  const change = plan?.fields.find((each) => each.field === field);
  const value = account ? ((change?.after as string | undefined) ?? before) : (fitted?.values[field] ?? null);
  const withheld = plan?.report?.fields.some((each) => each.field === field) ? plan.report.reason : undefined;
  const last = steps.at(-1)?.value ?? null;
  const end: TrialStep[] = value === last ? [] : [{ what: value === before ? KEPT : WRITTEN, value }];
  return {
    casdoorName: name,
    before,
    value,
    steps: [...steps, ...end],
    ...present({ warning: warning ?? fitted?.notes[0]?.message ?? refusal?.message ?? withheld }),
  };
}

/** What the account is called, or would be. */
async function nameOutcome(
  { name, steps, warning }: FieldTrial,
  profile: UserProfile,
  held: HeldAccount | undefined,
  { identity, scope, syncer, signal }: MappingTrialRequest,
): Promise<FieldOutcome> {
  const before = held?.account?.name ?? null;
  if (before !== null) {
    const end = steps.at(-1)?.value === before ? [] : [{ what: NEVER_RENAMED, value: before }];
    return { casdoorName: name, before, value: before, steps: [...steps, ...end], ...present({ warning }) };
  }
  const wish = wishOf(profile, identity.columnLimits(scope)).name;
  const isTaken =
    wish !== undefined &&
    ((await identity.look?.((page) => isSomebodys(wish, scope, page))) === true ||
      (await isCandidates(wish, scope, identity)) ||
      (isMemberLookup(syncer) && (await syncer.fetchUser(externalId(wish), signal)) !== undefined));
  const value = wish === undefined || isTaken ? profile.externalId : wish;
  const end = steps.at(-1)?.value === value ? [] : [{ what: BY_USERID, value }];
  return { casdoorName: name, before, value, steps: [...steps, ...end], ...present({ warning }) };
}

const isSomebodys = async (name: string, scope: SyncerScope, page: IdentityLook): Promise<boolean> =>
  (await page.accountsByName(scope, [name])).size > 0 ||
  (await page.accountsWithId(scope, [name])).length > 0 ||
  (await page.heldAccounts(scope, [keyOf(externalId(name))], [])).size > 0;

/** In another spelling, too. */
async function isCandidates(name: string, scope: SyncerScope, identity: IdentityStore): Promise<boolean> {
  const lower = name.toLowerCase();
  for await (const page of identity.candidates(scope)) {
    if (page.some(({ account }) => account.name.toLowerCase() === lower)) return true;
  }
  return false;
}

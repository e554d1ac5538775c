import { randomUUID } from 'node:crypto';
import type { Account, AccountLink } from '../../../identity/account.ts';
import type { FieldChange } from '../../../identity/change.ts';
import type { IdentityPage, IdentityStore, LeaseGrant, SyncerScope } from '../../../identity/identity-store.ts';
import { ConfigError } from '../../../syncer/errors.ts';
import { keyOf } from '../../../syncer/external-id.ts';
import type { UserProfile } from '../../../syncer/profile.ts';
import { text } from '../../../syncer/text.ts';
import { planByHand } from '../../plan/users/account.ts';
import type { AccountPlan, PlanContext } from '../../plan/users/account-plan.ts';
import { UNLINKED } from '../../plan/users/candidates.ts';
import { unlinkedDecision } from '../../plan/users/displaced.ts';
import type { AskedQuestion } from '../../question.ts';
import { questionsAbout } from '../questions.ts';
import type { RunContext } from '../run-context.ts';

/**
 * Plans what a person decided: this account is that member's. Saying it of the account that the member holds already
 * answers whether a userid that shows another name, mobile and e-mail went to another person: it did not, or it is right.
 *
 * @throws ConfigError when the account is not there, is an administrator's, or either of the two is linked elsewhere
 */
export async function planDecidedLink(
  page: IdentityPage,
  profile: UserProfile,
  accountName: string,
  context: RunContext,
  plan: PlanContext,
): Promise<AccountPlan> {
  const { scope } = context;
  const key = keyOf(profile.externalId);
  if (profile.complete === false) throw NAMELESS;
  const standing = (await page.accountsByName(scope, [accountName])).get(accountName.toLowerCase());
  if (!standing) throw NO_ACCOUNT;
  const { account, heldBy } = standing;
  if (account.isAdmin) throw ADMINISTRATOR;
  const held = (await page.heldAccounts(scope, [key])).get(key);
  const isOwn = held?.account != null && held.link.accountName === account.name;
  if (!isOwn) {
    if (heldBy !== null || (account.binding !== '' && account.binding.toLowerCase() !== key)) throw ACCOUNT_TAKEN;
    if (held?.account) throw memberTaken(`${scope.organization}/${held.account.name}`);
    const elsewhere = (await context.candidates()).boundTo(key).find((name) => name !== account.name);
    if (elsewhere !== undefined) throw memberTaken(`${scope.organization}/${elsewhere}`);
  }
  const link = isOwn ? held.link : await newLink(page, profile, account, scope);
  return planByHand(profile, account, link, plan);
}

/** Whether a syncer or a person took its access, the account's last link said. */
export async function newLink(
  page: IdentityPage,
  profile: UserProfile,
  account: Account,
  scope: SyncerScope,
): Promise<AccountLink> {
  const before = await page.unlinkedAccount(scope, account);
  return {
    key: keyOf(profile.externalId),
    externalId: profile.externalId,
    accountName: account.name,
    accountId: account.id,
    forbiddenBy: account.isForbidden ? (before?.forbiddenBy ?? 'person') : null,
    deletedBy: account.isDeleted ? (before?.deletedBy ?? 'person') : null,
    groups: [],
  };
}

/**
 * Takes an account from its member: its login binding and its link go, nothing else changes, and it is remembered, so
 * that no run links the two again.
 *
 * @returns what became different of the account, and what a person is asked about the member from now on
 * @throws ConfigError when no member of this syncer has the account
 */
export function unlink(
  store: IdentityStore,
  lease: LeaseGrant,
  accountName: string,
  context: Pick<RunContext, 'takenNames' | 'scope'>,
): Promise<{ readonly fields: readonly FieldChange[]; readonly asked: readonly AskedQuestion[] }> {
  const { scope } = context;
  return store.page(lease, async (page) => {
    const link = await page.linkOf(scope, accountName);
    if (!link) throw NOT_LINKED;
    const account = await unlinkOn(page, scope, link);
    if (!account) return { fields: [], asked: [] };
    // What the directory said of him last; the next run asks with what it says by then.
    const { values, groups: memberships } = account;
    const draft = { kind: 'name-taken', candidates: [{ name: account.name, reason: UNLINKED }] } as const;
    const doubts = [{ externalId: link.externalId, values, memberships, draft }];
    const fields = account.binding === '' ? [] : [{ field: scope.bindingColumn, before: account.binding, after: '' }];
    return { fields, asked: await questionsAbout(page, doubts, () => false, context) };
  });
}

/** The same inside a page. */
export async function unlinkOn(page: IdentityPage, scope: SyncerScope, link: AccountLink): Promise<Account | null> {
  const account = (await page.heldAccounts(scope, [link.key])).get(link.key)?.account ?? null;
  await page.write(scope, {
    runId: randomUUID(),
    removeLinks: [link.key],
    ...(account && { updateAccounts: [{ name: account.name, values: {}, binding: '', seen: account }] }),
    decisions: [unlinkedDecision(link, account)],
  });
  return account;
}

export const NO_ACCOUNT = new ConfigError(
  text('There is no such account in this organization.', '该组织中没有此账号。'),
  {
    remedy: text('Name it as ORGANIZATION/NAME.', '请以“组织/用户名”的形式指定。'),
  },
);
export const ADMINISTRATOR = new ConfigError(
  text('An administrator’s account is never linked to a member.', '管理员账号不会关联到任何成员。'),
  { remedy: text('Take the administrator’s rights away first.', '请先取消其管理员权限。') },
);
export const ACCOUNT_TAKEN = new ConfigError(text('Another member has this account.', '该账号属于其他成员。'), {
  remedy: text('Unlink it first.', '请先解除关联。'),
});
const NAMELESS = new ConfigError(
  text('Only the userid of this member is visible with these credentials.', '当前凭证只能看到该成员的 userid。'),
  { remedy: text('Let the app see the member’s name first.', '请先让应用能够查看该成员的姓名。') },
);
export const NOT_LINKED = new ConfigError(text('No member has this account.', '没有成员拥有此账号。'), {
  remedy: text('There is nothing to unlink.', '无需解除关联。'),
});
export const memberTaken = (user: string): ConfigError =>
  new ConfigError(text(`The member has the account ${user}.`, `该成员已拥有账号 ${user}。`), {
    remedy: text('Unlink that one first.', '请先解除其关联。'),
  });

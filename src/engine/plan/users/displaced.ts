import { createHash } from 'node:crypto';
import type { Account, AccountLink, AccountUpdate, Decision } from '../../../identity/account.ts';
import { externalId, keyOf, type ExternalId } from '../../../syncer/external-id.ts';
import { present } from '../../../syncer/present.ts';
import { text } from '../../../syncer/text.ts';
import type { DisplacedAccount, PlanContext } from './account-plan.ts';
import { planLockOut, type LockOutRules } from '../lock-outs/lock-out.ts';

/**
 * Plans the account that a member had until a person said that another one is his: it loses the login binding and counts
 * as a leaver's. An administrator's keeps its access, and so does whoever is left alone. It is nobody's then, so nobody
 * counts days for it: it is locked out at once, and not deleted where that is to come later.
 */
export function planDisplaced(
  account: Account,
  link: AccountLink,
  userid: ExternalId,
  { leavers, deleteDays = 0, freeze }: Pick<LockOutRules, 'leavers' | 'deleteDays' | 'freeze'>,
  context: PlanContext,
): DisplacedAccount {
  const { organization, protections } = context;
  const lockOut = planLockOut(
    { key: link.key, userid, cause: 'gone', reason: DISPLACED },
    { account, link },
    { leavers, deleteDays, organization, ...present({ protections, freeze }) },
  );
  const unbound = planUnbound(account, context);
  const update = { ...lockOut?.update, ...unbound.update };
  const reports = lockOut ? [lockOut].map(({ kind, user, fields, reason }) => ({ kind, user, fields, reason })) : [];
  if (lockOut?.isFrozen) return { update: unbound.update, reports, isFrozen: true };
  return {
    update,
    reports: [...unbound.reports, ...reports],
    decision: displacedDecision(account, link, update),
  };
}

/** Plans an account that carries a member's login binding, which is another account's now. */
export function planUnbound(account: Account, { organization, bindingColumn }: PlanContext): DisplacedAccount {
  const isBound = account.binding !== '';
  const fields = [{ field: bindingColumn, before: account.binding, after: '' }];
  return {
    update: { name: account.name, values: {}, ...(isBound && { binding: '' }), seen: account },
    reports: isBound ? [{ kind: 'update', user: `${organization}/${account.name}`, fields, reason: DISPLACED }] : [],
  };
}

/**
 * No run gives it to anybody by itself, not even by the id that it has in common with the member; and whoever links it by
 * hand lets in whom only a sync had locked out. Under a key that is no userid: the member's own tells of his account.
 */
const displacedDecision = (account: Account, link: AccountLink, update: AccountUpdate): Decision => ({
  ...unlinkedDecision({ ...link, accountName: account.name }, account),
  key: keyOf(externalId(`displaced:${createHash('sha256').update(account.name).digest('hex').slice(0, 40)}`)),
  forbiddenBy: update.isForbidden === true ? 'syncer' : link.forbiddenBy,
  deletedBy: update.isDeleted === true ? 'syncer' : link.deletedBy,
});

const DISPLACED = text('A person decided that another account is this member’s.', '已由人工决定该成员使用另一个账号。');

/** What is remembered of an account that is taken from its member: no run links the two again. */
export const unlinkedDecision = (
  { key, externalId, accountName, forbiddenBy, deletedBy }: AccountLink,
  account: Pick<Account, 'id'> | null,
): Decision => ({
  key,
  externalId,
  kind: 'unlinked',
  accountName,
  accountId: account?.id ?? '',
  fingerprint: '',
  forbiddenBy,
  deletedBy,
});

import type { Account, AccountLink, Decision } from '../../identity/account.ts';
import type { ExternalId } from '../../syncer/external-id.ts';
import { present } from '../../syncer/present.ts';
import { text } from '../../syncer/text.ts';
import type { DisplacedAccount, PlanContext } from './account-plan.ts';
import { planLockOut } from './lock-out.ts';
import type { LeaverPolicy } from '../syncer-settings.ts';

/**
 * Plans the account that a member had until a person said that another one is his: it loses the login binding and counts
 * as a leaver's. An administrator's keeps its access, and so does whoever is left alone.
 */
export function planDisplaced(
  account: Account,
  link: AccountLink,
  userid: ExternalId,
  leavers: LeaverPolicy,
  context: PlanContext,
): DisplacedAccount {
  const { organization, protections } = context;
  const lockOut = planLockOut(
    { key: link.key, userid, cause: 'gone', reason: DISPLACED },
    { account, link },
    { leavers, organization, ...present({ protections }) },
  );
  const { update, reports } = planUnbound(account, context);
  if (!lockOut) return { update, reports };
  const { kind, user, fields, reason } = lockOut;
  return {
    update: { ...lockOut.update, ...update },
    reports: [...reports, { kind, user, fields, reason }],
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

/** What is remembered of it: no run links it again, and whoever links it by hand lets in whom only a sync had locked out. */
export const displacedDecision = (account: Account, link: AccountLink, { update }: DisplacedAccount): Decision => ({
  key: link.key,
  externalId: link.externalId,
  kind: 'unlinked',
  accountName: account.name,
  accountId: account.id,
  fingerprint: '',
  forbiddenBy: update.isForbidden === true ? 'syncer' : link.forbiddenBy,
  deletedBy: update.isDeleted === true ? 'syncer' : link.deletedBy,
});

const DISPLACED = text('A person decided that another account is this member’s.', '已由人工决定该成员使用另一个账号。');

import type { ColumnLimits } from '../../../identity/column-limits.ts';
import { keyOf } from '../../../syncer/external-id.ts';
import type { ProposedName, UserProfile } from '../../../syncer/profile.ts';
import type { AccountPlan, PlanContext } from './account-plan.ts';

/** What an account may be called that a run makes: what userids are made of, and nothing that means something in an address. */
const USABLE = /^(?=.*[A-Za-z0-9])[A-Za-z0-9_.@-]{1,100}$/;

/** What the account of a newcomer is to be called; no name: by the userid, as where the connector has no wish. */
export function wishOf({ externalId, proposeName }: UserProfile, limits: ColumnLimits): ProposedName {
  if (!proposeName) return {};
  const { name, note } = proposeName();
  const isUsable = name !== undefined && USABLE.test(name) && name.length <= limits.name;
  if (isUsable && name.toLowerCase() !== keyOf(externalId)) return { name, ...(note && { note }) };
  return note ? { note } : {};
}

/** The same account under another name; its id stays. */
export function named(
  plan: AccountPlan,
  name: string,
  { organization }: Pick<PlanContext, 'organization'>,
): AccountPlan {
  return {
    ...plan,
    user: `${organization}/${name}`,
    ...(plan.create && { create: { ...plan.create, name } }),
    ...(plan.link && { link: { ...plan.link, accountName: name } }),
  };
}

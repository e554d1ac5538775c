import { Unauthorized, type Refusal } from '../../service/refusal.ts';
import { administers, confinedTo, isGlobal, type Caller } from './caller.ts';

/** Who may use a call that is about no organization in particular. */
export type OpenRule = 'public' | 'signedIn' | 'global';

/**
 * Who may use a call on what belongs to an organization: its administrators; with `account` also the very account that
 * the call is about; with `member` everybody of that organization.
 */
export type OrganizationRule = 'organization' | 'account' | 'member';

export type Rule = OpenRule | OrganizationRule;

/** What a call touches, known before it does anything. */
export interface Touched {
  /** Every organization that it names or touches; none = all that the caller administers. */
  readonly organizations: readonly string[];
  /** As the audit log names it. */
  readonly target: string;
  /** The account that it is about, where that account may do it too. */
  readonly account?: { readonly organization: string; readonly name: string } | undefined;
  /** What strangers are told instead of "Unauthorized operation": the same as for an object that does not exist. */
  readonly unseen?: Refusal;
}

/** @throws Unauthorized when the caller may not use the call, whatever it is about */
export function admit(rule: Rule, caller: Caller): void {
  switch (rule) {
    case 'public':
      return;
    case 'signedIn':
    case 'account':
    case 'member':
      if (caller.kind === 'anonymous') throw new Unauthorized();
      return;
    case 'organization':
      if (!isGlobal(caller) && !(caller.kind === 'user' && caller.isAdmin)) throw new Unauthorized();
      return;
    case 'global':
      if (!isGlobal(caller)) throw new Unauthorized();
      return;
  }
}

export const isAccount = (caller: Caller, organization: string, name: string): boolean =>
  caller.kind === 'user' && caller.organization === organization && caller.name === name;

function mayTouch(rule: OrganizationRule, caller: Caller, { organizations, account }: Touched): boolean {
  if (isGlobal(caller)) return true;
  if (rule === 'account' && account && isAccount(caller, account.organization, account.name)) return true;
  if (rule === 'member') {
    return caller.kind === 'user' && organizations.every((organization) => organization === caller.organization);
  }
  return (
    caller.kind === 'user' && caller.isAdmin && organizations.every((organization) => administers(caller, organization))
  );
}

/**
 * The check of every call on what belongs to an organization, before it does anything.
 *
 * @returns the organization that the call is confined to; undefined = a global caller touches all of them
 * @throws Unauthorized, or what stands in its place, unless the caller may touch all that the call touches
 */
export function requireOrganization(rule: OrganizationRule, caller: Caller, touched: Touched): string | undefined {
  if (!mayTouch(rule, caller, touched)) throw touched.unseen ?? new Unauthorized();
  return touched.organizations[0] ?? confinedTo(caller);
}

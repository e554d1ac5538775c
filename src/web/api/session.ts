import { createContext, use } from 'react';
import type { AccountJson } from '../../host/api.ts';

/** The person who is signed in; undefined only on the sign-in page. */
export const SessionContext = createContext<AccountJson | undefined>(undefined);

export function useSession(): AccountJson {
  const account = use(SessionContext);
  if (!account) throw new Error('this part is shown to people who are signed in');
  return account;
}

/** Accounts of `built-in` administer every organization, all others their own, unless an IAM says more of them. */
export const isGlobal = ({ owner, isGlobalAdmin }: AccountJson): boolean =>
  owner === 'built-in' || isGlobalAdmin === true;

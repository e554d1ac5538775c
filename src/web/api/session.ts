import { createContext, use } from 'react';
import type { UserJson } from '../../host/api.ts';

/** The person who is signed in; undefined only on the sign-in page. */
export const SessionContext = createContext<UserJson | undefined>(undefined);

export function useSession(): UserJson {
  const account = use(SessionContext);
  if (!account) throw new Error('this part is shown to people who are signed in');
  return account;
}

/** Accounts of `built-in` administer every organization, all others their own. */
export const isGlobal = (account: UserJson): boolean => account.owner === 'built-in';

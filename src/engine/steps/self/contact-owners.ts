import { SIGN_IN_FIELDS, type Account } from '../../../identity/account.ts';
import type { IdentityPage } from '../../../identity/identity-store.ts';
import type { ProfileField, ProfileValues } from '../../../syncer/profile.ts';
import type { RunContext } from '../run-context.ts';

/**
 * Names of the other accounts of the organization that have one of these values, by the field; deleted ones sign in
 * nowhere.
 */
export async function contactOwners(
  page: Pick<IdentityPage, 'heldByContact'>,
  values: ProfileValues,
  ownName: string,
  { scope, store }: Pick<RunContext, 'scope' | 'store'>,
): Promise<ReadonlyMap<ProfileField, readonly string[]>> {
  const found = new Map<ProfileField, string[]>();
  const wanted = SIGN_IN_FIELDS.filter((field) => values[field] !== undefined && values[field] !== '');
  if (wanted.length === 0) return found;
  const look = (account: Account): void => {
    if (account.isDeleted || account.name === ownName) return;
    for (const field of wanted) {
      if (account.values[field]?.toLowerCase() !== values[field]?.toLowerCase()) continue;
      const names = found.get(field) ?? [];
      if (!names.includes(account.name)) found.set(field, [...names, account.name]);
    }
  };
  const asked = (field: 'email' | 'phone'): readonly string[] => (values[field] ? [values[field].toLowerCase()] : []);
  for (const { account } of await page.heldByContact(scope, asked('phone'), asked('email'))) if (account) look(account);
  for await (const candidates of store.candidates(scope)) for (const { account } of candidates) look(account);
  return found;
}

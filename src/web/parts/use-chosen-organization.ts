import { useSearchParams } from 'react-router';
import { isGlobal, useSession } from '../api/session.ts';
import { useOrganizations } from './organization-select.tsx';

/** The organization that a list is about: as the address says, else the first that people are synced into. */
export function useChosenOrganization(): readonly [string, (organization: string) => void] {
  const account = useSession();
  const { organizations } = useOrganizations();
  const [query, setQuery] = useSearchParams();
  const first = organizations.find(({ name }) => name !== 'built-in') ?? organizations[0];
  const fallback = isGlobal(account) ? (first?.name ?? '') : account.owner;
  return [query.get('organization') ?? fallback, (organization) => setQuery({ organization })];
}

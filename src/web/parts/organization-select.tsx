import { useQuery } from '@tanstack/react-query';
import { AutoComplete, Select } from 'antd';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import type { OrganizationJson } from '../../host/api.ts';
import { getOrganizations } from '../api/calls.ts';
import { isGlobal, useSession } from '../api/session.ts';
import { useMessages } from '../language/language.ts';
import './organization-select.css';

/** The organizations that the person may see. */
export function useOrganizations(): { readonly organizations: readonly OrganizationJson[]; readonly known: boolean } {
  const { data } = useQuery({ queryKey: ['organizations'], queryFn: getOrganizations, staleTime: 30_000 });
  return { organizations: data?.content ?? [], known: data !== undefined };
}

/** The organization that a list is about: as the address says, else the first that people are synced into. */
export function useChosenOrganization(): readonly [string, (organization: string) => void] {
  const account = useSession();
  const { organizations } = useOrganizations();
  const [query, setQuery] = useSearchParams();
  const first = organizations.find(({ name }) => name !== 'built-in') ?? organizations[0];
  const fallback = isGlobal(account) ? (first?.name ?? '') : account.owner;
  return [query.get('organization') ?? fallback, (organization) => setQuery({ organization })];
}

export const organizationLabel = ({ name, displayName }: OrganizationJson): string =>
  displayName !== '' && displayName !== name ? `${displayName} (${name})` : name;

interface OrganizationSelectProps {
  readonly id?: string;
  readonly value: string;
  /** Shown for "", which stands for all of them; absent: one must be chosen. */
  readonly all?: string;
  /** Leaves out the organization of the administrators, into which nobody is synced. */
  readonly withoutBuiltIn?: boolean;
  readonly onChange: (organization: string) => void;
}

export function OrganizationSelect({
  id,
  value,
  all,
  withoutBuiltIn = false,
  onChange,
}: OrganizationSelectProps): ReactNode {
  const words = useMessages();
  const { organizations } = useOrganizations();
  const options = organizations
    .filter(({ name }) => !withoutBuiltIn || name !== 'built-in')
    .map((organization) => ({ value: organization.name, label: organizationLabel(organization) }));
  return (
    <Select
      {...(id === undefined ? {} : { id })}
      className="organization-select"
      aria-label={words.syncers.organization}
      showSearch={{ optionFilterProp: 'label' }}
      value={value === '' && all === undefined ? null : value}
      options={all === undefined ? options : [{ value: '', label: all }, ...options]}
      onChange={onChange}
    />
  );
}

/** One organization, typed or chosen: a host that has this page as a part of his own may know more of them. */
export function OrganizationInput({
  id,
  value,
  onChange,
}: Pick<OrganizationSelectProps, 'id' | 'value' | 'onChange'>): ReactNode {
  const { organizations } = useOrganizations();
  return (
    <AutoComplete
      {...(id === undefined ? {} : { id })}
      className="organization-select"
      value={value}
      options={organizations
        .filter(({ name }) => name !== 'built-in')
        .map((organization) => ({ value: organization.name, label: organizationLabel(organization) }))}
      onChange={onChange}
    />
  );
}

import { useQuery } from '@tanstack/react-query';
import { Button, Input, Select } from 'antd';
import type { ReactNode } from 'react';
import { getSyncers, type AuditFilter } from '../api/calls.ts';
import { useMessages } from '../language/language.ts';
import { DayInput } from './day-input.tsx';
import './filters.css';

/** So many syncers can be chosen from; a link of theirs chooses any. */
const MOST_SYNCERS = 200;

interface AuditFiltersProps {
  readonly filter: AuditFilter;
  readonly change: (changed: Partial<AuditFilter>) => void;
}

/** By action, person, syncer and time. */
export function AuditFilters({ filter, change }: AuditFiltersProps): ReactNode {
  const messages = useMessages();
  const words = messages.audit;
  const { organization, action, user, syncer, from, to } = filter;
  const syncers = useQuery({
    queryKey: ['syncers', organization, 'audited'],
    queryFn: () => getSyncers(organization, { page: 1, pageSize: MOST_SYNCERS }),
  });
  const known = (syncers.data?.content ?? []).map((one) => `${one.organization}/${one.name}`);
  const syncerIds = syncer === '' || known.includes(syncer) ? known : [syncer, ...known];
  const actions = Object.entries(words.actions).map(([value, label]) => ({ value, label }));
  const isFiltered = [action, user, syncer, from, to].some((value) => value !== '');
  return (
    <div className="filters">
      <Select
        aria-label={words.action}
        showSearch={{ optionFilterProp: 'label' }}
        value={action}
        options={[{ value: '', label: words.allActions }, ...actions]}
        onChange={(value) => change({ action: value })}
      />
      <Select
        aria-label={words.syncer}
        showSearch
        value={syncer}
        options={[{ value: '', label: words.allSyncers }, ...syncerIds.map((id) => ({ value: id, label: id }))]}
        onChange={(value) => change({ syncer: value })}
      />
      <Input.Search
        // What is chosen elsewhere stands in it, too.
        key={user}
        allowClear
        defaultValue={user}
        aria-label={words.person}
        placeholder={words.personHint}
        onSearch={(typed) => change({ user: named(typed.trim(), organization) })}
      />
      <DayInput label={words.fromDay} value={from} onChange={(day) => change({ from: day })} />
      <DayInput label={words.toDay} value={to} onChange={(day) => change({ to: day })} />
      {isFiltered && (
        <Button type="link" onClick={() => change({ action: '', user: '', syncer: '', from: '', to: '' })}>
          {words.clear}
        </Button>
      )}
    </div>
  );
}

/** People write a name; whoever administers all organizations is of the built-in one. */
const named = (typed: string, organization: string): string =>
  typed === '' || typed.includes('/') ? typed : `${organization || 'built-in'}/${typed}`;

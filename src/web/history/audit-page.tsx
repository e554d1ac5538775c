import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { AuditEntryJson } from '../../host/api.ts';
import { getAuditLog, getAuditTable, type AuditFilter } from '../api/calls.ts';
import { useMessages } from '../language/language.ts';
import { Blank } from '../parts/blank.tsx';
import { OrganizationSelect } from '../parts/organization-select.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { PagedTable, usePaging } from '../parts/paged-table.tsx';
import { Problem } from '../parts/problem.tsx';
import { TableButton } from './table-button.tsx';
import { AuditFilters } from './audit-filters.tsx';
import { Act, Actor, Result } from './audit-entry.tsx';
import { useFilter, useReach } from './use-filter.ts';
import './audit-page.css';

const ASKED = ['organization', 'action', 'user', 'syncer', 'from', 'to'] as const;

/** Who did what, and how it ended. */
export function AuditPage(): ReactNode {
  const messages = useMessages();
  const words = messages.audit;
  const [asked, ask] = useFilter(ASKED);
  const { organization, seesAll } = useReach(asked.organization);
  const filter: AuditFilter = { ...asked, organization };
  const paging = usePaging(20);
  const { page, pageSize } = paging;
  const log = useQuery({
    queryKey: ['audit', filter, page, pageSize],
    queryFn: () => getAuditLog(filter, { page, pageSize }),
    placeholderData: keepPreviousData,
  });
  const change: typeof ask = (changed) => {
    paging.restart();
    ask(changed);
  };
  const isFiltered = ASKED.some((name) => name !== 'organization' && asked[name] !== '');
  const entries = log.data?.content ?? [];
  return (
    <>
      <PageHeader
        title={words.title}
        lead={words.lead}
        actions={
          <>
            <OrganizationSelect
              value={organization}
              {...(seesAll && { all: messages.syncers.allOrganizations })}
              // A syncer and most people are of one organization.
              onChange={(name) => change({ organization: name, syncer: '', user: '' })}
            />
            <TableButton name={`audit-${organization || 'all'}`} read={() => getAuditTable(filter)} />
          </>
        }
      />
      <section className="panel audit" aria-label={words.title}>
        <AuditFilters filter={filter} change={change} />
        {log.isError && <Problem error={log.error} retry={() => void log.refetch()} />}
        {!log.isError && log.data?.total === 0 && !isFiltered && (
          <Blank title={words.emptyTitle} text={words.emptyText} />
        )}
        {!log.isError && (log.data?.total !== 0 || isFiltered) && (
          <PagedTable<AuditEntryJson>
            rows={entries}
            total={log.data?.total ?? 0}
            loading={log.isPending || log.isPlaceholderData}
            paging={paging}
            sizes
            size="middle"
            rowKey="id"
            locale={{ emptyText: words.nothingFound }}
            card={(entry) => (
              <div className="change-card">
                <Act entry={entry} />
                <Result entry={entry} />
                <Actor entry={entry} only={(user) => change({ user })} />
              </div>
            )}
            columns={[
              {
                title: words.who,
                width: '21%',
                render: (_, entry) => <Actor entry={entry} only={(user) => change({ user })} />,
              },
              { title: words.what, width: '24%', render: (_, entry) => <Act entry={entry} /> },
              { title: words.result, render: (_, entry) => <Result entry={entry} /> },
            ]}
          />
        )}
      </section>
    </>
  );
}

import { PlusOutlined } from '@ant-design/icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';
import type { SyncerJson } from '../../host/api.ts';
import { getSyncers, type Listing } from '../api/calls.ts';
import { IS_MOUNTED } from '../api/place.ts';
import { isGlobal, useSession } from '../api/session.ts';
import { useMessages } from '../language/language.ts';
import { Blank } from '../parts/blank.tsx';
import { OrganizationSelect, useOrganizations } from '../parts/organization-select.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { PagedTable, SearchField, usePaging, type Paging } from '../parts/paged-table.tsx';
import { Problem } from '../parts/problem.tsx';
import { useTypeTitle } from '../api/use-syncer-types.ts';
import { isActive } from '../parts/state-tag.tsx';
import { DriftMark } from '../configuration/drift-panel.tsx';
import { QuestionCount } from '../decisions/question-count.tsx';
import { LastRun, NextRun } from './last-run.tsx';
import { EnabledSwitch, SyncerActions } from './syncer-actions.tsx';
import { syncerPath } from '../api/syncer-path.ts';
import './syncers-page.css';

const WHILE_RUNNING_MS = 2000;
const AT_REST_MS = 20_000;

export function SyncersPage(): ReactNode {
  const words = useMessages();
  const navigate = useNavigate();
  const account = useSession();
  const global = isGlobal(account);
  const [chosen, setChosen] = useState('');
  const paging = usePaging(10);
  const { page, pageSize, order, value } = paging;
  const { organizations, known } = useOrganizations();
  const organization = global ? chosen : account.owner;
  const listing: Listing = { page, pageSize, field: 'name', value, ...order };
  const syncers = useQuery({
    queryKey: ['syncers', organization, listing],
    queryFn: () => getSyncers(organization, listing),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.content.some(({ lastRun }) => lastRun && isActive(lastRun.state)) ? WHILE_RUNNING_MS : AT_REST_MS,
  });
  const rows = syncers.data?.content ?? [];
  const filtered = value !== '' || chosen !== '';
  const isBlank = syncers.isSuccess && rows.length === 0 && !filtered;
  // Accounts of built-in are administrators of this page; members never go there.
  const needsOrganization = !IS_MOUNTED && known && !organizations.some(({ name }) => name !== 'built-in');

  const add = (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => void navigate('/syncers/new')}>
      {words.syncers.add}
    </Button>
  );
  return (
    <>
      <PageHeader title={words.syncers.title} lead={words.syncers.lead} actions={isBlank ? undefined : add} />
      {syncers.isError && <Problem error={syncers.error} retry={() => void syncers.refetch()} />}
      {isBlank && (needsOrganization ? <NoOrganization /> : <NoSyncer add={add} />)}
      {!isBlank && !syncers.isError && (
        <section className="panel" aria-label={words.syncers.title}>
          <div className="toolbar">
            <SearchField label={words.syncers.search} value={paging.search} onChange={paging.seek} />
            {global && organizations.length > 2 && (
              <OrganizationSelect
                value={chosen}
                all={words.syncers.allOrganizations}
                onChange={(name) => {
                  setChosen(name);
                  paging.restart();
                }}
              />
            )}
          </div>
          <SyncerList rows={rows} total={syncers.data?.total ?? 0} loading={syncers.isPending} paging={paging} />
        </section>
      )}
    </>
  );
}

function NoOrganization(): ReactNode {
  const words = useMessages();
  const navigate = useNavigate();
  return (
    <Blank title={words.syncers.noOrganizationTitle} text={words.syncers.noOrganizationText}>
      <Button type="primary" onClick={() => void navigate('/organizations')}>
        {words.organizations.add}
      </Button>
    </Blank>
  );
}

function NoSyncer({ add }: { readonly add: ReactNode }): ReactNode {
  const words = useMessages().syncers;
  return (
    <Blank title={words.emptyTitle} text={words.emptyText}>
      {add}
    </Blank>
  );
}

interface SyncerListProps {
  readonly rows: readonly SyncerJson[];
  readonly total: number;
  readonly loading: boolean;
  readonly paging: Paging;
}

function SyncerList(list: SyncerListProps): ReactNode {
  const words = useMessages().syncers;
  return (
    <PagedTable<SyncerJson>
      {...list}
      rowKey={({ organization, name }) => `${organization}/${name}`}
      locale={{ emptyText: words.nothingFound }}
      card={(syncer) => <SyncerCard syncer={syncer} />}
      columns={[
        { title: words.name, key: 'name', sorter: true, render: (_, syncer) => <SyncerName syncer={syncer} /> },
        { title: words.lastRun, key: 'lastRun', render: (_, syncer) => <LastRun syncer={syncer} /> },
        { title: words.nextRun, key: 'nextRunAt', sorter: true, render: (_, syncer) => <NextRun syncer={syncer} /> },
        {
          title: words.enabled,
          key: 'isEnabled',
          sorter: true,
          render: (_, syncer) => <EnabledSwitch syncer={syncer} />,
        },
        {
          title: <span className="only-read">{words.actions}</span>,
          key: 'actions',
          align: 'end',
          render: (_, syncer) => <SyncerActions syncer={syncer} />,
        },
      ]}
    />
  );
}

function SyncerName({ syncer }: { readonly syncer: SyncerJson }): ReactNode {
  const title = useTypeTitle(syncer.type);
  return (
    <div className="syncer-name">
      <Link to={syncerPath(syncer)}>{syncer.name}</Link>
      <span className="quiet">
        {syncer.organization} · {title}
      </span>
      <QuestionCount syncer={syncer} />
      <DriftMark syncer={syncer} />
    </div>
  );
}

function SyncerCard({ syncer }: { readonly syncer: SyncerJson }): ReactNode {
  const words = useMessages().syncers;
  return (
    <div className="syncer-card">
      <div className="spread">
        <SyncerName syncer={syncer} />
        <EnabledSwitch syncer={syncer} />
      </div>
      <LastRun syncer={syncer} />
      <div className="quiet">
        {words.nextRun}: <NextRun syncer={syncer} />
      </div>
      <SyncerActions syncer={syncer} />
    </div>
  );
}

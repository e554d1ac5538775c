import { PlusOutlined } from '@ant-design/icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button, Input, Table, type TableProps } from 'antd';
import { useDeferredValue, useState, type ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';
import type { SyncerJson } from '../../host/api.ts';
import { getSyncers, type Listing } from '../api/calls.ts';
import { isGlobal, useSession } from '../api/session.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Blank } from '../parts/blank.tsx';
import { OrganizationSelect, useOrganizations } from '../parts/organization-select.tsx';
import { PageHeader, useNarrow } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';
import { isActive } from '../parts/state-tag.tsx';
import { LastRun, NextRun } from './last-run.tsx';
import { EnabledSwitch, SyncerActions } from './syncer-actions.tsx';
import { syncerPath } from '../api/syncer-path.ts';
import './syncers-page.css';

const WHILE_RUNNING_MS = 2000;
const AT_REST_MS = 20_000;

type Order = Pick<Listing, 'sortField' | 'sortOrder'>;

export function SyncersPage(): ReactNode {
  const words = useMessages();
  const navigate = useNavigate();
  const account = useSession();
  const global = isGlobal(account);
  const [chosen, setChosen] = useState('');
  const [search, setSearch] = useState('');
  const [page, setPage] = useState(1);
  const [pageSize, setPageSize] = useState(10);
  const [order, setOrder] = useState<Order>({});
  const value = useDeferredValue(search.trim());
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
  const needsOrganization = known && !organizations.some(({ name }) => name !== 'built-in');

  const add = (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => void navigate('/syncers/new')}>
      {words.syncers.add}
    </Button>
  );
  return (
    <>
      <PageHeader title={words.syncers.title} lead={words.syncers.lead} actions={isBlank ? undefined : add} />
      {syncers.isError && <Problem error={syncers.error} retry={() => void syncers.refetch()} />}
      {isBlank && needsOrganization && (
        <Blank title={words.syncers.noOrganizationTitle} text={words.syncers.noOrganizationText}>
          <Button type="primary" onClick={() => void navigate('/organizations')}>
            {words.organizations.add}
          </Button>
        </Blank>
      )}
      {isBlank && !needsOrganization && (
        <Blank title={words.syncers.emptyTitle} text={words.syncers.emptyText}>
          {add}
        </Blank>
      )}
      {!isBlank && !syncers.isError && (
        <section className="panel" aria-label={words.syncers.title}>
          <div className="toolbar">
            <Input.Search
              allowClear
              placeholder={words.syncers.search}
              aria-label={words.syncers.search}
              value={search}
              onChange={(event) => {
                setSearch(event.target.value);
                setPage(1);
              }}
            />
            {global && organizations.length > 2 && (
              <OrganizationSelect
                value={chosen}
                all={words.syncers.allOrganizations}
                onChange={(name) => {
                  setChosen(name);
                  setPage(1);
                }}
              />
            )}
          </div>
          <SyncerList
            rows={rows}
            loading={syncers.isPending}
            order={order}
            pagination={{
              current: page,
              pageSize,
              total: syncers.data?.total ?? 0,
              hideOnSinglePage: true,
              onChange: (number, size) => {
                setPage(number);
                setPageSize(size);
              },
            }}
            sort={setOrder}
          />
        </section>
      )}
    </>
  );
}

interface SyncerListProps {
  readonly rows: readonly SyncerJson[];
  readonly loading: boolean;
  readonly order: Order;
  readonly pagination: Exclude<TableProps<SyncerJson>['pagination'], false | undefined>;
  readonly sort: (order: Order) => void;
}

const keyOf = ({ organization, name }: SyncerJson): string => `${organization}/${name}`;

function SyncerList({ rows, loading, order, pagination, sort }: SyncerListProps): ReactNode {
  const words = useMessages();
  const formats = useFormats();
  const narrow = useNarrow();
  const sortable = (field: string) => ({
    sorter: true,
    sortOrder: order.sortField === field ? (order.sortOrder ?? null) : null,
  });
  const columns: TableProps<SyncerJson>['columns'] = narrow
    ? [{ title: words.syncers.name, render: (_, syncer) => <SyncerCard syncer={syncer} /> }]
    : [
        {
          title: words.syncers.name,
          key: 'name',
          ...sortable('name'),
          render: (_, syncer) => <SyncerName syncer={syncer} />,
        },
        { title: words.syncers.lastRun, key: 'lastRun', render: (_, syncer) => <LastRun syncer={syncer} /> },
        {
          title: words.syncers.nextRun,
          key: 'nextRunAt',
          ...sortable('nextRunAt'),
          render: (_, syncer) => <NextRun syncer={syncer} />,
        },
        {
          title: words.syncers.enabled,
          key: 'isEnabled',
          ...sortable('isEnabled'),
          render: (_, syncer) => <EnabledSwitch syncer={syncer} />,
        },
        {
          title: <span className="only-read">{words.syncers.actions}</span>,
          key: 'actions',
          align: 'end',
          render: (_, syncer) => <SyncerActions syncer={syncer} />,
        },
      ];
  return (
    <Table<SyncerJson>
      rowKey={keyOf}
      columns={columns}
      dataSource={rows}
      loading={loading}
      showHeader={!narrow}
      pagination={{ ...pagination, showTotal: (total) => words.total(formats.number(total)) }}
      locale={{ emptyText: words.syncers.nothingFound }}
      onChange={(_pages, _filters, sorter) => {
        const [by] = [sorter].flat();
        sort(by?.order ? { sortField: String(by.columnKey), sortOrder: by.order } : {});
      }}
    />
  );
}

const SyncerName = ({ syncer }: { readonly syncer: SyncerJson }): ReactNode => (
  <div className="syncer-name">
    <Link to={syncerPath(syncer)}>{syncer.name}</Link>
    <span className="quiet">
      {syncer.organization} · {syncer.type}
    </span>
  </div>
);

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

import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Avatar, Button, Input, Select, Space, Table, Tag, type TableProps } from 'antd';
import { useDeferredValue, useState, type ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { UserJson } from '../../host/api.ts';
import { forbidUser, getUsers, type Listing } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Blank } from '../parts/blank.tsx';
import { useNotices } from '../parts/notices.ts';
import { OrganizationSelect } from '../parts/organization-select.tsx';
import { PageHeader, useNarrow } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';
import { useChosenOrganization } from '../parts/use-chosen-organization.ts';
import { useGroupTitles } from '../parts/use-group-titles.ts';
import { AccessTag } from './access-tag.tsx';
import './users-page.css';

type Order = Pick<Listing, 'sortField' | 'sortOrder'>;
const SEARCHED = ['displayName', 'name', 'email', 'phone', 'title'] as const;
type Searched = (typeof SEARCHED)[number];

/** Accounts of one organization, or of one of its groups; the server pages, sorts and searches. */
export function UsersPage(): ReactNode {
  const words = useMessages();
  const [organization, choose] = useChosenOrganization();
  const [query, setQuery] = useSearchParams();
  const group = query.get('group') ?? '';
  const wanted = query.get('user') ?? '';
  const [field, setField] = useState<Searched>(wanted === '' ? 'displayName' : 'name');
  const [search, setSearch] = useState(wanted);
  const [page, setPage] = useState(1);
  const [pageSize, setPageSize] = useState(20);
  const [order, setOrder] = useState<Order>({});
  const value = useDeferredValue(search.trim());
  const listing: Listing = { page, pageSize, field, value, ...order };
  const users = useQuery({
    queryKey: ['users', organization, group, listing],
    queryFn: () => getUsers(organization, group, listing),
    enabled: organization !== '',
    placeholderData: keepPreviousData,
  });
  const groupTitles = useGroupTitles(organization);
  const isBlank = users.data?.total === 0 && value === '' && group === '';
  const labels: Readonly<Record<Searched, string>> = {
    displayName: words.users.name,
    name: words.users.userName,
    email: words.users.email,
    phone: words.users.phone,
    title: words.users.jobTitle,
  };
  return (
    <>
      <PageHeader
        title={words.users.title}
        lead={words.users.lead}
        actions={
          <OrganizationSelect
            value={organization}
            onChange={(name) => {
              setPage(1);
              choose(name);
            }}
          />
        }
      />
      {users.isError && <Problem error={users.error} retry={() => void users.refetch()} />}
      {isBlank && <Blank title={words.users.emptyTitle} text={words.users.emptyText} />}
      {!isBlank && !users.isError && (
        <section className="panel" aria-label={words.users.title}>
          <div className="toolbar">
            <Space.Compact>
              <Select<Searched>
                aria-label={words.users.searchBy}
                className="field-select"
                value={field}
                options={SEARCHED.map((option) => ({ value: option, label: labels[option] }))}
                onChange={setField}
              />
              <Input.Search
                allowClear
                placeholder={words.users.search}
                aria-label={words.users.search}
                value={search}
                onChange={(event) => {
                  setSearch(event.target.value);
                  setPage(1);
                }}
              />
            </Space.Compact>
            {group !== '' && (
              <Tag
                closable
                variant="outlined"
                onClose={() =>
                  setQuery((current) => {
                    current.delete('group');
                    return current;
                  })
                }
              >
                {words.users.inGroup(groupTitles.get(group) ?? group)}
              </Tag>
            )}
          </div>
          <UserTable
            rows={users.data?.content ?? []}
            loading={users.isPending || users.isPlaceholderData}
            groupTitles={groupTitles}
            order={order}
            sort={setOrder}
            pagination={{
              current: page,
              pageSize,
              total: users.data?.total ?? 0,
              showSizeChanger: true,
              onChange: (number, size) => {
                setPage(number);
                setPageSize(size);
              },
            }}
          />
        </section>
      )}
    </>
  );
}

interface UserTableProps {
  readonly rows: readonly UserJson[];
  readonly loading: boolean;
  readonly groupTitles: ReadonlyMap<string, string>;
  readonly order: Order;
  readonly pagination: Exclude<TableProps<UserJson>['pagination'], false | undefined>;
  readonly sort: (order: Order) => void;
}

function UserTable({ rows, loading, groupTitles, order, pagination, sort }: UserTableProps): ReactNode {
  const words = useMessages();
  const formats = useFormats();
  const narrow = useNarrow();
  const sortable = (field: string) => ({
    key: field,
    sorter: true,
    sortOrder: order.sortField === field ? (order.sortOrder ?? null) : null,
  });
  const columns: TableProps<UserJson>['columns'] = narrow
    ? [
        {
          title: words.users.name,
          render: (_, user) => (
            <div className="change-card">
              <div className="spread">
                <Name user={user} />
                <AccessTag user={user} />
              </div>
              <span className="quiet break">{[user.title, user.email, user.phone].filter(Boolean).join(' · ')}</span>
              <Groups user={user} titles={groupTitles} />
              <AccessButton user={user} />
            </div>
          ),
        },
      ]
    : [
        {
          title: words.users.name,
          width: '23%',
          ...sortable('displayName'),
          render: (_, user) => <Name user={user} />,
        },
        {
          title: words.users.jobTitle,
          width: '17%',
          ellipsis: true,
          ...sortable('title'),
          dataIndex: 'title',
          responsive: ['lg'],
        },
        {
          title: words.users.email,
          width: '24%',
          ...sortable('email'),
          render: (_, user) => (
            <div className="contact">
              <span>{user.email}</span>
              <span className="quiet">{user.phone}</span>
            </div>
          ),
        },
        {
          title: words.users.groups,
          render: (_, user) => <Groups user={user} titles={groupTitles} />,
          responsive: ['lg'],
        },
        {
          title: words.users.access,
          width: 150,
          ...sortable('isForbidden'),
          render: (_, user) => <AccessTag user={user} />,
        },
        {
          title: <span className="only-read">{words.syncers.actions}</span>,
          align: 'end',
          width: 96,
          render: (_, user) => <AccessButton user={user} />,
        },
      ];
  return (
    <Table<UserJson>
      size="middle"
      tableLayout="fixed"
      rowKey={({ owner, name }) => `${owner}/${name}`}
      columns={columns}
      dataSource={rows}
      loading={loading}
      showHeader={!narrow}
      locale={{ emptyText: words.users.nothingFound }}
      pagination={{ ...pagination, showTotal: (total) => words.total(formats.number(total)) }}
      onChange={(_pages, _filters, sorter) => {
        const [by] = [sorter].flat();
        sort(by?.order ? { sortField: String(by.columnKey), sortOrder: by.order } : {});
      }}
    />
  );
}

/** A whole character as people see it, also when it is made of several. */
function initialOf({ displayName, name }: UserJson): string {
  const [first] = new Intl.Segmenter().segment(displayName || name);
  return first?.segment ?? '';
}

const Name = ({ user }: { readonly user: UserJson }): ReactNode => (
  <div className="user-name">
    {/* WeCom still writes some addresses with http, and answers them with https too. */}
    <Avatar src={user.avatar === '' ? undefined : user.avatar.replace(/^http:/, 'https:')} alt="">
      {initialOf(user)}
    </Avatar>
    <div>
      <strong>{user.displayName || user.name}</strong>
      <span className="quiet">{user.name}</span>
    </div>
  </div>
);

const Groups = ({
  user,
  titles,
}: {
  readonly user: UserJson;
  readonly titles: ReadonlyMap<string, string>;
}): ReactNode => (
  <div className="tags">
    {user.groups.map((group) => (
      <Link key={group} to={`/users?organization=${encodeURIComponent(user.owner)}&group=${encodeURIComponent(group)}`}>
        <Tag variant="outlined">{titles.get(group) ?? group.slice(group.indexOf('/') + 1)}</Tag>
      </Link>
    ))}
  </div>
);

/** An administrator's own decision, which outlives every sync. */
function AccessButton({ user }: { readonly user: UserJson }): ReactNode {
  const words = useMessages().users;
  const queries = useQueryClient();
  const { done, problem } = useNotices();
  const name = user.displayName || user.name;
  const { mutate, isPending } = useMutation({
    mutationFn: (isForbidden: boolean) => forbidUser(user, isForbidden),
    async onSuccess(_answer, isForbidden) {
      await queries.invalidateQueries({ queryKey: ['users'] });
      done(isForbidden ? words.forbade(name) : words.allowedAgain(name));
    },
    onError: problem,
  });
  if (user.isDeleted || user.isAdmin) return null;
  return user.isForbidden ? (
    <Button
      size="small"
      type="text"
      className="row-action"
      loading={isPending}
      aria-label={words.allowNamed(name)}
      onClick={() => mutate(false)}
    >
      {words.allow}
    </Button>
  ) : (
    <Button
      size="small"
      type="text"
      className="row-action"
      loading={isPending}
      aria-label={words.forbidNamed(name)}
      onClick={() => mutate(true)}
    >
      {words.forbid}
    </Button>
  );
}

import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Avatar, Button, Select, Space, Tag } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { ProtectionJson, UserJson } from '../../host/api.ts';
import { historyPath } from '../api/account-path.ts';
import { forbidUser, getUsers, type Listing } from '../api/calls.ts';
import { useMessages } from '../language/language.ts';
import { Blank } from '../parts/blank.tsx';
import { useNotices } from '../parts/notices.ts';
import { OrganizationSelect, useChosenOrganization } from '../parts/organization-select.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { PagedTable, SearchField, usePaging, type Paging } from '../parts/paged-table.tsx';
import { Problem } from '../parts/problem.tsx';
import { useGroupTitles } from '../parts/use-group-titles.ts';
import { LeaveAloneButton, useLeftAlone } from '../decisions/leave-alone-button.tsx';
import { AccessTag } from './access-tag.tsx';
import './users-page.css';

const SEARCHED = ['displayName', 'name', 'email', 'phone', 'title'] as const;
type Searched = (typeof SEARCHED)[number];

/** Accounts of one organization, or of one of its groups; the server pages, sorts and searches. */
export function UsersPage(): ReactNode {
  const words = useMessages();
  const [organization, choose] = useChosenOrganization();
  const [query] = useSearchParams();
  const group = query.get('group') ?? '';
  const wanted = query.get('user') ?? '';
  const [field, setField] = useState<Searched>(wanted === '' ? 'displayName' : 'name');
  const paging = usePaging(20, wanted);
  const { page, pageSize, order, value } = paging;
  const listing: Listing = { page, pageSize, field, value, ...order };
  const users = useQuery({
    queryKey: ['users', organization, group, listing],
    queryFn: () => getUsers(organization, group, listing),
    enabled: organization !== '',
    placeholderData: keepPreviousData,
  });
  const groupTitles = useGroupTitles(organization);
  const leftAlone = useLeftAlone(organization);
  const isBlank = users.data?.total === 0 && value === '' && group === '';
  return (
    <>
      <PageHeader
        title={words.users.title}
        lead={words.users.lead}
        actions={
          <OrganizationSelect
            value={organization}
            onChange={(name) => {
              paging.restart();
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
              <SearchedField value={field} onChange={setField} />
              <SearchField label={words.users.search} value={paging.search} onChange={paging.seek} />
            </Space.Compact>
            {group !== '' && <GroupFilter title={groupTitles.get(group) ?? group} />}
          </div>
          <UserTable
            rows={users.data?.content ?? []}
            total={users.data?.total ?? 0}
            loading={users.isPending || users.isPlaceholderData}
            groupTitles={groupTitles}
            leftAlone={leftAlone}
            paging={paging}
            sought={field === 'name' && value !== '' ? `${organization}/${value}` : ''}
          />
        </section>
      )}
    </>
  );
}

/** The group whose members alone are shown; closed, everybody is. */
function GroupFilter({ title }: { readonly title: string }): ReactNode {
  const words = useMessages().users;
  const [, setQuery] = useSearchParams();
  const leave = (): void =>
    setQuery((current) => {
      current.delete('group');
      return current;
    });
  return (
    <Tag variant="outlined" closable onClose={leave}>
      {words.inGroup(title)}
    </Tag>
  );
}

interface SearchedFieldProps {
  readonly value: Searched;
  readonly onChange: (field: Searched) => void;
}

function SearchedField({ value, onChange }: SearchedFieldProps): ReactNode {
  const words = useMessages().users;
  const labels: Readonly<Record<Searched, string>> = {
    displayName: words.name,
    name: words.userName,
    email: words.email,
    phone: words.phone,
    title: words.jobTitle,
  };
  return (
    <Select<Searched>
      aria-label={words.searchBy}
      className="field-select"
      value={value}
      options={SEARCHED.map((option) => ({ value: option, label: labels[option] }))}
      onChange={onChange}
    />
  );
}

interface UserTableProps {
  readonly rows: readonly UserJson[];
  readonly total: number;
  readonly loading: boolean;
  readonly groupTitles: ReadonlyMap<string, string>;
  readonly leftAlone: ReadonlyMap<string, ProtectionJson>;
  readonly paging: Paging;
  /** `ORG/NAME` of an account that was sought by its name; it may be gone, and have a history. */
  readonly sought: string;
}

function UserTable({ groupTitles, leftAlone, sought, ...list }: UserTableProps): ReactNode {
  const words = useMessages();
  const buttons = (user: UserJson): ReactNode => (
    <RowButtons user={user} protection={leftAlone.get(`${user.owner}/${user.name}`)} />
  );
  return (
    <PagedTable<UserJson>
      {...list}
      sizes
      size="middle"
      tableLayout="fixed"
      rowKey={({ owner, name }) => `${owner}/${name}`}
      locale={{
        emptyText: (
          <>
            <p>{words.users.nothingFound}</p>
            {sought !== '' && <Link to={historyPath(sought)}>{words.history.ofAccount(sought)}</Link>}
          </>
        ),
      }}
      card={(user) => <UserCard user={user} titles={groupTitles} buttons={buttons(user)} />}
      columns={[
        {
          title: words.users.name,
          key: 'displayName',
          sorter: true,
          width: '23%',
          render: (_, user) => <Name user={user} />,
        },
        {
          title: words.users.jobTitle,
          key: 'title',
          sorter: true,
          width: '17%',
          ellipsis: true,
          dataIndex: 'title',
          responsive: ['lg'],
        },
        {
          title: words.users.email,
          key: 'email',
          sorter: true,
          width: '24%',
          render: (_, user) => <Contact user={user} />,
        },
        {
          title: words.users.groups,
          render: (_, user) => <Groups user={user} titles={groupTitles} />,
          responsive: ['lg'],
        },
        {
          title: words.users.access,
          key: 'isForbidden',
          sorter: true,
          width: 150,
          render: (_, user) => <AccessTag user={user} />,
        },
        {
          title: <span className="only-read">{words.syncers.actions}</span>,
          align: 'end',
          width: 116,
          render: (_, user) => buttons(user),
        },
      ]}
    />
  );
}

const Contact = ({ user }: { readonly user: UserJson }): ReactNode => (
  <div className="contact">
    <span>{user.email}</span>
    <span className="quiet">{user.phone}</span>
  </div>
);

const RowButtons = (props: Parameters<typeof LeaveAloneButton>[0]): ReactNode => (
  <div className="row-buttons">
    <LeaveAloneButton {...props} />
    <AccessButton user={props.user} />
  </div>
);

const UserCard = ({ user, titles, buttons }: GroupsProps & { readonly buttons: ReactNode }): ReactNode => (
  <div className="change-card">
    <div className="spread">
      <Name user={user} />
      <AccessTag user={user} />
    </div>
    <span className="quiet break">{[user.title, user.email, user.phone].filter(Boolean).join(' · ')}</span>
    <Groups user={user} titles={titles} />
    {buttons}
  </div>
);

/** A whole character as people see it, also when it is made of several. */
function initialOf({ displayName, name }: UserJson): string {
  const [first] = new Intl.Segmenter().segment(displayName || name);
  return first?.segment ?? '';
}

const Name = ({ user }: { readonly user: UserJson }): ReactNode => (
  <div className="user-name">
    {/* Directories still write some addresses with http, and answer them with https too. */}
    <Avatar src={user.avatar === '' ? undefined : user.avatar.replace(/^http:/, 'https:')} alt="">
      {initialOf(user)}
    </Avatar>
    <div>
      <strong>
        <Link to={historyPath(`${user.owner}/${user.name}`)}>{user.displayName || user.name}</Link>
      </strong>
      <span className="quiet">{user.name}</span>
    </div>
  </div>
);

interface GroupsProps {
  readonly user: UserJson;
  readonly titles: ReadonlyMap<string, string>;
}

const Groups = ({ user, titles }: GroupsProps): ReactNode => (
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

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Alert, Skeleton, Tag } from 'antd';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { FIELD_TITLES, type MemberCompletionJson } from '../../host/api.ts';
import { historyPath } from '../api/account-path.ts';
import { getSelfService, type SelfServiceAnswer } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useLanguage, useMessages } from '../language/language.ts';
import { Blank } from '../parts/blank.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { PagedTable, usePaging } from '../parts/paged-table.tsx';
import { Problem } from '../parts/problem.tsx';
import { PageAddress } from './page-address.tsx';
import './self-service-page.css';

/** Who completed his own data, and what is still empty. */
export function SelfServicePage(): ReactNode {
  const { organization = '', name = '' } = useParams();
  const messages = useMessages();
  const words = messages.selfService;
  const paging = usePaging(20);
  const { page, pageSize } = paging;
  const members = useQuery({
    queryKey: ['self-service', organization, name, page, pageSize],
    queryFn: () => getSelfService(organization, name, { page, pageSize }),
    placeholderData: keepPreviousData,
  });
  const { data } = members;
  return (
    <>
      <PageHeader title={words.of(name)} lead={words.lead} syncer={{ organization, name }} />
      {members.isError && <Problem error={members.error} retry={() => void members.refetch()} />}
      {members.isPending && <Skeleton active />}
      {data && (
        <>
          <Totals totals={data} />
          {data.total === 0 ? (
            <Blank title={words.emptyTitle} text={words.emptyText} />
          ) : (
            <section className="panel" aria-label={words.list}>
              <PagedTable<MemberCompletionJson>
                rows={data.rows}
                total={data.total}
                loading={members.isPlaceholderData}
                paging={paging}
                size="middle"
                rowKey="userid"
                card={(member) => <MemberCard member={member} />}
                columns={[
                  { title: words.member, width: '34%', render: (_, member) => <Member member={member} /> },
                  { title: words.completedAt, width: '30%', render: (_, member) => <Completed member={member} /> },
                  { title: words.missing, render: (_, { missing }) => <Missing missing={missing} /> },
                ]}
              />
            </section>
          )}
        </>
      )}
    </>
  );
}

function Totals({ totals }: { readonly totals: SelfServiceAnswer }): ReactNode {
  const words = useMessages().selfService;
  const formats = useFormats();
  const { completed, missing, total, address } = totals;
  return (
    <section className="panel numbers completion-totals" aria-label={words.numbers}>
      <dl>
        <div>
          <dt>{words.completed}</dt>
          <dd>{formats.number(completed)}</dd>
          <dd className="quiet">{words.ofAll(formats.number(total))}</dd>
        </div>
        {(['email', 'phone'] as const).map((field) => (
          <div key={field}>
            <dt>{words.without[field]}</dt>
            <dd>{formats.number(missing[field])}</dd>
          </div>
        ))}
      </dl>
      {address === '' ? (
        <Alert type="warning" showIcon role="alert" title={words.noAddress} />
      ) : (
        <div>
          <p className="quiet">{words.address}</p>
          <PageAddress address={address} />
        </div>
      )}
    </section>
  );
}

interface OneMember {
  readonly member: MemberCompletionJson;
}

/** The way to his story. */
function Member({ member: { user, userid } }: OneMember): ReactNode {
  const name = user.slice(user.indexOf('/') + 1);
  return (
    <div className="person">
      <strong className="break">
        <Link to={historyPath(user)}>{name}</Link>
      </strong>
      {userid !== name && <span className="quiet break">{userid}</span>}
    </div>
  );
}

function Completed({ member: { completedAt } }: OneMember): ReactNode {
  const words = useMessages().selfService;
  const formats = useFormats();
  return completedAt === null ? <span className="quiet">{words.notYet}</span> : formats.moment(completedAt);
}

function Missing({ missing }: Pick<MemberCompletionJson, 'missing'>): ReactNode {
  const { language } = useLanguage();
  const words = useMessages().selfService;
  if (missing.length === 0) return <span className="quiet">{words.nothing}</span>;
  return (
    <span className="missing-fields">
      {missing.map((field) => (
        <Tag key={field} color="warning">
          {FIELD_TITLES[field][language]}
        </Tag>
      ))}
    </span>
  );
}

function MemberCard({ member }: OneMember): ReactNode {
  const words = useMessages().selfService;
  return (
    <div className="change-card">
      <div className="spread">
        <Member member={member} />
        <Completed member={member} />
      </div>
      <div>
        <span className="quiet">{words.missing}: </span>
        <Missing missing={member.missing} />
      </div>
    </div>
  );
}

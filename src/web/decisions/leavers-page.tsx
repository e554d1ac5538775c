import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import type { LeaverJson } from '../../host/api.ts';
import { historyPath } from '../api/account-path.ts';
import { getLeavers } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Blank } from '../parts/blank.tsx';
import { useNow } from '../parts/clock.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { PagedTable, usePaging } from '../parts/paged-table.tsx';
import { Problem } from '../parts/problem.tsx';
import { useGroupTitles } from '../parts/use-group-titles.ts';

/** Who left and is given time, and what becomes of him when. */
export function LeaversPage(): ReactNode {
  const { organization = '', name = '' } = useParams();
  const messages = useMessages();
  const words = messages.leavers;
  const titles = useGroupTitles(organization);
  const paging = usePaging(20);
  const { page, pageSize } = paging;
  const leavers = useQuery({
    queryKey: ['leavers', organization, name, page, pageSize],
    queryFn: () => getLeavers(organization, name, { page, pageSize }),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <PageHeader title={words.of(name)} lead={words.lead} syncer={{ organization, name }} />
      {leavers.isError && <Problem error={leavers.error} retry={() => void leavers.refetch()} />}
      {leavers.isPending && <Skeleton active />}
      {leavers.data?.total === 0 && <Blank title={words.emptyTitle} text={words.emptyText} />}
      {leavers.data && leavers.data.total > 0 && (
        <section className="panel" aria-label={words.title}>
          <PagedTable<LeaverJson>
            rows={leavers.data.content}
            total={leavers.data.total}
            loading={leavers.isPlaceholderData}
            paging={paging}
            size="middle"
            rowKey="userid"
            card={(leaver) => <LeaverCard leaver={leaver} titles={titles} />}
            columns={[
              { title: words.member, width: '26%', render: (_, leaver) => <Member leaver={leaver} /> },
              { title: words.groups, width: '20%', render: (_, { groups }) => groupTitles(groups, titles) },
              { title: words.missingSince, render: (_, { missingSince }) => <Moment at={missingSince} /> },
              { title: words.dueAt, render: (_, { dueAt }) => <Due at={dueAt} /> },
              { title: words.after, render: (_, { then }) => words.steps[then] },
            ]}
          />
        </section>
      )}
    </>
  );
}

interface OneLeaver {
  readonly leaver: LeaverJson;
}

/** Groups as people call them. */
const groupTitles = (groups: readonly string[], titles: ReadonlyMap<string, string>): string =>
  groups.map((group) => titles.get(group) ?? group.slice(group.indexOf('/') + 1)).join(', ');

/** What he is called, and the way to his story. */
function Member({ leaver: { user, userid, displayName } }: OneLeaver): ReactNode {
  const name = user.slice(user.indexOf('/') + 1);
  return (
    <div className="person">
      <strong className="break">
        <Link to={historyPath(user)}>{displayName || name}</Link>
      </strong>
      {[...new Set(displayName === '' ? [userid] : [name, userid])]
        .filter((id) => id !== (displayName || name))
        .map((id) => (
          <span key={id} className="quiet break">
            {id}
          </span>
        ))}
    </div>
  );
}

const Moment = ({ at }: { readonly at: string }): ReactNode => useFormats().moment(at);

function Due({ at }: { readonly at: string }): ReactNode {
  const words = useMessages().leavers;
  const formats = useFormats();
  const now = useNow(60_000);
  return (
    <div className="person">
      <span>{formats.moment(at)}</span>
      <span className="quiet">{Date.parse(at) <= now ? words.overdue : formats.distance(at, now)}</span>
    </div>
  );
}

function LeaverCard({ leaver, titles }: OneLeaver & { readonly titles: ReadonlyMap<string, string> }): ReactNode {
  const words = useMessages().leavers;
  return (
    <div className="change-card">
      <div className="spread">
        <Member leaver={leaver} />
        <Due at={leaver.dueAt} />
      </div>
      {leaver.groups.length > 0 && <span className="quiet">{groupTitles(leaver.groups, titles)}</span>}
      <span>{words.steps[leaver.then]}</span>
    </div>
  );
}

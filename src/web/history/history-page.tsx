import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { getUser, getUserHistory } from '../api/calls.ts';
import { IS_MOUNTED } from '../api/place.ts';
import { useMessages } from '../language/language.ts';
import { Blank } from '../parts/blank.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { usePaging } from '../parts/paged-table.tsx';
import { Problem } from '../parts/problem.tsx';
import { useGroupTitles } from '../parts/use-group-titles.ts';
import { AccessTag } from '../users/access-tag.tsx';
import { Origins } from './origins.tsx';
import { Story } from './story.tsx';
import './history-page.css';

/** Everything that ever happened to one account, and where its values come from. */
export function HistoryPage(): ReactNode {
  const { organization = '', name = '' } = useParams();
  // Another account's story begins at its first page.
  return <OneHistory key={`${organization}/${name}`} organization={organization} name={name} />;
}

function OneHistory({ organization, name }: { readonly organization: string; readonly name: string }): ReactNode {
  const messages = useMessages();
  const words = messages.history;
  const user = `${organization}/${name}`;
  const paging = usePaging(20);
  const { page, pageSize } = paging;
  const history = useQuery({
    queryKey: ['history', user, page, pageSize],
    queryFn: () => getUserHistory(user, { page, pageSize }),
    placeholderData: keepPreviousData,
  });
  // Where somebody else keeps the accounts, he alone knows what is in them.
  const account = useQuery({ queryKey: ['user', user], queryFn: () => getUser(user), enabled: !IS_MOUNTED });
  const titles = useGroupTitles(organization);
  const found = account.data?.content ?? undefined;
  const inUsers = `/users?organization=${encodeURIComponent(organization)}`;
  return (
    <>
      <PageHeader
        title={words.of(found?.displayName || name)}
        mark={found && <AccessTag user={found} />}
        lead={[user, found?.heldBy ? words.heldBy(found.heldBy) : ''].filter(Boolean).join(' · ')}
        crumbs={IS_MOUNTED ? [] : [{ to: inUsers, label: messages.users.title }]}
        actions={found && <Link to={`${inUsers}&user=${encodeURIComponent(found.name)}`}>{words.inUsers}</Link>}
      />
      {history.isError && <Problem error={history.error} retry={() => void history.refetch()} />}
      {history.isPending && <Skeleton active />}
      {history.data && (
        <div className="history">
          {history.data.total === 0 ? (
            <Blank title={words.emptyTitle} text={words.emptyText} />
          ) : (
            <section className="panel" aria-labelledby="story-title">
              <h2 id="story-title">{words.story}</h2>
              <Story
                rows={history.data.entries}
                total={history.data.total}
                loading={history.isPlaceholderData}
                paging={paging}
                titles={titles}
                organization={organization}
              />
            </section>
          )}
          <Origins origins={history.data.origins} account={found} titles={titles} />
        </div>
      )}
    </>
  );
}

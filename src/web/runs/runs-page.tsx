import { EyeOutlined, SyncOutlined } from '@ant-design/icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button, Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import type { RunCounts, RunJson } from '../../host/api.ts';
import { getRuns } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Blank } from '../parts/blank.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { PagedTable, usePaging, type Paging } from '../parts/paged-table.tsx';
import { Problem } from '../parts/problem.tsx';
import { isActive, StateTag } from '../parts/state-tag.tsx';
import { auditPath, syncerPath } from '../api/syncer-path.ts';
import { briefCounts, durationOf } from './run-brief.ts';
import { RunChart } from './run-chart.tsx';
import { useStartRun } from './use-start-run.ts';

const WHILE_RUNNING_MS = 2000;
const CHARTED_RUNS = 40;

/** The history of one syncer. */
export function RunsPage(): ReactNode {
  const { organization = '', name = '' } = useParams();
  const words = useMessages();
  const { start, starting } = useStartRun({ organization, name });
  const paging = usePaging(20);
  const { page, pageSize } = paging;
  const runs = useQuery({
    queryKey: ['runs', organization, name, page, pageSize],
    queryFn: () => getRuns(organization, name, { page, pageSize }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.content.some((run) => isActive(run.state)) ? WHILE_RUNNING_MS : false),
  });
  const charted = useQuery({
    queryKey: ['runs', organization, name, 'chart'],
    queryFn: () => getRuns(organization, name, { page: 1, pageSize: CHARTED_RUNS }),
  });
  const actions = (
    <>
      <div className="row-links">
        <Link to={`${syncerPath({ organization, name })}/leavers`}>{words.leavers.title}</Link>
        <Link to={auditPath({ organization, name })}>{words.audit.title}</Link>
      </div>
      <Button icon={<EyeOutlined aria-hidden />} disabled={starting} onClick={() => start(true)}>
        {words.syncers.preview}
      </Button>
      <Button type="primary" icon={<SyncOutlined aria-hidden />} loading={starting} onClick={() => start(false)}>
        {words.syncers.sync}
      </Button>
    </>
  );
  return (
    <>
      <PageHeader title={words.runs.of(name)} syncer={{ organization, name }} actions={actions} />
      {runs.isError && <Problem error={runs.error} retry={() => void runs.refetch()} />}
      {runs.isPending && <Skeleton active />}
      {charted.data && <RunChart runs={charted.data.content} />}
      {runs.data?.content.length === 0 && <Blank title={words.runs.emptyTitle} text={words.runs.emptyText} />}
      {runs.data && runs.data.content.length > 0 && (
        <section className="panel" aria-label={words.runs.title}>
          <RunTable rows={runs.data.content} total={runs.data.total} paging={paging} />
        </section>
      )}
    </>
  );
}

interface RunTableProps {
  readonly rows: readonly RunJson[];
  readonly total: number;
  readonly paging: Paging;
}

const COUNTED = ['members', 'created', 'updated', 'forbidden'] as const satisfies readonly (keyof RunCounts)[];

function RunTable(list: RunTableProps): ReactNode {
  const words = useMessages();
  const formats = useFormats();
  return (
    <PagedTable<RunJson>
      {...list}
      size="middle"
      rowKey="id"
      card={(run) => <RunCard run={run} />}
      columns={[
        { title: words.runs.started, render: (_, run) => <Started run={run} /> },
        { title: words.runs.state, render: (_, run) => <StateTag state={run.state} /> },
        { title: words.runs.trigger, render: (_, run) => words.trigger[run.trigger] },
        ...COUNTED.map((count) => ({
          title: words.counts[count],
          align: 'end' as const,
          render: (_: unknown, run: RunJson) => formats.number(run.counts[count]),
        })),
        {
          title: words.runs.duration,
          align: 'end',
          render: (_, run) => (run.finishedAt === null ? words.none : formats.duration(durationOf(run))),
        },
      ]}
    />
  );
}

function Started({ run }: { readonly run: RunJson }): ReactNode {
  const formats = useFormats();
  return <Link to={`/runs/${run.id}`}>{formats.moment(run.startedAt)}</Link>;
}

function RunCard({ run }: { readonly run: RunJson }): ReactNode {
  const words = useMessages();
  const formats = useFormats();
  return (
    <div className="change-card">
      <div className="spread">
        <Started run={run} />
        <StateTag state={run.state} />
      </div>
      <span className="quiet">
        {words.trigger[run.trigger]} · {briefCounts(run.counts, words.brief, formats.number)}
      </span>
    </div>
  );
}

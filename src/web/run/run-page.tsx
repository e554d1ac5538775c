import { SyncOutlined } from '@ant-design/icons';
import { Alert, Button, Skeleton } from 'antd';
import { useRef, useState, type ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import type { ChangeKind, RunJson } from '../../host/api.ts';
import type { Messages } from '../language/english.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Missing } from '../parts/blank.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';
import { isActive, StateTag } from '../parts/state-tag.tsx';
import { syncerOf, syncerPath } from '../api/syncer-path.ts';
import { questionsPath } from '../decisions/question-count.tsx';
import { ApplyButton } from './apply-button.tsx';
import { ChangeList } from './change-list.tsx';
import { HeldPanel } from './held-panel.tsx';
import { RunProgress } from './run-progress.tsx';
import { RunSummary } from './run-summary.tsx';
import { RunWarnings } from './run-warnings.tsx';
import { UndoDialog } from './undo-dialog.tsx';
import { useLiveRun } from '../runs/use-live-run.ts';
import { useStartRun } from '../runs/use-start-run.ts';

export function RunPage(): ReactNode {
  const { id = '' } = useParams();
  const words = useMessages().run;
  const run = useLiveRun(id);
  if (run.isError) return <Problem error={run.error} retry={() => void run.refetch()} />;
  if (!run.data) return <Skeleton active />;
  if (!run.data.content) return <Missing title={words.notFound} />;
  // A run that was started from this page begins anew.
  return <OneRun key={id} run={run.data.content} />;
}

function titleOf(run: RunJson, words: Messages['run']): string {
  if (run.trigger === 'member' || run.trigger === 'decision' || run.trigger === 'self') return words.memberTitle;
  return run.dryRun ? words.previewTitle : words.title;
}

function OneRun({ run }: { readonly run: RunJson }): ReactNode {
  const [kind, setKind] = useState<ChangeKind>();
  const [chosen, setChosen] = useState<ReadonlySet<number>>(NONE);
  const list = useRef<HTMLDivElement>(null);
  const active = isActive(run.state);
  const show = (chosen: ChangeKind): void => {
    setKind(chosen);
    list.current?.scrollIntoView({ behavior: 'smooth', block: 'start' });
  };
  return (
    <>
      <RunHeader run={run} />
      {active && <RunProgress run={run} />}
      {run.state === 'held' && <HeldPanel run={run} chosen={chosen} chooseNone={() => setChosen(NONE)} />}
      <Outcome run={run} />
      {!active && <RunSummary run={run} show={show} />}
      {/* Why it is held stands above. */}
      <RunWarnings
        warnings={run.state === 'held' ? run.warnings.filter(({ code }) => code !== 'held') : run.warnings}
      />
      <div ref={list}>
        <ChangeList run={run} kind={kind} setKind={setKind} chosen={chosen} choose={setChosen} />
      </div>
    </>
  );
}

function RunHeader({ run }: { readonly run: RunJson }): ReactNode {
  const words = useMessages();
  const formats = useFormats();
  const syncer = syncerOf(run);
  const { start, starting } = useStartRun(syncer);
  const [undoing, setUndoing] = useState(false);
  const took = run.finishedAt
    ? [words.run.took(formats.duration(Date.parse(run.finishedAt) - Date.parse(run.startedAt)))]
    : [];
  return (
    <PageHeader
      title={titleOf(run, words.run)}
      mark={<StateTag state={run.state} />}
      syncer={syncer}
      crumbs={[{ to: `${syncerPath(syncer)}/runs`, label: words.runs.title }]}
      lead={[words.trigger[run.trigger], words.run.startedAt(formats.moment(run.startedAt)), ...took].join(' · ')}
      actions={
        isActive(run.state) ? undefined : (
          <>
            {canBeUndone(run) && <Button onClick={() => setUndoing(true)}>{words.run.undo}</Button>}
            <Button icon={<SyncOutlined aria-hidden />} loading={starting} onClick={() => start(false)}>
              {words.run.again}
            </Button>
            {canBeApplied(run) && <ApplyButton run={run} />}
            {undoing && <UndoDialog run={run} close={() => setUndoing(false)} />}
          </>
        )
      }
    />
  );
}

/** Conflicts are decided on a page of their own. */
function ToQuestions({ run }: { readonly run: RunJson }): ReactNode {
  const words = useMessages().questions;
  return <Link to={questionsPath(syncerOf(run))}>{words.toQuestions}</Link>;
}

const NONE: ReadonlySet<number> = new Set();

const canBeApplied = ({ trigger, state, supersededBy }: RunJson): boolean =>
  trigger === 'preview' && (state === 'succeeded' || state === 'partial') && supersededBy === null;

const canBeUndone = ({ dryRun, counts }: RunJson): boolean => {
  const { created, updated, forbidden, restored, removed, linked } = counts;
  return !dryRun && created + updated + forbidden + restored + removed + linked > 0;
};

/** Whatever a person has to know before the numbers. */
function Outcome({ run }: { readonly run: RunJson }): ReactNode {
  const words = useMessages().run;
  return (
    <>
      {run.state === 'failed' && run.error && (
        <Alert
          type="error"
          showIcon
          className="gap-below"
          title={`${words.failedTitle}: ${run.error.message}`}
          description={`${run.error.remedy ?? ''} ${run.dryRun ? '' : words.failedText}`.trim()}
        />
      )}
      {run.state === 'partial' && (
        <Alert
          type="warning"
          showIcon
          className="gap-below"
          title={words.partialTitle}
          description={words.partialText}
          action={run.counts.conflicts > 0 && <ToQuestions run={run} />}
        />
      )}
      {run.dryRun && !isActive(run.state) && run.state !== 'failed' && (
        <Alert type="info" showIcon className="gap-below" title={words.previewNote} />
      )}
      {run.supersededBy !== null && (
        <Alert
          type="info"
          showIcon
          className="gap-below"
          title={
            <>
              {run.dryRun ? words.applied : words.superseded}{' '}
              <Link to={`/runs/${run.supersededBy}`}>{run.dryRun ? words.openApplied : words.openNewer}</Link>
            </>
          }
        />
      )}
    </>
  );
}

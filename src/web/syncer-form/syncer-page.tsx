import { EyeOutlined, HistoryOutlined, IdcardOutlined, QuestionCircleOutlined, SyncOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import type { SyncerJson, SyncerTypeJson } from '../../host/api.ts';
import { addSyncer, getSyncer, updateSyncer } from '../api/calls.ts';
import { isGlobal, useSession } from '../api/session.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Missing } from '../parts/blank.tsx';
import { useNotices } from '../parts/notices.ts';
import { useOrganizations } from '../parts/organization-select.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';
import { HealthTag } from '../parts/state-tag.tsx';
import { useStartRun } from '../runs/use-start-run.ts';
import { syncerPath } from '../api/syncer-path.ts';
import { questionsPath, useOpenQuestions } from '../decisions/question-count.tsx';
import { SyncerForm } from './syncer-form.tsx';
import { useSyncerTypes, useTypeTitle } from '../api/use-syncer-types.ts';
import { newValues, valuesOf, type SyncerValues } from './syncer-values.ts';

/** Adds a syncer, or edits the one that the address names. */
export function SyncerPage(): ReactNode {
  const { organization, name } = useParams();
  const types = useSyncerTypes();
  if (types.isError) return <Problem error={types.error} retry={() => void types.refetch()} />;
  if (!types.data) return <Skeleton active />;
  const known = types.data.content;
  return organization === undefined || name === undefined ? (
    <AddSyncer types={known} />
  ) : (
    // A form begins anew with each syncer.
    <EditSyncer key={`${organization}/${name}`} types={known} organization={organization} name={name} />
  );
}

function AddSyncer({ types }: { readonly types: readonly SyncerTypeJson[] }): ReactNode {
  const words = useMessages();
  const queries = useQueryClient();
  const account = useSession();
  const [query] = useSearchParams();
  const { done } = useNotices();
  const { organizations, known } = useOrganizations();
  const [firstType] = types;
  const first = isGlobal(account) ? organizations.find(({ name }) => name !== 'built-in')?.name : account.owner;
  const crumbs = [{ to: '/syncers', label: words.syncers.title }];
  if (!known || !firstType) return <Skeleton active />;
  const save = async (values: SyncerValues): Promise<string> => {
    const { remark } = await addSyncer(values);
    done(remark || words.form.added(values.name));
    await queries.invalidateQueries({ queryKey: ['syncers'] });
    return syncerPath(values);
  };
  return (
    <>
      <PageHeader title={words.form.addTitle} crumbs={crumbs} />
      <SyncerForm
        types={types}
        initial={newValues(firstType, query.get('organization') ?? first ?? '')}
        saved={false}
        isReady={false}
        save={save}
      />
    </>
  );
}

interface EditSyncerProps {
  readonly types: readonly SyncerTypeJson[];
  readonly organization: string;
  readonly name: string;
}

function EditSyncer({ types, organization, name }: EditSyncerProps): ReactNode {
  const words = useMessages();
  const queries = useQueryClient();
  const { done } = useNotices();
  const stored = useQuery({
    queryKey: ['syncer', organization, name],
    queryFn: () => getSyncer(organization, name),
    // What a person is typing must not be replaced by a fresh answer; only the header follows it.
    staleTime: 10_000,
  });
  if (stored.isError) return <Problem error={stored.error} retry={() => void stored.refetch()} />;
  if (!stored.data) return <Skeleton active />;
  const syncer = stored.data.content;
  if (!syncer) return <Missing title={words.form.notFound} />;

  const save = async (values: SyncerValues): Promise<string> => {
    const { remark } = await updateSyncer({ organization, name }, values);
    done(remark || words.form.saved);
    await queries.invalidateQueries({ queryKey: ['syncers'] });
    await queries.invalidateQueries({ queryKey: ['syncer'] });
    await queries.invalidateQueries({ queryKey: ['next-runs'] });
    // *** may stand for another secret now. Nobody waits for the directory.
    void queries.invalidateQueries({ queryKey: ['directory'] });
    return syncerPath(values);
  };
  return (
    <>
      <EditHeader syncer={syncer} />
      <SyncerForm
        types={types}
        initial={valuesOf(
          syncer,
          types.find(({ type }) => type === syncer.type),
        )}
        saved
        // A connection that failed is asked again when somebody opens a list, and not each time the page is looked at.
        isReady={syncer.errorText === ''}
        save={save}
      />
    </>
  );
}

function EditHeader({ syncer }: { readonly syncer: SyncerJson }): ReactNode {
  const words = useMessages();
  const title = useTypeTitle(syncer.type);
  const navigate = useNavigate();
  const formats = useFormats();
  const { start, starting } = useStartRun(syncer);
  const questions = useOpenQuestions(syncer);
  return (
    <>
      <PageHeader
        title={syncer.name}
        crumbs={[{ to: '/syncers', label: words.syncers.title }]}
        lead={`${syncer.organization} · ${title}`}
        mark={syncer.lastRun && <HealthTag health={syncer.health} />}
        actions={
          <>
            <Button icon={<QuestionCircleOutlined aria-hidden />} onClick={() => void navigate(questionsPath(syncer))}>
              {questions === 0 ? words.questions.title : words.questions.count(formats.number(questions), questions)}
            </Button>
            {syncer.selfService.enabled && (
              <Button
                icon={<IdcardOutlined aria-hidden />}
                onClick={() => void navigate(`${syncerPath(syncer)}/self-service`)}
              >
                {words.selfService.title}
              </Button>
            )}
            <Button icon={<HistoryOutlined aria-hidden />} onClick={() => void navigate(`${syncerPath(syncer)}/runs`)}>
              {words.syncers.runs}
            </Button>
            <Button icon={<EyeOutlined aria-hidden />} onClick={() => start(true)} disabled={starting}>
              {words.syncers.preview}
            </Button>
            <Button icon={<SyncOutlined aria-hidden />} onClick={() => start(false)} loading={starting}>
              {words.syncers.sync}
            </Button>
          </>
        }
      />
      {syncer.errorText !== '' && (
        <Alert
          type="warning"
          showIcon
          className="gap-below"
          title={words.form.lastProblem}
          description={syncer.errorText}
        />
      )}
    </>
  );
}

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { useNavigate } from 'react-router';
import type { ChangeJson, RunJson } from '../../host/api.ts';
import { getChanges, undoRun } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useNotices } from '../parts/notices.ts';
import { Problem } from '../parts/problem.tsx';
import { useGroupTitles } from '../parts/use-group-titles.ts';
import { KindTag } from '../runs/kind-tag.tsx';
import { FieldChanges } from './field-changes.tsx';
import './undo-dialog.css';

interface UndoDialogProps {
  readonly run: RunJson;
  /** The one change that is taken back; absent = all of them. */
  readonly change?: ChangeJson | undefined;
  readonly close: () => void;
}

const SHOWN = 20;

/** Shows what would return, and takes it back. */
export function UndoDialog({ run, change, close }: UndoDialogProps): ReactNode {
  const words = useMessages().run;
  const formats = useFormats();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { done, problem } = useNotices();
  const titles = useGroupTitles(run.organization);
  const named = { changes: change && [change.n] };
  const preview = useQuery({
    queryKey: ['undo', run.id, change?.n],
    queryFn: async () => {
      const { content } = await undoRun(run.id, named, true);
      return getChanges(content.id, { page: 1, pageSize: SHOWN }, {});
    },
    // Each is a run of its own.
    gcTime: 0,
    refetchOnWindowFocus: false,
    retry: false,
    staleTime: Infinity,
  });
  const undo = useMutation({
    mutationFn: () => undoRun(run.id, named),
    async onSuccess({ content }) {
      done(words.undone);
      close();
      await navigate(`/runs/${content.id}`);
      await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'undo' });
    },
    onError: problem,
  });
  const rows = preview.data?.content ?? [];
  const total = preview.data?.total ?? 0;
  const isEmpty = preview.isSuccess && rows.every(({ state }) => state !== 'planned');
  return (
    <Dialog
      title={words.undoTitle}
      confirm={words.undo}
      danger
      busy={undo.isPending}
      disabled={!preview.isSuccess || isEmpty}
      onConfirm={() => undo.mutate()}
      onCancel={close}
    >
      <p>{isEmpty ? words.undoNothing : words.undoText}</p>
      {preview.isPending && <Skeleton active title={false} />}
      {preview.isError && <Problem error={preview.error} retry={() => void preview.refetch()} />}
      <ul className="undo-list">
        {rows.map((row) => (
          <li key={row.n}>
            <div className="spread">
              <strong>{row.displayName ?? row.userid}</strong>
              <KindTag kind={row.kind} />
            </div>
            {row.state === 'rejected' && <div className="quiet">{row.reason}</div>}
            <FieldChanges fields={row.fields} titles={titles} organization={run.organization} />
          </li>
        ))}
      </ul>
      {total > rows.length && <p className="quiet">{words.moreChanges(formats.number(total - rows.length))}</p>}
    </Dialog>
  );
}

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import type { RunJson } from '../../host/api.ts';
import { applyRun } from '../api/calls.ts';
import { useMessages } from '../language/language.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useNotices } from '../parts/notices.ts';

/** Applies a preview as it is seen here. */
export function ApplyButton({ run }: { readonly run: RunJson }): ReactNode {
  const words = useMessages().run;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { problem } = useNotices();
  const [asking, setAsking] = useState(false);
  const apply = useMutation({
    mutationFn: () => applyRun(run.id),
    async onSuccess({ content }) {
      await queries.invalidateQueries();
      await navigate(`/runs/${content.id}`);
    },
    onError: problem,
    onSettled: () => setAsking(false),
  });
  return (
    <>
      <Button type="primary" onClick={() => setAsking(true)}>
        {words.apply}
      </Button>
      {asking && (
        <Dialog
          title={words.applyTitle}
          confirm={words.apply}
          busy={apply.isPending}
          onConfirm={() => apply.mutate()}
          onCancel={() => setAsking(false)}
        >
          <p>{words.applyText}</p>
        </Dialog>
      )}
    </>
  );
}

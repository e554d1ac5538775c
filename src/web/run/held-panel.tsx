import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Flex } from 'antd';
import { useState, type ReactNode } from 'react';
import type { RunJson } from '../../host/api.ts';
import { approveRun, rejectRun } from '../api/calls.ts';
import { useMessages } from '../language/language.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useNotices } from '../parts/notices.ts';
import './held-panel.css';

interface HeldPanelProps {
  readonly run: RunJson;
}

/** A run that would lock out too many waits here for a person. */
export function HeldPanel({ run }: HeldPanelProps): ReactNode {
  const words = useMessages().run;
  const queries = useQueryClient();
  const { done, problem } = useNotices();
  const [asking, setAsking] = useState<'approve' | 'reject'>();
  const decide = useMutation({
    mutationFn: (decision: 'approve' | 'reject') => (decision === 'approve' ? approveRun(run.id) : rejectRun(run.id)),
    async onSuccess(_answer, decision) {
      done(decision === 'approve' ? words.approving : words.rejected);
      await queries.invalidateQueries();
    },
    onError: problem,
    onSettled: () => setAsking(undefined),
  });
  const reason = run.warnings.find(({ code }) => code === 'held')?.message ?? run.error?.message;
  return (
    <>
      <Alert
        type="warning"
        showIcon
        className="held-panel"
        title={words.heldTitle}
        description={
          <>
            {reason !== undefined && <p>{reason}</p>}
            <p>{words.heldText}</p>
            <Flex gap={8} wrap>
              <Button type="primary" danger onClick={() => setAsking('approve')}>
                {words.approve}
              </Button>
              <Button onClick={() => setAsking('reject')}>{words.reject}</Button>
            </Flex>
          </>
        }
      />
      {asking && (
        <Dialog
          title={asking === 'approve' ? words.approveTitle : words.rejectTitle}
          confirm={asking === 'approve' ? words.approve : words.reject}
          danger={asking === 'approve'}
          busy={decide.isPending}
          onConfirm={() => decide.mutate(asking)}
          onCancel={() => setAsking(undefined)}
        >
          <p>{asking === 'approve' ? words.approveText : words.rejectText}</p>
        </Dialog>
      )}
    </>
  );
}

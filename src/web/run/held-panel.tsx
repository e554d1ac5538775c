import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Flex, Form, Input } from 'antd';
import { useId, useState, type ReactNode } from 'react';
import type { RunJson } from '../../host/api.ts';
import { approveRun, rejectRun } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useNotices } from '../parts/notices.ts';
import './held-panel.css';

interface HeldPanelProps {
  readonly run: RunJson;
  /** Numbers of the changes that are decided about; none = all of them. */
  readonly chosen: ReadonlySet<number>;
  readonly chooseNone: () => void;
}

type Decision = 'approve' | 'reject';

/** A run that would lock out too many waits here for a person. */
export function HeldPanel({ run, chosen, chooseNone }: HeldPanelProps): ReactNode {
  const words = useMessages().run;
  const formats = useFormats();
  const [asking, setAsking] = useState<Decision>();
  const reason = run.warnings.find(({ code }) => code === 'held')?.message ?? run.error?.message;
  const count = formats.number(chosen.size);
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
                {chosen.size > 0 ? words.approveChosen(count) : words.approve}
              </Button>
              <Button onClick={() => setAsking('reject')}>
                {chosen.size > 0 ? words.rejectChosen(count) : words.reject}
              </Button>
            </Flex>
          </>
        }
      />
      {asking && (
        <DecideDialog
          run={run}
          decision={asking}
          chosen={chosen}
          close={() => setAsking(undefined)}
          decided={chooseNone}
        />
      )}
    </>
  );
}

interface DecideDialogProps {
  readonly run: RunJson;
  readonly decision: Decision;
  readonly chosen: ReadonlySet<number>;
  readonly close: () => void;
  readonly decided: () => void;
}

function DecideDialog({ run, decision, chosen, close, decided }: DecideDialogProps): ReactNode {
  const words = useMessages().run;
  const queries = useQueryClient();
  const { done, problem } = useNotices();
  const [comment, setComment] = useState('');
  const commentId = useId();
  const approves = decision === 'approve';
  const decide = useMutation({
    mutationFn: () => {
      const named = { changes: chosen.size > 0 ? [...chosen] : undefined, comment: comment.trim() || undefined };
      return approves ? approveRun(run.id, named) : rejectRun(run.id, named);
    },
    async onSuccess() {
      done(approves ? words.approving : words.rejected);
      decided();
      await queries.invalidateQueries();
    },
    onError: problem,
    onSettled: close,
  });
  return (
    <Dialog
      title={approves ? words.approveTitle : words.rejectTitle}
      confirm={approves ? words.approve : words.reject}
      danger={approves}
      busy={decide.isPending}
      onConfirm={() => decide.mutate()}
      onCancel={close}
    >
      <p>{approves ? words.approveText : words.rejectText}</p>
      {chosen.size > 0 && <p>{words.restWaits}</p>}
      <Form layout="vertical" className="decide-form">
        <Form.Item label={words.comment} htmlFor={commentId} extra={words.commentHelp}>
          <Input.TextArea
            id={commentId}
            value={comment}
            maxLength={2000}
            rows={3}
            onChange={(event) => setComment(event.target.value)}
          />
        </Form.Item>
      </Form>
    </Dialog>
  );
}

import {
  AuditOutlined,
  DeleteOutlined,
  EditOutlined,
  EyeOutlined,
  FieldTimeOutlined,
  HistoryOutlined,
  IdcardOutlined,
  MoreOutlined,
  QuestionCircleOutlined,
  SyncOutlined,
} from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Dropdown, Flex, Switch } from 'antd';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import type { SyncerJson } from '../../host/api.ts';
import { updateSyncer } from '../api/calls.ts';
import { questionsPath } from '../decisions/question-count.tsx';
import { useMessages } from '../language/language.ts';
import { useNotices } from '../parts/notices.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { useStartRun } from '../runs/use-start-run.ts';
import { auditPath, syncerPath } from '../api/syncer-path.ts';

/** Is enabled, as a live switch. */
export function EnabledSwitch({ syncer }: { readonly syncer: SyncerJson }): ReactNode {
  const words = useMessages().syncers;
  const queries = useQueryClient();
  const { done, problem } = useNotices();
  const { mutate, isPending, variables } = useMutation({
    mutationFn: (isEnabled: boolean) => {
      const { organization, name } = syncer;
      return updateSyncer(syncer, { organization, name, isEnabled });
    },
    async onSuccess(_answer, isEnabled) {
      await queries.invalidateQueries({ queryKey: ['syncers'] });
      done(isEnabled ? words.switchedOn(syncer.name) : words.switchedOff(syncer.name));
    },
    onError: problem,
  });
  return (
    <Switch
      // Shows the choice at once; a switch that is disabled meanwhile would lose the keyboard's focus.
      checked={isPending ? variables : syncer.isEnabled}
      aria-busy={isPending}
      aria-label={words.enableNamed(syncer.name)}
      onChange={(checked) => {
        if (!isPending) mutate(checked);
      }}
    />
  );
}

export function SyncerActions({ syncer }: { readonly syncer: SyncerJson }): ReactNode {
  const words = useMessages();
  const navigate = useNavigate();
  const { start, starting } = useStartRun(syncer);
  const [asking, setAsking] = useState(false);
  return (
    <Flex gap={8} justify="end">
      <Button
        icon={<SyncOutlined aria-hidden />}
        loading={starting}
        aria-label={words.syncers.syncNamed(syncer.name)}
        onClick={() => start(false)}
      >
        {words.syncers.sync}
      </Button>
      <Button onClick={() => void navigate(syncerPath(syncer))} icon={<EditOutlined aria-hidden />}>
        {words.edit}
      </Button>
      <Dropdown
        trigger={['click']}
        placement="bottomRight"
        menu={{
          items: [
            {
              key: 'preview',
              icon: <EyeOutlined aria-hidden />,
              label: words.syncers.preview,
              onClick: () => start(true),
            },
            {
              key: 'runs',
              icon: <HistoryOutlined aria-hidden />,
              label: words.syncers.runs,
              onClick: () => void navigate(`${syncerPath(syncer)}/runs`),
            },
            {
              key: 'questions',
              icon: <QuestionCircleOutlined aria-hidden />,
              label: words.questions.title,
              onClick: () => void navigate(questionsPath(syncer)),
            },
            {
              key: 'leavers',
              icon: <FieldTimeOutlined aria-hidden />,
              label: words.leavers.title,
              onClick: () => void navigate(`${syncerPath(syncer)}/leavers`),
            },
            ...(syncer.selfService.enabled
              ? [
                  {
                    key: 'self-service',
                    icon: <IdcardOutlined aria-hidden />,
                    label: words.selfService.title,
                    onClick: () => void navigate(`${syncerPath(syncer)}/self-service`),
                  },
                ]
              : []),
            {
              key: 'audit',
              icon: <AuditOutlined aria-hidden />,
              label: words.audit.title,
              onClick: () => void navigate(auditPath(syncer)),
            },
            { type: 'divider' },
            {
              key: 'delete',
              icon: <DeleteOutlined aria-hidden />,
              danger: true,
              label: words.delete,
              onClick: () => setAsking(true),
            },
          ],
        }}
      >
        <Button icon={<MoreOutlined aria-hidden />} aria-label={words.syncers.more(syncer.name)} />
      </Dropdown>
      {asking && <DeleteDialog syncer={syncer} close={() => setAsking(false)} />}
    </Flex>
  );
}

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Form, Input, Select } from 'antd';
import { useId, type ReactNode } from 'react';
import type { ProtectionJson, SyncerJson } from '../../host/api.ts';
import { getSyncers, protectUser } from '../api/calls.ts';
import { DepartmentInput } from '../directory/department-input.tsx';
import { useMessages } from '../language/language.ts';
import { Dialog } from '../parts/dialog.tsx';
import { sentenceOf, useNotices } from '../parts/notices.ts';
import { useSyncerTypes } from '../api/use-syncer-types.ts';

type Kind = ProtectionJson['kind'];

interface Entered {
  readonly kind: Kind;
  readonly value: string;
  /** In whose directory a department is, by name; the call wants to know where there are several. */
  readonly syncer?: string;
  readonly reason: string;
  readonly until?: string;
}

const KINDS: readonly Kind[] = ['user', 'userid', 'group', 'department'];

interface ProtectDialogProps {
  readonly organization: string;
  readonly close: () => void;
}

/** Says whom runs leave alone, why, and until when. */
export function ProtectDialog({ organization, close }: ProtectDialogProps): ReactNode {
  const messages = useMessages();
  const words = messages.protections;
  const queries = useQueryClient();
  const { done } = useNotices();
  const formId = useId();
  const [form] = Form.useForm<Entered>();
  const kind = Form.useWatch('kind', form) ?? 'user';
  const chosen = Form.useWatch('syncer', form);
  const directories = useDirectories(organization);
  const [first] = directories;
  const add = useMutation({
    mutationFn: ({ value, reason, until, syncer, ...entered }: Entered) =>
      protectUser({
        owner: organization,
        kind: entered.kind,
        value: named(organization, entered.kind, value.trim()),
        syncer: syncer === undefined ? undefined : `${organization}/${syncer}`,
        reason: reason.trim(),
        until: until || undefined,
      }),
    async onSuccess({ content }) {
      await queries.invalidateQueries({ queryKey: ['protections'] });
      done(words.added(content.value));
      close();
    },
  });
  const needed = (label: string) => [{ required: true, whitespace: true, message: messages.form.fieldNeeded(label) }];
  return (
    <Dialog title={words.add} confirm={words.leave} busy={add.isPending} form={formId} onCancel={close}>
      {add.isError && <Alert type="error" showIcon role="alert" title={sentenceOf(add.error)} className="gap-below" />}
      <Form<Entered>
        id={formId}
        form={form}
        layout="vertical"
        initialValues={{ kind: 'user' }}
        onFinish={(entered) => add.mutate(entered)}
      >
        <Form.Item name="kind" label={words.kind}>
          <Select<Kind>
            options={KINDS.map((value) => ({ value, label: words.kinds[value] }))}
            onChange={() => form.setFieldValue('value', '')}
            getPopupContainer={(trigger) => trigger.parentElement ?? document.body}
          />
        </Form.Item>
        {kind === 'department' && directories.length > 1 && (
          <Form.Item name="syncer" label={words.directory} initialValue={first?.name}>
            <Select
              options={directories.map(({ name }) => ({ value: name }))}
              getPopupContainer={(trigger) => trigger.parentElement ?? document.body}
              onChange={() => form.setFieldValue('value', '')}
            />
          </Form.Item>
        )}
        <Form.Item name="value" label={words.values[kind]} extra={words.helps[kind]} rules={needed(words.values[kind])}>
          {kind === 'department' ? (
            <DepartmentInput syncer={directories.find(({ name }) => name === chosen) ?? first} />
          ) : (
            <Input autoFocus maxLength={255} autoComplete="off" spellCheck={false} />
          )}
        </Form.Item>
        <Form.Item name="reason" label={words.reason} extra={words.reasonHelp} rules={needed(words.reason)}>
          <Input maxLength={500} autoComplete="off" />
        </Form.Item>
        <Form.Item name="until" label={words.until} extra={words.untilHelp}>
          <Input type="date" className="date-input" />
        </Form.Item>
      </Form>
    </Dialog>
  );
}

/** More than that of one organization nobody chooses from. */
const MOST_SYNCERS = 200;

/** The syncers whose directories list their departments. */
function useDirectories(organization: string): readonly SyncerJson[] {
  const types = useSyncerTypes().data?.content ?? [];
  const syncers = useQuery({
    queryKey: ['syncers', organization, 'directories'],
    queryFn: () => getSyncers(organization, { page: 1, pageSize: MOST_SYNCERS }),
    staleTime: 60_000,
  });
  return (syncers.data?.content ?? []).filter((syncer) =>
    types.some(({ type, can }) => type === syncer.type && can.choices),
  );
}

/** People write a name; the call wants to know whose. */
const named = (organization: string, kind: Kind, value: string): string =>
  (kind === 'user' || kind === 'group') && !value.includes('/') ? `${organization}/${value}` : value;

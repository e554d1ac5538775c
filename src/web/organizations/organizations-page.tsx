import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Table, type TableProps } from 'antd';
import { useId, useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { OrganizationJson } from '../../host/api.ts';
import { addOrganization, getOrganizations } from '../api/calls.ts';
import { isGlobal, useSession } from '../api/session.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Dialog } from '../parts/dialog.tsx';
import { sentenceOf, useNotices } from '../parts/notices.ts';
import { PageHeader, useNarrow } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';

export function OrganizationsPage(): ReactNode {
  const words = useMessages().organizations;
  const account = useSession();
  const [adding, setAdding] = useState(false);
  const organizations = useQuery({ queryKey: ['organizations'], queryFn: getOrganizations });
  return (
    <>
      <PageHeader
        title={words.title}
        lead={words.lead}
        actions={
          isGlobal(account) ? (
            <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setAdding(true)}>
              {words.add}
            </Button>
          ) : undefined
        }
      />
      {organizations.isError ? (
        <Problem error={organizations.error} retry={() => void organizations.refetch()} />
      ) : (
        <section className="panel" aria-label={words.title}>
          <OrganizationTable rows={organizations.data?.content ?? []} loading={organizations.isPending} />
        </section>
      )}
      {adding && <AddDialog close={() => setAdding(false)} />}
    </>
  );
}

interface OrganizationTableProps {
  readonly rows: readonly OrganizationJson[];
  readonly loading: boolean;
}

function OrganizationTable({ rows, loading }: OrganizationTableProps): ReactNode {
  const messages = useMessages();
  const words = messages.organizations;
  const formats = useFormats();
  const narrow = useNarrow();
  const columns: TableProps<OrganizationJson>['columns'] = [
    {
      title: words.name,
      render: (_, { name, displayName }) => (
        <div className="person">
          <strong>{displayName || name}</strong>
          <span className="quiet">{name}</span>
        </div>
      ),
    },
    ...(narrow
      ? []
      : [
          {
            title: words.created,
            render: (_: unknown, { createdTime }: OrganizationJson) => formats.date(createdTime),
          },
        ]),
    {
      title: <span className="only-read">{words.users}</span>,
      align: 'end',
      render: (_, { name }) => {
        const query = `?organization=${encodeURIComponent(name)}`;
        return (
          <div className="row-links">
            <Link to={`/users${query}`}>{words.users}</Link>
            <Link to={`/groups${query}`}>{words.groups}</Link>
            <Link to={`/report${query}`}>{messages.report.title}</Link>
            <Link to={`/audit${query}`}>{messages.audit.title}</Link>
            {name !== 'built-in' && <Link to={`/syncers/new${query}`}>{words.addSyncer}</Link>}
          </div>
        );
      },
    },
  ];
  return (
    <Table<OrganizationJson>
      rowKey="name"
      columns={columns}
      dataSource={rows}
      loading={loading}
      pagination={{ hideOnSinglePage: true }}
    />
  );
}

interface NewOrganization {
  readonly name: string;
  readonly displayName?: string;
}

function AddDialog({ close }: { readonly close: () => void }): ReactNode {
  const words = useMessages();
  const queries = useQueryClient();
  const { done } = useNotices();
  const formId = useId();
  const add = useMutation({
    mutationFn: ({ name, displayName }: NewOrganization) =>
      addOrganization(name.trim(), displayName?.trim() || name.trim()),
    async onSuccess(_answer, { name }) {
      await queries.invalidateQueries({ queryKey: ['organizations'] });
      done(words.organizations.added(name.trim()));
      close();
    },
  });
  const label = words.organizations.name;
  return (
    <Dialog
      title={words.organizations.add}
      confirm={words.organizations.add}
      busy={add.isPending}
      form={formId}
      onCancel={close}
    >
      {add.isError && <Alert type="error" showIcon role="alert" title={sentenceOf(add.error)} className="gap-below" />}
      <Form<NewOrganization> id={formId} layout="vertical" onFinish={(entered) => add.mutate(entered)}>
        <Form.Item
          name="name"
          label={label}
          extra={words.organizations.nameHelp}
          rules={[{ required: true, whitespace: true, message: words.form.fieldNeeded(label) }]}
        >
          <Input autoFocus maxLength={100} autoComplete="off" spellCheck={false} />
        </Form.Item>
        <Form.Item name="displayName" label={words.organizations.displayName}>
          <Input maxLength={100} autoComplete="off" />
        </Form.Item>
      </Form>
    </Dialog>
  );
}

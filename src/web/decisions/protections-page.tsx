import { PlusOutlined } from '@ant-design/icons';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { ProtectionJson } from '../../host/api.ts';
import { historyPath } from '../api/account-path.ts';
import { getProtections, unprotectUser } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Blank } from '../parts/blank.tsx';
import { useNotices } from '../parts/notices.ts';
import { OrganizationSelect, useChosenOrganization } from '../parts/organization-select.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { PagedTable, usePaging } from '../parts/paged-table.tsx';
import { Problem } from '../parts/problem.tsx';
import { ProtectDialog } from './protect-dialog.tsx';
import './protections-page.css';

/** Whom runs leave alone in one organization: listed, added, removed. */
export function ProtectionsPage(): ReactNode {
  const words = useMessages().protections;
  const [organization, choose] = useChosenOrganization();
  const [adding, setAdding] = useState(false);
  const paging = usePaging(20);
  const { page, pageSize } = paging;
  const protections = useQuery({
    queryKey: ['protections', organization, page, pageSize],
    queryFn: () => getProtections(organization, { page, pageSize }),
    enabled: organization !== '',
    placeholderData: keepPreviousData,
  });
  const add = (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setAdding(true)}>
      {words.add}
    </Button>
  );
  const isBlank = protections.data?.total === 0;
  return (
    <>
      <PageHeader
        title={words.title}
        lead={words.lead}
        actions={
          <>
            <OrganizationSelect
              withoutBuiltIn
              value={organization}
              onChange={(name) => {
                paging.restart();
                choose(name);
              }}
            />
            {!isBlank && add}
          </>
        }
      />
      {protections.isError && <Problem error={protections.error} retry={() => void protections.refetch()} />}
      {isBlank && (
        <Blank title={words.emptyTitle} text={words.emptyText}>
          {add}
        </Blank>
      )}
      {!isBlank && !protections.isError && (
        <section className="panel" aria-label={words.title}>
          <PagedTable<ProtectionJson>
            rows={protections.data?.content ?? []}
            total={protections.data?.total ?? 0}
            loading={protections.isPending || protections.isPlaceholderData}
            paging={paging}
            size="middle"
            rowKey="id"
            card={(protection) => <ProtectionCard protection={protection} />}
            columns={[
              { title: words.kind, width: '28%', render: (_, protection) => <Whom protection={protection} /> },
              { title: words.reason, dataIndex: 'reason', className: 'break' },
              { title: words.until, width: 150, render: (_, { until }) => <Until until={until} /> },
              { title: words.by, width: '20%', render: (_, protection) => <By protection={protection} /> },
              {
                title: <span className="only-read">{words.remove}</span>,
                align: 'end',
                width: 96,
                render: (_, protection) => <RemoveButton protection={protection} />,
              },
            ]}
          />
        </section>
      )}
      {adding && <ProtectDialog organization={organization} close={() => setAdding(false)} />}
    </>
  );
}

interface OneProtection {
  readonly protection: ProtectionJson;
}

function Whom({ protection: { owner, kind, value, syncer } }: OneProtection): ReactNode {
  const words = useMessages().protections;
  const name = value.startsWith(`${owner}/`) ? value.slice(owner.length + 1) : value;
  return (
    <div className="person">
      <strong className="break">{kind === 'user' ? <Link to={historyPath(value)}>{name}</Link> : name}</strong>
      <span className="quiet">
        {words.kinds[kind]}
        {syncer !== '' && ` · ${words.syncer(syncer.slice(syncer.indexOf('/') + 1))}`}
      </span>
    </div>
  );
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A day is a day wherever its reader is; a time is told by his clock. */
function Until({ until }: Pick<ProtectionJson, 'until'>): ReactNode {
  const words = useMessages().protections;
  const formats = useFormats();
  if (until === null) return <span className="quiet">{words.always}</span>;
  return DATE.test(until) ? formats.date(`${until}T12:00:00`) : formats.moment(until);
}

function By({ protection: { by, at } }: OneProtection): ReactNode {
  const words = useMessages().protections;
  const formats = useFormats();
  return (
    <div className="person">
      <span className="break">{by === 'undo' ? words.byUndo : by}</span>
      <span className="quiet">{formats.moment(at)}</span>
    </div>
  );
}

const ProtectionCard = ({ protection }: OneProtection): ReactNode => (
  <div className="change-card">
    <div className="spread">
      <Whom protection={protection} />
      <Until until={protection.until} />
    </div>
    <span className="break">{protection.reason}</span>
    <By protection={protection} />
    <RemoveButton protection={protection} />
  </div>
);

function RemoveButton({ protection }: OneProtection): ReactNode {
  const words = useMessages().protections;
  const queries = useQueryClient();
  const { done, problem } = useNotices();
  const { value } = protection;
  const { mutate, isPending } = useMutation({
    mutationFn: () => unprotectUser(protection),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: ['protections'] });
      done(words.removed(value));
    },
    onError: problem,
  });
  return (
    <Button
      size="small"
      type="text"
      className="row-action"
      loading={isPending}
      aria-label={words.removeNamed(value)}
      onClick={() => mutate()}
    >
      {words.remove}
    </Button>
  );
}

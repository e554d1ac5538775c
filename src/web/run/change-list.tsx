import { RollbackOutlined } from '@ant-design/icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Select, Tag } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { ChangeJson, ChangeKind, RunJson } from '../../host/api.ts';
import { getChanges } from '../api/calls.ts';
import { historyPath } from '../api/account-path.ts';
import { IS_MOUNTED } from '../api/place.ts';
import { useMessages } from '../language/language.ts';
import { Problem } from '../parts/problem.tsx';
import { isActive } from '../parts/state-tag.tsx';
import { useGroupTitles } from '../parts/use-group-titles.ts';
import { PagedTable, SearchField, usePaging, type Paging } from '../parts/paged-table.tsx';
import { FieldChanges } from './field-changes.tsx';
import { UndoDialog } from './undo-dialog.tsx';
import { Choice, selectionOf, type Chosen } from './choice.tsx';
import { KindTag } from '../runs/kind-tag.tsx';
import './change-list.css';

interface ChangeListProps extends Chosen {
  readonly run: RunJson;
  readonly kind: ChangeKind | undefined;
  readonly setKind: (kind: ChangeKind | undefined) => void;
}

const WHILE_RUNNING_MS = 3000;

/** What a run did or would do, person by person. */
export function ChangeList({ run, kind, setKind, chosen, choose }: ChangeListProps): ReactNode {
  const words = useMessages().changes;
  const paging = usePaging(20);
  const { page, pageSize, value: userid } = paging;
  const titles = useGroupTitles(run.organization);
  const active = isActive(run.state);
  const held = run.state === 'held';
  // Of a run that waits, what waits comes first; what it did already is a click away.
  const [onlyHeld, setOnlyHeld] = useState(true);
  const state = held && onlyHeld ? 'held' : undefined;
  const changes = useQuery({
    queryKey: ['changes', run.id, kind, userid, state, page, pageSize],
    queryFn: () => getChanges(run.id, { page, pageSize }, { kind, userid, state }),
    placeholderData: keepPreviousData,
    refetchInterval: active ? WHILE_RUNNING_MS : false,
  });
  const rows = changes.data?.content ?? [];
  const total = changes.data?.total ?? 0;
  const filtered = kind !== undefined || userid !== '';
  return (
    <section className="panel" id="changes" aria-labelledby="changes-title">
      <div className="toolbar">
        <h2 id="changes-title">{words.title}</h2>
        <KindSelect
          kind={kind}
          choose={(chosen) => {
            setKind(chosen);
            paging.restart();
          }}
        />
        {held && (
          <Checkbox
            checked={onlyHeld}
            onChange={(event) => {
              setOnlyHeld(event.target.checked);
              paging.restart();
            }}
          >
            {words.onlyHeld}
          </Checkbox>
        )}
        <SearchField className="end" label={words.search} value={paging.search} onChange={paging.seek} />
      </div>
      {held && onlyHeld && total > 0 && (
        <Choice run={run} filter={{ kind, userid }} total={total} chosen={chosen} choose={choose} />
      )}
      {changes.isError ? (
        <Problem error={changes.error} retry={() => void changes.refetch()} />
      ) : (
        <ChangeTable
          run={run}
          rows={rows}
          total={total}
          chosen={chosen}
          choose={choose}
          loading={changes.isPending}
          titles={titles}
          empty={filtered ? words.emptyFiltered : active ? words.emptyRunning : words.empty}
          paging={paging}
        />
      )}
    </section>
  );
}

interface KindSelectProps {
  readonly kind: ChangeKind | undefined;
  readonly choose: (kind: ChangeKind | undefined) => void;
}

function KindSelect({ kind, choose }: KindSelectProps): ReactNode {
  const words = useMessages().changes;
  const kinds = Object.keys(words.kinds) as ChangeKind[];
  return (
    <Select<ChangeKind | ''>
      aria-label={words.kind}
      value={kind ?? ''}
      className="kind-select"
      options={[
        { value: '', label: words.allKinds },
        ...kinds.map((option) => ({ value: option, label: words.kinds[option] })),
      ]}
      onChange={(option) => choose(option === '' ? undefined : option)}
    />
  );
}

interface ChangeTableProps extends Chosen {
  readonly run: RunJson;
  readonly rows: readonly ChangeJson[];
  readonly total: number;
  readonly loading: boolean;
  readonly empty: string;
  readonly titles: ReadonlyMap<string, string>;
  readonly paging: Paging;
}

const accountName = (user: string): string => user.slice(user.indexOf('/') + 1);

function ChangeTable({ run, chosen, choose, empty, titles, ...list }: ChangeTableProps): ReactNode {
  const words = useMessages().changes;
  const [undoing, setUndoing] = useState<ChangeJson>();
  const undo = (change: ChangeJson): ReactNode =>
    canBeTakenBack(run, change) && <UndoButton change={change} onClick={() => setUndoing(change)} />;
  return (
    <>
      <PagedTable<ChangeJson>
        {...list}
        {...(run.state === 'held' && { rowSelection: selectionOf(list.rows, { chosen, choose }) })}
        size="middle"
        className="change-table"
        rowKey="n"
        locale={{ emptyText: empty }}
        card={(change) => (
          <div className="change-card">
            <div className="spread">
              <Person change={change} />
              <KindTag kind={change.kind} />
            </div>
            <What change={change} titles={titles} />
            {undo(change)}
          </div>
        )}
        columns={[
          {
            title: words.kind,
            width: 150,
            render: (_, change) => (
              <>
                <KindTag kind={change.kind} />
                <ChangeState change={change} />
              </>
            ),
          },
          { title: words.person, width: 220, render: (_, change) => <Person change={change} /> },
          {
            title: words.fields,
            render: (_, change) => (
              <div className="spread">
                <div>
                  <What change={change} titles={titles} />
                </div>
                {undo(change)}
              </div>
            ),
          },
        ]}
      />
      {undoing && <UndoDialog run={run} change={undoing} close={() => setUndoing(undefined)} />}
    </>
  );
}

const TAKEN_BACK: ReadonlySet<ChangeKind> = new Set(['create', 'update', 'forbid', 'restore', 'remove', 'link']);

const canBeTakenBack = (run: RunJson, { kind, state }: ChangeJson): boolean =>
  !run.dryRun && !isActive(run.state) && state === 'applied' && TAKEN_BACK.has(kind);

function UndoButton({ change, onClick }: { readonly change: ChangeJson; readonly onClick: () => void }): ReactNode {
  const words = useMessages().run;
  return (
    <Button
      size="small"
      type="text"
      icon={<RollbackOutlined aria-hidden />}
      aria-label={words.undoOf(change.displayName ?? change.userid)}
      onClick={onClick}
    >
      {words.undo}
    </Button>
  );
}

/** The state, where it is not the usual one. */
function ChangeState({ change }: { readonly change: ChangeJson }): ReactNode {
  const words = useMessages().changes;
  return change.state === 'applied' || change.state === 'planned' ? null : (
    <Tag className="mark mark-quiet" variant="filled">
      {words.states[change.state]}
    </Tag>
  );
}

/** The story of the account, or the members of the group; undefined: there is nothing to show, not yet or not any more. */
function placeOf({ kind, state, user }: ChangeJson): string | undefined {
  const isThere = kind === 'create' || kind === 'createGroup' ? state === 'applied' : kind !== 'removeGroup';
  if (user === '' || !isThere) return undefined;
  if (!kind.endsWith('Group')) return historyPath(user);
  const organization = encodeURIComponent(user.slice(0, user.indexOf('/')));
  return IS_MOUNTED ? undefined : `/users?organization=${organization}&group=${encodeURIComponent(user)}`;
}

function Person({ change }: { readonly change: ChangeJson }): ReactNode {
  const { displayName, user, userid } = change;
  const place = placeOf(change);
  const name = displayName ?? userid;
  return (
    <div className="person">
      <strong>{place === undefined ? name : <Link to={place}>{name}</Link>}</strong>
      {name !== userid && <span className="quiet">{userid}</span>}
      {user !== '' && accountName(user) !== userid && <span className="quiet">{user}</span>}
    </div>
  );
}

interface WhatProps {
  readonly change: ChangeJson;
  readonly titles: ReadonlyMap<string, string>;
}

const What = ({ change, titles }: WhatProps): ReactNode => (
  <>
    {change.reason !== '' && <div className="reason">{change.reason}</div>}
    <FieldChanges
      fields={change.fields}
      titles={titles}
      organization={change.user.slice(0, Math.max(0, change.user.indexOf('/')))}
    />
  </>
);

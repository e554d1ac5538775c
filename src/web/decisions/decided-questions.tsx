import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Select, Tag } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { QuestionJson } from '../../host/api.ts';
import { historyPath } from '../api/account-path.ts';
import { getQuestions, reopenQuestion } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { useNotices } from '../parts/notices.ts';
import { PagedTable, usePaging } from '../parts/paged-table.tsx';
import { Problem } from '../parts/problem.tsx';

type Decided = Exclude<QuestionJson['state'], 'open'>;
const STATES = ['linked', 'created', 'ignored'] as const satisfies readonly Decided[];

interface OneQuestion {
  readonly question: QuestionJson;
}

/** What was decided, by whom and when; each can be opened again. */
export function DecidedQuestions(props: { readonly organization: string; readonly name: string }): ReactNode {
  const { organization, name } = props;
  const words = useMessages().questions;
  const [state, setState] = useState<Decided>('linked');
  const paging = usePaging(20);
  const { page, pageSize } = paging;
  const decided = useQuery({
    queryKey: ['questions', organization, name, state, page, pageSize],
    queryFn: () => getQuestions(organization, name, state, { page, pageSize }),
    placeholderData: keepPreviousData,
  });
  if (decided.isError) return <Problem error={decided.error} retry={() => void decided.refetch()} />;
  return (
    <section className="panel" aria-label={words.decided}>
      <div className="toolbar">
        <Select<Decided>
          value={state}
          aria-label={words.show}
          className="question-state"
          onChange={(chosen) => {
            setState(chosen);
            paging.restart();
          }}
          options={STATES.map((value) => ({ value, label: words.states[value] }))}
        />
      </div>
      <PagedTable<QuestionJson>
        rows={decided.data?.content ?? []}
        total={decided.data?.total ?? 0}
        loading={decided.isPending || decided.isPlaceholderData}
        paging={paging}
        size="middle"
        rowKey="id"
        locale={{ emptyText: words.noneDecided }}
        card={(question) => (
          <div className="change-card">
            <div className="spread">
              <Whom question={question} />
              <ReopenButton question={question} />
            </div>
            <Outcome question={question} />
            <By question={question} />
          </div>
        )}
        columns={[
          { title: words.member, width: '24%', render: (_, question) => <Whom question={question} /> },
          { title: words.decision, render: (_, question) => <Outcome question={question} /> },
          { title: words.comment, dataIndex: 'comment', className: 'break' },
          { title: words.by, width: '20%', render: (_, question) => <By question={question} /> },
          {
            title: <span className="only-read">{words.reopen}</span>,
            align: 'end',
            width: 120,
            render: (_, question) => <ReopenButton question={question} />,
          },
        ]}
      />
    </section>
  );
}

function Whom({ question: { kind, member, userid } }: OneQuestion): ReactNode {
  const words = useMessages().questions;
  return (
    <div className="person">
      <strong>{member.name || userid}</strong>
      <span className="quiet">{words.kinds[kind]}</span>
    </div>
  );
}

function Outcome({ question: { kind, state, user, isPending } }: OneQuestion): ReactNode {
  const words = useMessages().questions;
  return (
    <div className="person">
      <span>
        <Tag className={state === 'ignored' ? 'mark mark-quiet' : 'mark mark-good'}>{words.states[state]}</Tag>
        {isPending && <Tag className="mark mark-busy">{words.waits}</Tag>}
      </span>
      {user !== '' && (
        <span className="break">{kind === 'group-name-taken' ? user : <Link to={historyPath(user)}>{user}</Link>}</span>
      )}
    </div>
  );
}

function By({ question: { decidedBy, decidedAt } }: OneQuestion): ReactNode {
  const formats = useFormats();
  return (
    <div className="person">
      <span className="break">{decidedBy}</span>
      {decidedAt !== null && <span className="quiet">{formats.moment(decidedAt)}</span>}
    </div>
  );
}

function ReopenButton({ question }: OneQuestion): ReactNode {
  const words = useMessages().questions;
  const queries = useQueryClient();
  const { done, problem } = useNotices();
  const who = question.member.name || question.userid;
  const { mutate, isPending } = useMutation({
    mutationFn: () => reopenQuestion(question.id),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: ['questions'] });
      done(words.reopened(who));
    },
    onError: problem,
  });
  return (
    <Button
      size="small"
      type="text"
      className="row-action"
      loading={isPending}
      aria-label={words.reopenNamed(who)}
      onClick={() => mutate()}
    >
      {words.reopen}
    </Button>
  );
}

import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Segmented, Skeleton } from 'antd';
import { useState, type ReactNode } from 'react';
import { useParams } from 'react-router';
import type { QuestionJson } from '../../host/api.ts';
import { decideQuestion, getQuestions, type QuestionDecision } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Blank } from '../parts/blank.tsx';
import { useNotices } from '../parts/notices.ts';
import { PageHeader } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';
import { DecidedQuestions } from './decided-questions.tsx';
import { QuestionPanel } from './question-panel.tsx';
import './questions-page.css';

/** So many are at hand at once; the next ones move up as they are decided. */
const AT_HAND = 100;

interface OfSyncer {
  readonly organization: string;
  readonly name: string;
}

/** What only a person can decide about the matches of one syncer, and what was decided. */
export function QuestionsPage(): ReactNode {
  const { organization = '', name = '' } = useParams();
  const words = useMessages();
  const [shown, setShown] = useState<'open' | 'decided'>('open');
  return (
    <>
      <PageHeader
        title={words.questions.of(name)}
        lead={words.questions.lead}
        syncer={{ organization, name }}
        actions={
          <Segmented
            aria-label={words.questions.show}
            value={shown}
            onChange={setShown}
            options={[
              { value: 'open', label: words.questions.open },
              { value: 'decided', label: words.questions.decided },
            ]}
          />
        }
      />
      {shown === 'open' ? (
        <OpenQuestions organization={organization} name={name} />
      ) : (
        <DecidedQuestions organization={organization} name={name} />
      )}
    </>
  );
}

function OpenQuestions({ organization, name }: OfSyncer): ReactNode {
  const words = useMessages().questions;
  const queries = useQueryClient();
  const { done, problem } = useNotices();
  const [at, setAt] = useState(0);
  const open = useQuery({
    queryKey: ['questions', organization, name, 'open', AT_HAND],
    queryFn: () => getQuestions(organization, name, 'open', { page: 1, pageSize: AT_HAND }),
    placeholderData: keepPreviousData,
  });
  const decide = useMutation({
    mutationFn: ({ question, said }: { readonly question: QuestionJson; readonly said: QuestionDecision }) =>
      decideQuestion(question.id, said),
    async onSuccess({ content }) {
      done(
        content.isPending
          ? words.pending
          : words.done[content.state](content.member.name || content.userid, content.user),
      );
      await queries.invalidateQueries({ queryKey: ['questions'] });
    },
    onError: problem,
  });
  if (open.isError) return <Problem error={open.error} retry={() => void open.refetch()} />;
  if (!open.data) return <Skeleton active />;
  const { content: questions, total } = open.data;
  const place = Math.min(at, questions.length - 1);
  const question = questions[place];
  if (!question) return <Blank title={words.emptyTitle} text={words.emptyText} />;
  return (
    <div className="questions">
      <QuestionList questions={questions} total={total} place={place} choose={setAt} />
      <QuestionPanel
        key={question.id}
        question={question}
        busy={decide.isPending}
        decide={(said) => decide.mutate({ question, said })}
        move={(by) => setAt(Math.max(0, Math.min(place + by, questions.length - 1)))}
      />
    </div>
  );
}

interface QuestionListProps {
  readonly questions: readonly QuestionJson[];
  readonly total: number;
  readonly place: number;
  readonly choose: (place: number) => void;
}

function QuestionList({ questions, total, place, choose }: QuestionListProps): ReactNode {
  const words = useMessages().questions;
  const formats = useFormats();
  return (
    <nav className="panel question-list" aria-label={words.waiting}>
      <h2>{words.waitingCount(formats.number(total))}</h2>
      <ul>
        {questions.map((question, index) => (
          <li key={question.id}>
            <button
              type="button"
              aria-current={index === place ? 'true' : undefined}
              className={index === place ? 'question-item current' : 'question-item'}
              onClick={() => choose(index)}
            >
              <span>{question.member.name || question.userid}</span>
              <span className="quiet">{words.kinds[question.kind]}</span>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { SyncerJson } from '../../host/api.ts';
import { getQuestions } from '../api/calls.ts';
import { syncerPath } from '../api/syncer-path.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';

const FRESH_MS = 10_000;

/** How many questions of a syncer are open; 0 until it is known. */
export function useOpenQuestions({ organization, name, lastRun }: SyncerJson): number {
  const open = useQuery({
    // Each run may ask something new.
    queryKey: ['questions', organization, name, 'count', lastRun?.id, lastRun?.finishedAt],
    queryFn: () => getQuestions(organization, name, 'open', { page: 1, pageSize: 1 }),
    staleTime: FRESH_MS,
  });
  return open.data?.total ?? 0;
}

export const questionsPath = (syncer: Pick<SyncerJson, 'organization' | 'name'>): string =>
  `${syncerPath(syncer)}/questions`;

/** Leads to the questions that wait for a person; nothing where none does. */
export function QuestionCount({ syncer }: { readonly syncer: SyncerJson }): ReactNode {
  const words = useMessages().questions;
  const formats = useFormats();
  const count = useOpenQuestions(syncer);
  return count === 0 ? null : (
    <Link to={questionsPath(syncer)} className="question-count">
      {words.count(formats.number(count), count)}
    </Link>
  );
}

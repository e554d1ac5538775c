import type { RunCounts, RunJson } from '../../host/api.ts';
import type { Messages } from '../language/english.ts';

const SHOWN = [
  'created',
  'updated',
  'forbidden',
  'restored',
  'removed',
] as const satisfies readonly (keyof RunCounts)[];

/** What a run changed, in one line. */
export function briefCounts(counts: RunCounts, words: Messages['brief'], written: (count: number) => string): string {
  const changes = SHOWN.filter((kind) => counts[kind] > 0).map((kind) => words[kind](written(counts[kind])));
  const members = words.members(written(counts.members));
  return [members, ...(changes.length > 0 ? changes : [words.nothing])].join(' · ');
}

/** Milliseconds from start to end; 0 while it runs. */
export const durationOf = ({ startedAt, finishedAt }: RunJson): number =>
  finishedAt === null ? 0 : Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt));

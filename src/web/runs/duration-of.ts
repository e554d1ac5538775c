import type { RunJson } from '../../host/api.ts';

/** Milliseconds from start to end; 0 while it runs. */
export const durationOf = ({ startedAt, finishedAt }: RunJson): number =>
  finishedAt === null ? 0 : Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt));

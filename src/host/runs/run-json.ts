import type { Change } from '../../identity/change.ts';
import type { Run } from '../../engine/run.ts';
import type { Language } from '../http/language.ts';

/** A run as the contract shows it, in the reader's language. */
export const runJson = (run: Run, language: Language) => ({
  id: run.id,
  syncer: `${run.organization}/${run.syncerName}`,
  organization: run.organization,
  trigger: run.trigger,
  dryRun: run.dryRun,
  state: run.state,
  startedAt: run.startedAt,
  finishedAt: run.finishedAt,
  phase: run.phase,
  progress: { ...run.progress },
  counts: { ...run.counts },
  warnings: run.warnings.map((warning) => ({
    code: warning.code,
    message: warning.message[language],
    count: warning.count,
    samples: [...warning.samples],
  })),
  error: run.error && {
    code: run.error.code,
    message: run.error.message[language],
    remedy: run.error.remedy?.[language] ?? null,
  },
  supersededBy: run.supersededBy,
});

export type RunJson = ReturnType<typeof runJson>;

/**
 * A change as the contract shows it.
 *
 * @param displayName what the person or the group is called, where somebody knows it
 */
export const changeJson = (change: Change, language: Language, displayName?: string) => ({
  kind: change.kind,
  userid: change.userid,
  user: change.user,
  ...(displayName === undefined ? {} : { displayName }),
  fields: change.fields.map(({ field, before, after }) => ({ field, before, after })),
  reason: change.reason[language],
  state: change.state,
});

export type ChangeJson = ReturnType<typeof changeJson>;

import { noCounts, RUN_PHASES, RUN_STATES, RUN_TRIGGERS, type Run, type RunCounts } from '../../engine/run.ts';
import { byGravity } from '../../engine/warnings.ts';
import type { StoredChange } from '../../engine/ports/run-store.ts';
import { CHANGE_KINDS, CHANGE_STATES } from '../../identity/change.ts';
import type { Language } from '../http/language.ts';
import {
  anyOf,
  component,
  described,
  FLAG,
  list,
  NOTHING,
  oneOf,
  orNull,
  record,
  TEXT,
  TIME,
  WHOLE,
  type Schema,
  type Shape,
} from '../http/schema.ts';
import { present } from '../../syncer/present.ts';

const COUNTS = Object.fromEntries(Object.keys(noCounts()).map((name) => [name, WHOLE])) as Record<
  keyof RunCounts,
  Schema<number>
>;

/** A run as the contract shows it, in the reader's language. */
export const RUN = component(
  'Run',
  record({
    id: TEXT,
    syncer: described(TEXT, 'ORG/NAME'),
    organization: TEXT,
    trigger: oneOf(RUN_TRIGGERS),
    dryRun: FLAG,
    state: oneOf(RUN_STATES),
    startedAt: TIME,
    finishedAt: orNull(TIME),
    phase: oneOf(RUN_PHASES),
    progress: record({ departmentsDone: WHOLE, departmentsTotal: WHOLE, membersSeen: WHOLE }),
    counts: record(COUNTS),
    warnings: described(
      list(record({ code: TEXT, message: TEXT, count: WHOLE, samples: list(TEXT) })),
      'The gravest first',
    ),
    error: orNull(record({ code: TEXT, message: TEXT, remedy: orNull(TEXT) })),
    supersededBy: described(orNull(TEXT), 'Run that took the place of this held one'),
  }),
);
export type RunJson = Shape<typeof RUN.schema>;

export const runJson = (run: Run, language: Language): RunJson => ({
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
  warnings: byGravity(run.warnings).map((warning) => ({
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

const FIELD_VALUE = anyOf(TEXT, FLAG, list(TEXT), NOTHING);

/** What a run did, would do, or could not do to one account or group. */
export const CHANGE = component(
  'Change',
  record(
    {
      n: described(WHOLE, 'Its number in the run'),
      kind: oneOf(CHANGE_KINDS),
      userid: TEXT,
      user: described(TEXT, 'ORG/NAME'),
      displayName: described(TEXT, 'What the person or the group is called, where it is known'),
      fields: list(record({ field: TEXT, before: FIELD_VALUE, after: FIELD_VALUE })),
      reason: TEXT,
      state: oneOf(CHANGE_STATES),
    },
    ['displayName'],
  ),
);
export type ChangeJson = Shape<typeof CHANGE.schema>;

/** @param displayName what the person or the group is called, where somebody knows it */
export const changeJson = (change: StoredChange, language: Language, displayName?: string): ChangeJson => ({
  n: change.seq,
  kind: change.kind,
  userid: change.userid,
  user: change.user,
  ...present({ displayName }),
  fields: change.fields.map(({ field, before, after }) => ({ field, before, after })),
  reason: change.reason[language],
  state: change.state,
});

/** What became of one member, step by step. */
export const MEMBER_REPORT = component(
  'MemberReport',
  record({ run: RUN.ref, steps: list(record({ name: TEXT, ok: FLAG, detail: TEXT })), change: CHANGE.ref }, ['change']),
);
export type MemberReportJson = Shape<typeof MEMBER_REPORT.schema>;

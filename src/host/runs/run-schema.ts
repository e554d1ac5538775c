import { noCounts, RUN_PHASES, RUN_STATES, RUN_TRIGGERS, type RunCounts } from '../../engine/run.ts';
import { CHANGE_KINDS, CHANGE_STATES } from '../../identity/change.ts';
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

const FIELD_VALUE = anyOf(TEXT, FLAG, list(TEXT), NOTHING);

/** What became different in a value. */
export const FIELD_CHANGE = record({ field: TEXT, before: FIELD_VALUE, after: FIELD_VALUE });

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
      fields: list(FIELD_CHANGE),
      reason: TEXT,
      state: oneOf(CHANGE_STATES),
    },
    ['displayName'],
  ),
);
export type ChangeJson = Shape<typeof CHANGE.schema>;

/** What became of one member, step by step. */
export const MEMBER_REPORT = component(
  'MemberReport',
  record({ run: RUN.ref, steps: list(record({ name: TEXT, ok: FLAG, detail: TEXT })), change: CHANGE.ref }, ['change']),
);
export type MemberReportJson = Shape<typeof MEMBER_REPORT.schema>;

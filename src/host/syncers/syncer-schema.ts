import { LEAVER_POLICIES, LINK_RULES } from '../../engine/syncer-settings.ts';
import { SELF_SERVICE_FIELDS } from '../../service/syncers/self-service.ts';
import { HEALTHS } from '../../service/syncers/syncer-record.ts';
import type { Field } from '../../service/syncers/syncer-field.ts';
import type { Authority } from '../../syncer/profile.ts';
import {
  described,
  FLAG,
  list,
  NUMBER,
  oneOf,
  orNull,
  record,
  ref,
  TEXT,
  TIME,
  WHOLE,
  type Keyed,
  type Schema,
  type Shape,
} from '../http/schema.ts';
import { RUN } from '../runs/run-schema.ts';

/** Where a syncer is told by, before the keys of its type. */
const IDENTITY = {
  id: described(TEXT, 'Stays when the syncer is renamed; sent back, it must be that of the syncer that is meant'),
  owner: TEXT,
  name: TEXT,
  createdTime: TIME,
  organization: TEXT,
  type: TEXT,
};

/** What every syncer has, after the keys of its type. */
const COMMON = { errorText: TEXT, syncInterval: described(WHOLE, 'Seconds'), isReadOnly: FLAG, isEnabled: FLAG };

const HEALTH = oneOf(HEALTHS);
export type SyncerHealth = Shape<typeof HEALTH>;

/** How it is doing; nothing that a client sends. */
const CONDITION = { lastRun: orNull(RUN.ref), nextRunAt: orNull(TIME), health: HEALTH };

export type SyncerIdentity = Keyed<typeof IDENTITY>;
export type SyncerCommon = Keyed<typeof COMMON>;
export type SyncerConditionJson = Keyed<typeof CONDITION>;

/** One row of the attribute mapping. */
const COLUMN = record(
  {
    name: TEXT,
    type: TEXT,
    casdoorName: described(TEXT, 'The account field that it feeds, or `Properties.KEY`'),
    iamName: TEXT,
    isKey: FLAG,
    isHashed: FLAG,
    values: list(TEXT),
    expression: described(TEXT, 'CEL over `member`, in place of `name`'),
    authority: TEXT as Schema<Authority | ''>,
  },
  ['casdoorName', 'iamName', 'expression', 'authority'],
);
export type ColumnJson = Shape<typeof COLUMN>;

/** A part of some days of the week. */
const WINDOW = record({ days: described(list(WHOLE), '1 = Monday … 7 = Sunday'), from: TEXT, to: TEXT });
export type WindowJson = Shape<typeof WINDOW>;

/** Keys of every type that the page reads by name. */
const EVERY_TYPES = {
  tableColumns: list(COLUMN),
  leavers: oneOf(LEAVER_POLICIES),
  graceDays: described(WHOLE, 'So many days a leaver keeps access and memberships'),
  deleteDays: described(WHOLE, 'With softDelete: so many days a leaver is forbidden first'),
  removalLimit: record({ percent: NUMBER, count: WHOLE }),
  syncGroups: FLAG,
  parentGroup: described(TEXT, 'Name of the group that the tree of departments hangs below; "" = none'),
  linkBy: list(oneOf(LINK_RULES)),
  rosterInterval: described(WHOLE, 'Seconds between two roster checks; 0 = none'),
  timeZone: TEXT,
  schedule: described(TEXT, 'A cron line of five fields; "" = by syncInterval'),
  quietWindows: list(WINDOW),
  freezeWindows: list(WINDOW),
  freezeDisabled: FLAG,
  selfService: record({
    enabled: FLAG,
    fields: list(oneOf(SELF_SERVICE_FIELDS)),
    nudge: described(FLAG, 'Whether whoever lacks e-mail or mobile is sent a message, once'),
    nudgePerDay: described(WHOLE, 'Members who are sent one on a day of the time zone, at most'),
  }),
};

/** A stored syncer. Beside the keys that are named here it has those of the registered types. */
export type SyncerJson = SyncerIdentity &
  SyncerCommon &
  SyncerConditionJson &
  Keyed<typeof EVERY_TYPES> & { readonly [field: string]: unknown };

const BY_KIND: Readonly<Record<Exclude<Field['kind'], 'select' | 'object'>, Schema>> = {
  text: TEXT,
  password: TEXT,
  url: TEXT,
  expression: TEXT,
  number: WHOLE,
  boolean: FLAG,
  departments: list(WHOLE),
  tags: list(WHOLE),
  users: list(TEXT),
  mapping: EVERY_TYPES.tableColumns,
  leavers: EVERY_TYPES.leavers,
  removalLimit: EVERY_TYPES.removalLimit,
  linkBy: EVERY_TYPES.linkBy,
  windows: EVERY_TYPES.quietWindows,
  selfService: EVERY_TYPES.selfService,
};

function schemaOf({ kind, options = [], parts }: Pick<Field, 'kind' | 'options' | 'parts'>): Schema {
  if (kind === 'select') return oneOf(options);
  if (kind !== 'object') return BY_KIND[kind];
  return record(Object.fromEntries([...(parts ?? [])].map(([name, part]) => [name, schemaOf(part)])));
}

/** Of Casdoor's keys and ours, and of those that registered types add. */
export function syncerSchemas(fields: ReadonlyMap<string, Field>): { readonly whole: Schema; readonly sent: Schema } {
  const typed = [...fields].map(([key, field]) => {
    const schema = schemaOf(field);
    return [key, field.home === 'secrets' ? described(schema, '*** when one is stored') : schema] as const;
  });
  const settable = { ...IDENTITY, ...Object.fromEntries(typed), ...COMMON };
  return {
    whole: record({ ...settable, ...CONDITION }),
    sent: { type: 'object', properties: settable, description: 'Absent keys keep what is stored' },
  };
}

export const SYNCER = ref<SyncerJson>('Syncer');
export const SYNCER_INPUT = ref('SyncerInput');

import { LEAVER_POLICIES, LINK_RULES } from '../../engine/syncer-settings.ts';
import { CHANGE_KINDS, CHANGE_STATES } from '../../identity/change.ts';
import type { SyncerService } from '../../service/syncer-service.ts';
import type { Database } from '../../storage/database.ts';
import { organizationSchema } from '../organizations/organization-directory.ts';
import { RUN_STATES, RUN_TRIGGERS, RUN_PHASES, noCounts } from '../../engine/run.ts';
import {
  FLAG,
  list,
  NOTHING,
  NUMBER,
  oneOf,
  orNull,
  record,
  ref,
  TEXT,
  TIME,
  WHOLE,
  type Schema,
} from '../http/schema.ts';
import type { Field } from '../../service/syncer-shape.ts';
import { userSchema } from '../accounts/user-json.ts';
import { USER_INPUT } from '../accounts/user-patch.ts';

const RUN = record({
  id: TEXT,
  syncer: { ...TEXT, description: 'ORG/NAME' },
  organization: TEXT,
  trigger: oneOf(RUN_TRIGGERS),
  dryRun: FLAG,
  state: oneOf(RUN_STATES),
  startedAt: TIME,
  finishedAt: orNull(TIME),
  phase: oneOf(RUN_PHASES),
  progress: record({ departmentsDone: WHOLE, departmentsTotal: WHOLE, membersSeen: WHOLE }),
  counts: record(Object.fromEntries(Object.keys(noCounts()).map((name) => [name, WHOLE]))),
  warnings: list(record({ code: TEXT, message: TEXT, count: WHOLE, samples: list(TEXT) })),
  error: orNull(record({ code: TEXT, message: TEXT, remedy: orNull(TEXT) })),
  supersededBy: { ...orNull(TEXT), description: 'Run that took the place of this held one' },
});

const FIELD_VALUE: Schema = { anyOf: [TEXT, FLAG, list(TEXT), NOTHING] };

const CHANGE = record(
  {
    kind: oneOf(CHANGE_KINDS),
    userid: TEXT,
    user: { ...TEXT, description: 'ORG/NAME' },
    displayName: { ...TEXT, description: 'What the person or the group is called, where it is known' },
    fields: list(record({ field: TEXT, before: FIELD_VALUE, after: FIELD_VALUE })),
    reason: TEXT,
    state: oneOf(CHANGE_STATES),
  },
  ['displayName'],
);

const CHECK = record({ name: TEXT, ok: FLAG, detail: TEXT, remedy: TEXT }, ['remedy']);

const CONNECTION_REPORT = record(
  {
    ok: FLAG,
    checks: list(CHECK),
    departments: WHOLE,
    members: WHOLE,
    sample: orNull(record({ userid: TEXT, name: TEXT })),
    withheldFields: list(TEXT),
    egressIp: TEXT,
  },
  ['egressIp'],
);

const MEMBER_REPORT = record(
  { run: ref('Run'), steps: list(record({ name: TEXT, ok: FLAG, detail: TEXT })), change: ref('Change') },
  ['change'],
);

const OPTION = record({ value: TEXT, label: TEXT, labelZh: TEXT });

const SYNCER_TYPE = record({
  type: TEXT,
  title: TEXT,
  fields: list(
    record(
      {
        name: TEXT,
        label: TEXT,
        labelZh: TEXT,
        kind: TEXT,
        required: FLAG,
        secret: FLAG,
        help: TEXT,
        helpZh: TEXT,
        options: list(OPTION),
        default: {},
      },
      ['options', 'default'],
    ),
  ),
  defaults: { type: 'object', description: 'What a new syncer of this type begins with' },
});

const GROUP_NODE = record({
  owner: TEXT,
  key: { ...TEXT, description: 'Name of the group' },
  title: TEXT,
  type: TEXT,
  userCount: WHOLE,
  children: list(ref('GroupNode')),
});

const GROUP = record({
  owner: TEXT,
  name: TEXT,
  createdTime: TEXT,
  updatedTime: TEXT,
  displayName: TEXT,
  manager: TEXT,
  contactEmail: TEXT,
  type: TEXT,
  parentId: TEXT,
  parentName: TEXT,
  isTopGroup: FLAG,
  title: TEXT,
  key: TEXT,
  haveChildren: FLAG,
  children: list(ref('GroupNode')),
  isEnabled: FLAG,
  users: { ...list(TEXT), description: 'ORG/NAME of each member' },
  userCount: WHOLE,
});

const COLUMN = record(
  {
    name: TEXT,
    type: TEXT,
    casdoorName: TEXT,
    iamName: TEXT,
    isKey: FLAG,
    isHashed: FLAG,
    values: list(TEXT),
    authority: TEXT,
  },
  ['casdoorName', 'iamName', 'authority'],
);

const BY_KIND: Readonly<Record<Exclude<Field['kind'], 'select' | 'object'>, Schema>> = {
  text: TEXT,
  password: TEXT,
  url: TEXT,
  number: WHOLE,
  boolean: FLAG,
  departments: list(WHOLE),
  users: list(TEXT),
  mapping: list(COLUMN),
  leavers: oneOf(LEAVER_POLICIES),
  removalLimit: record({ percent: NUMBER, count: WHOLE }),
  linkBy: list(oneOf(LINK_RULES)),
};

function schemaOf({ kind, options = [], parts }: Pick<Field, 'kind' | 'options' | 'parts'>): Schema {
  if (kind === 'select') return oneOf(options);
  if (kind !== 'object') return BY_KIND[kind];
  return record(Object.fromEntries([...(parts ?? [])].map(([name, part]) => [name, schemaOf(part)])));
}

/** Casdoor's keys and ours, and those that registered types add. */
function syncerProperties(fields: ReadonlyMap<string, Field>): Readonly<Record<string, Schema>> {
  const typed = [...fields].map(([key, field]) => {
    const schema = schemaOf(field);
    return [key, field.home === 'secrets' ? { ...schema, description: '*** when one is stored' } : schema] as const;
  });
  return {
    id: {
      ...TEXT,
      description: 'Stays when the syncer is renamed; sent back, it must be that of the syncer that is meant',
    },
    owner: TEXT,
    name: TEXT,
    createdTime: TIME,
    organization: TEXT,
    type: TEXT,
    ...Object.fromEntries(typed),
    errorText: TEXT,
    syncInterval: { ...WHOLE, description: 'Seconds' },
    isReadOnly: FLAG,
    isEnabled: FLAG,
  };
}

const CONDITION = {
  lastRun: orNull(ref('Run')),
  nextRunAt: orNull(TIME),
  health: oneOf(['ok', 'failing', 'quarantined', 'held']),
};

export interface ComponentNeeds {
  readonly database: Database;
  readonly syncers: SyncerService;
}

/** Every shape that several calls speak of, by name. */
export function componentSchemas({ database, syncers }: ComponentNeeds): Readonly<Record<string, Schema>> {
  const { dataSource } = database;
  const syncer = syncerProperties(syncers.fields);
  const user = userSchema(dataSource);
  return {
    Run: RUN,
    Change: CHANGE,
    ConnectionReport: CONNECTION_REPORT,
    MemberReport: MEMBER_REPORT,
    SyncerType: SYNCER_TYPE,
    Syncer: record({ ...syncer, ...CONDITION }),
    SyncerInput: { type: 'object', properties: syncer, description: 'Absent keys keep what is stored' },
    User: record(user),
    Account: record({ ...user, accessToken: TEXT, multiFactorAuths: list({}) }),
    UserInput: USER_INPUT,
    Organization: record(organizationSchema(dataSource)),
    Group: GROUP,
    GroupNode: GROUP_NODE,
  };
}

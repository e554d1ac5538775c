import { DEFAULT_SETTINGS as DEFAULTS, LEAVER_POLICIES, LINK_RULES } from '../../engine/syncer-settings.ts';
import { MASK, type FormField, type SyncerConfig, type SyncerDefinition } from '../../syncer/definition.ts';
import { ConfigError } from '../../syncer/errors.ts';
import type { SyncerRegistry } from '../../syncer/registry.ts';
import { text } from '../../syncer/text.ts';
import { partOf, withValueAt } from '../../syncer/field-path.ts';
import { present } from '../../syncer/present.ts';
import {
  MOST_COLUMNS,
  MOST_DEPARTMENTS,
  MOST_USERS,
  oneOf,
  readColumn,
  readDays,
  readExpression,
  readFlag,
  readList,
  readObject,
  readPaste,
  readRemovalLimit,
  readText,
  readId,
  readWhole,
} from './field-readers.ts';
import { DEFAULT_INTERVAL_SECONDS, readRosterInterval, ROSTER_SECONDS } from './intervals.ts';
import { DEFAULT_SELF_SERVICE, readSelfService } from './self-service.ts';
import type { SyncerRecord } from './syncer-record.ts';
import type { Field, Home } from './syncer-field.ts';
import { DEFAULT_TIME_ZONE, readSchedule, readTimeZone, readWindows } from './time-settings.ts';

/** What holds, by what is stored. */
export const heldValue = ({ empty, formers }: Pick<Field, 'empty' | 'formers'>, stored: unknown): unknown =>
  formers ? { ...(empty as object), ...formers, ...(stored as object | undefined) } : (stored ?? empty);

type Reader = Pick<Field, 'kind' | 'empty' | 'read'> & { readonly former?: unknown };

const textReader: Reader = { kind: 'text', empty: '', read: readText };
const secretReader: Reader = { kind: 'password', empty: '', read: readPaste };
const columns: Reader = {
  kind: 'mapping',
  empty: [],
  read: (key, value) => readList(key, value, MOST_COLUMNS, readColumn),
};

/** Casdoor's keys, in its order; what every syncer has (name, type, interval …) is not among them. */
const CASDOORS: Readonly<Record<string, readonly [Home, Reader]>> = {
  databaseType: ['leftovers', textReader],
  sslMode: ['leftovers', textReader],
  sshType: ['leftovers', textReader],
  host: ['settings', textReader],
  port: ['leftovers', { kind: 'number', empty: 0, read: readWhole }],
  user: ['settings', textReader],
  password: ['secrets', secretReader],
  sshHost: ['leftovers', textReader],
  sshPort: ['leftovers', { kind: 'number', empty: 0, read: readWhole }],
  sshUser: ['leftovers', textReader],
  sshPassword: ['secrets', secretReader],
  cert: ['leftovers', textReader],
  database: ['leftovers', textReader],
  table: ['leftovers', textReader],
  tableColumns: ['settings', columns],
  affiliationTable: ['leftovers', textReader],
  avatarBaseUrl: ['leftovers', textReader],
};

/** What a syncer of any type may be told about its runs. */
const EVERY_TYPES: Readonly<Record<string, Reader>> = {
  leavers: { kind: 'leavers', empty: DEFAULTS.leavers, read: oneOf(LEAVER_POLICIES) },
  graceDays: { kind: 'number', empty: DEFAULTS.graceDays, read: readDays },
  deleteDays: { kind: 'number', empty: DEFAULTS.deleteDays, read: readDays },
  removalLimit: { kind: 'removalLimit', empty: DEFAULTS.removalLimit, read: readRemovalLimit },
  syncGroups: { kind: 'boolean', empty: DEFAULTS.syncGroups, read: readFlag },
  parentGroup: { kind: 'text', empty: DEFAULTS.parentGroup, read: readText },
  linkBy: {
    kind: 'linkBy',
    empty: DEFAULTS.linkBy,
    read: (key, value) => [...new Set(readList(key, value, LINK_RULES.length, oneOf(LINK_RULES)))],
  },
  rosterInterval: { kind: 'number', empty: 0, read: readRosterInterval },
  timeZone: { kind: 'text', empty: DEFAULT_TIME_ZONE, read: readTimeZone },
  schedule: { kind: 'text', empty: '', read: readSchedule },
  quietWindows: { kind: 'windows', empty: [], read: readWindows },
  freezeWindows: { kind: 'windows', empty: [], read: readWindows },
  freezeDisabled: { kind: 'boolean', empty: false, read: readFlag },
  selfService: { kind: 'selfService', empty: DEFAULT_SELF_SERVICE, read: readSelfService },
};

/** @param same the fields of this name, of every type that has one */
function readerOf(same: readonly [FormField, ...FormField[]]): Reader & Pick<Field, 'options'> {
  const [{ kind, default: byDefault, multiline }] = same;
  switch (kind) {
    case 'number':
      return { kind, empty: byDefault ?? 0, read: readWhole };
    case 'boolean':
      return { kind, empty: byDefault ?? false, read: readFlag };
    case 'select': {
      const options = [...new Set(same.flatMap((field) => field.options ?? []).map(({ value }) => value))];
      return { kind, empty: byDefault ?? options[0] ?? '', read: oneOf(options), options };
    }
    case 'departments':
    case 'tags':
      return { kind, empty: [], read: (key, value) => readList(key, value, MOST_DEPARTMENTS, readId) };
    case 'users':
      return { kind, empty: [], read: (key, value) => readList(key, value, MOST_USERS, readText) };
    case 'mapping':
      return columns;
    case 'expression':
      return { kind, empty: '', read: readExpression };
    case 'text':
    case 'password':
    case 'url':
      return { kind, empty: byDefault ?? '', read: multiline ? readPaste : readText };
  }
}

/** Whatever kind a secret is of, it is stored as text; `***` and "" say whether it stays. */
function secretOf(same: readonly [FormField, ...FormField[]]): Reader {
  const { kind, read } = readerOf(same);
  if (kind === 'text' || kind === 'password' || kind === 'url') return secretReader;
  const readSecret = (key: string, value: unknown): string =>
    value === MASK || value === '' ? value : String(read(key, value));
  return { ...secretReader, read: readSecret };
}

/** Fields with a dot in their names are parts of one object. */
function objectReader(
  parts: ReadonlyMap<string, Reader>,
  secretParts: ReadonlySet<string>,
): Reader & Pick<Field, 'parts' | 'formers' | 'secretParts'> {
  const empty = Object.fromEntries([...parts].map(([name, part]) => [name, part.empty]));
  const read = (key: string, value: unknown): unknown => {
    const given = readObject(key, value);
    const entries = [...parts].flatMap(([name, part]) => {
      // A secret that nobody speaks of stays.
      if (secretParts.has(name) && (given[name] ?? MASK) === MASK) return [];
      return [[name, part.read(`${key}.${name}`, given[name] ?? part.empty)]];
    });
    return Object.fromEntries(entries) as unknown;
  };
  const young = [...parts].filter(([, { former }]) => former !== undefined);
  const formers = Object.fromEntries(young.map(([name, { former }]) => [name, former]));
  return { kind: 'object', empty, read, parts, secretParts, ...(young.length > 0 && { formers }) };
}

const isSecret = (same: readonly FormField[]): boolean => same.some(({ secret }) => secret);

/**
 * Every key of a syncer's JSON, in the order of an answer: Casdoor's, those of every type, and what the forms of
 * registered types add.
 *
 * @param own of the type that the syncer has: what they say counts, whatever others say of a field of that name;
 *   undefined: the type is not known
 * @param others of the other types
 */
function keysOf(own: readonly FormField[] | undefined, others: readonly FormField[]): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  for (const [key, [home, reader]] of Object.entries(CASDOORS)) fields.set(key, { home, isCasdoors: true, ...reader });
  for (const [key, reader] of Object.entries(EVERY_TYPES)) {
    fields.set(key, { home: 'settings', isCasdoors: false, ...reader });
  }
  const listing = own?.find(({ listsMembers }) => listsMembers)?.name;
  const roster = fields.get('rosterInterval');
  if (listing !== undefined && roster) {
    fields.set('rosterInterval', { ...roster, withSecret: { name: listing, value: ROSTER_SECONDS } });
  }
  const roots = new Set(own?.map(({ name }) => partOf(name).root));
  const isForeign = ({ name }: FormField): boolean =>
    !roots.has(partOf(name).root) && (own === undefined || !(partOf(name).root in CASDOORS));
  const byName = new Map<string, [FormField, ...FormField[]]>();
  for (const field of [...(own ?? []), ...others.filter(isForeign)]) {
    const known = byName.get(field.name);
    if (known) known.push(field);
    else byName.set(field.name, [field]);
  }
  const parts = new Map<string, Map<string, Reader>>();
  const secretParts = new Map<string, Set<string>>();
  for (const [name, same] of byName) {
    const { root, part } = partOf(name);
    const reader = isSecret(same) ? secretOf(same) : readerOf(same);
    const home = isSecret(same) ? 'secrets' : 'settings';
    if (part === undefined) {
      fields.set(name, { home, isCasdoors: name in CASDOORS, ...reader });
      continue;
    }
    const of = parts.get(root) ?? new Map<string, Reader>();
    const secrets = secretParts.get(root) ?? new Set<string>();
    if (isSecret(same)) secrets.add(part);
    parts.set(root, of.set(part, { ...reader, ...present({ former: same[0].formerly }) }));
    secretParts.set(root, secrets);
    fields.set(root, { home: 'settings', isCasdoors: root in CASDOORS, ...objectReader(of, secrets) });
  }
  return fields;
}

/** Keys of a syncer that no form may have: they are the host's. */
const RESERVED: ReadonlySet<string> = new Set([
  'id',
  'owner',
  'name',
  'createdTime',
  'organization',
  'type',
  'errorText',
  'syncInterval',
  'isReadOnly',
  'isEnabled',
  'lastRun',
  'nextRunAt',
  'health',
  '__proto__',
  ...Object.keys(EVERY_TYPES),
]);

/** @throws ConfigError naming a field that a definition must call otherwise */
function checkNames({ type, fields }: SyncerDefinition): void {
  const names = new Set<string>();
  for (const { name } of fields) {
    const { root, part } = partOf(name);
    const isTaken =
      names.has(name) ||
      names.has(root) ||
      (part === undefined && [...names].some((one) => one.startsWith(`${name}.`)));
    if (RESERVED.has(root) || part?.includes('.') || part === '' || root === '' || isTaken) {
      throw new ConfigError(
        text(
          `Field "${name}" of the type "${type}": rename it. The name is a key of every syncer, is there twice, or has more than one dot.`,
          `类型“${type}”的字段“${name}”需要改名：它与每个同步器都有的键重名、重复，或含有多个点。`,
        ),
      );
    }
    names.add(name);
  }
}

/** The keys of syncers, by type. */
export class SyncerFields {
  /** Of a syncer whose type is not known, or still to be chosen: what is a secret of any type is one. */
  readonly any: ReadonlyMap<string, Field>;
  readonly #byType: ReadonlyMap<string, ReadonlyMap<string, Field>>;
  readonly #registry: SyncerRegistry;

  /** @throws ConfigError naming a field that a definition must call otherwise */
  constructor(registry: SyncerRegistry) {
    this.#registry = registry;
    const definitions = registry.list();
    for (const definition of definitions) checkNames(definition);
    this.any = keysOf(
      undefined,
      definitions.flatMap(({ fields }) => fields),
    );
    this.#byType = new Map(
      definitions.map((definition) => {
        const others = definitions.filter((other) => other !== definition);
        return [
          definition.type,
          keysOf(
            definition.fields,
            others.flatMap(({ fields }) => fields),
          ),
        ];
      }),
    );
  }

  of(type: string): ReadonlyMap<string, Field> {
    return this.#byType.get(type) ?? this.any;
  }

  /** Seconds between two roster checks; 0 = none. */
  rosterInterval({ type, settings, secretNames }: Pick<SyncerRecord, 'type' | 'settings' | 'secretNames'>): number {
    const field = this.of(type).get('rosterInterval');
    if (!field?.withSecret || !secretNames.includes(field.withSecret.name)) return 0;
    return (settings['rosterInterval'] ?? field.withSecret.value) as number;
  }

  /** A configuration as its connector takes it: settings and plain secrets, each in its place and of its kind. */
  configOf(
    type: string,
    settings: Readonly<Record<string, unknown>>,
    secrets: Readonly<Record<string, string>>,
  ): SyncerConfig {
    let config: Readonly<Record<string, unknown>> = settings;
    for (const [name, secret] of Object.entries(secrets)) {
      config = withValueAt(config, name, this.#ofKind(type, name, secret));
    }
    return config;
  }

  #ofKind(type: string, name: string, secret: string): unknown {
    const kind = this.#registry.find(type)?.fields.find((field) => field.name === name)?.kind;
    if (kind === 'number') return Number(secret);
    return kind === 'boolean' ? secret === 'true' : secret;
  }

  /** What a new syncer of this type begins with: every key that its form shows. */
  defaultsOf({ type, fields }: SyncerDefinition): Readonly<Record<string, unknown>> {
    const keys = [...fields.map(({ name }) => partOf(name).root), ...Object.keys(EVERY_TYPES)];
    const values = keys.map((key) => [key, this.of(type).get(key)?.empty] as const);
    return { syncInterval: DEFAULT_INTERVAL_SECONDS, ...Object.fromEntries(values) };
  }
}

import { text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';
import { refusedAt, type Place } from './place.ts';
import { readYaml, type Entry, type PlacedNode } from './yaml-text.ts';

/** A syncer as a text has it. */
export interface SyncerEntry {
  readonly at: Place;
  readonly organization: string;
  readonly name: string;
  /** All keys but the name. */
  readonly keys: ReadonlyMap<string, Entry>;
}

/** A protection as a text has it; what is absent stays as it is. */
export interface ProtectionEntry {
  readonly at: Place;
  readonly owner: string;
  readonly kind: string;
  readonly value: string;
  /** `ORG/NAME`, or "". */
  readonly syncer: string;
  readonly reason?: string;
  readonly until?: string;
}

/** What a text says; a list that it leaves out is left alone. */
export interface ConfigurationText {
  readonly syncers: readonly SyncerEntry[] | undefined;
  readonly protections: readonly ProtectionEntry[] | undefined;
  /** Each once. */
  readonly organizations: readonly string[];
}

export const PROTECTION_KEYS = ['owner', 'kind', 'value', 'syncer', 'reason', 'until'] as const;

/**
 * @throws Refusal that says where, and what to change
 */
export async function readConfiguration(source: string): Promise<ConfigurationText> {
  const root = await readYaml(source);
  if (root?.kind !== 'map') throw root ? refusedAt(root.at, NO_LISTS) : new Refusal(NO_LISTS);
  for (const [key, { at }] of root.entries) {
    if (key !== 'syncers' && key !== 'protections') throw unknownKey(at, key);
  }
  const syncers = listOf(root.entries.get('syncers'))?.map(syncerOf);
  const protections = listOf(root.entries.get('protections'))?.map(protectionOf);
  refuseTwice(syncers ?? [], ({ organization, name }) => `${organization}/${name}`);
  refuseTwice(protections ?? [], keyOfProtection);
  const named = [
    ...(syncers ?? []).map(({ organization }) => organization),
    ...(protections ?? []).map(({ owner }) => owner),
  ];
  return { syncers, protections, organizations: [...new Set(named)] };
}

/** What tells one protection from another; WeCom tells userids apart without case. */
export const keyOfProtection = ({
  owner,
  kind,
  value,
  syncer,
}: Pick<ProtectionEntry, 'owner' | 'kind' | 'value' | 'syncer'>): string =>
  JSON.stringify([owner, kind, kind === 'userid' ? value.toLowerCase() : value, syncer]);

/** Whom it is about, in one word or two. */
export const nameOfProtection = ({
  owner,
  kind,
  value,
  syncer,
}: Pick<ProtectionEntry, 'owner' | 'kind' | 'value' | 'syncer'>): string => {
  const whom = kind === 'user' ? value : kind === 'group' ? `group ${value}` : `${kind} ${owner}/${value}`;
  return syncer === '' ? whom : `${whom} (${syncer})`;
};

/** What stands there may be a secret that slipped: only what looks like a key is repeated. */
export const unknownKey = (at: Place, key: string): Refusal =>
  refusedAt(
    at,
    /^\w{1,40}$/.test(key)
      ? text(`The key "${key}" is not known here: leave it out.`, `此处没有名为“${key}”的键：请删除。`)
      : text('This key is not known here: leave it out.', '此处没有该键：请删除。'),
  );

function listOf(entry: Entry | undefined): readonly PlacedNode[] | undefined {
  if (!entry) return undefined;
  if (entry.node.kind !== 'list') throw refusedAt(entry.at, NO_LIST);
  return entry.node.items;
}

function mapIn(node: PlacedNode): ReadonlyMap<string, Entry> {
  if (node.kind !== 'map') throw refusedAt(node.at, NO_MAP);
  return node.entries;
}

function textAt(keys: ReadonlyMap<string, Entry>, key: string): string | undefined {
  const node = keys.get(key)?.node;
  if (!node) return undefined;
  if (node.kind === 'value' && (typeof node.value === 'string' || typeof node.value === 'number')) {
    return String(node.value).trim();
  }
  throw refusedAt(node.at, text(`"${key}" must be text.`, `“${key}”必须是文本。`));
}

function requiredAt(keys: ReadonlyMap<string, Entry>, key: string, at: Place): string {
  const given = textAt(keys, key);
  if (given !== undefined && given !== '') return given;
  throw refusedAt(keys.get(key)?.at ?? at, text(`"${key}" is missing.`, `缺少“${key}”。`));
}

function syncerOf(node: PlacedNode): SyncerEntry {
  const { at } = node;
  const keys = mapIn(node);
  const id = requiredAt(keys, 'name', at);
  const slash = id.indexOf('/');
  const name = id.slice(slash + 1);
  if (slash <= 0 || name === '') throw refusedAt(keys.get('name')?.node.at ?? at, NO_ID);
  const others = new Map([...keys].filter(([key]) => key !== 'name'));
  return { at, organization: id.slice(0, slash), name, keys: others };
}

function protectionOf(node: PlacedNode): ProtectionEntry {
  const { at } = node;
  const keys = mapIn(node);
  for (const [key, entry] of keys) {
    if (!PROTECTION_KEYS.some((known) => known === key)) throw unknownKey(entry.at, key);
  }
  const owner = requiredAt(keys, 'owner', at);
  const syncer = textAt(keys, 'syncer') ?? '';
  const [reason, until] = [textAt(keys, 'reason'), textAt(keys, 'until')];
  return {
    at,
    owner,
    kind: requiredAt(keys, 'kind', at),
    value: requiredAt(keys, 'value', at),
    syncer: syncer === '' || syncer.includes('/') ? syncer : `${owner}/${syncer}`,
    ...(reason !== undefined && { reason }),
    ...(until !== undefined && { until }),
  };
}

function refuseTwice<T extends { readonly at: Place }>(entries: readonly T[], keyOf: (entry: T) => string): void {
  const seen = new Set<string>();
  for (const entry of entries) {
    const key = keyOf(entry);
    if (seen.has(key)) throw refusedAt(entry.at, TWICE);
    seen.add(key);
  }
}

const NO_LISTS = text(
  'Nothing is said here: write the lists "syncers" and "protections", or one of them.',
  '没有可用内容：请填写 syncers 和 protections 列表，或其中之一。',
);
const NO_LIST = text('This must be a list; an empty one is [].', '此处必须是列表，空列表写作 []。');
const NO_MAP = text('This must be keys with values.', '此处必须是键和值。');
const NO_ID = text('"name" of a syncer is ORG/NAME.', '同步器的“name”须为“组织/同步器名”。');
export const TWICE = text('The same stands in this list already: keep one.', '该列表中已有相同的一项：请只保留一项。');

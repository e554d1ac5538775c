import { isDeepStrictEqual } from 'node:util';
import { MASK } from '../../syncer/definition.ts';
import { ConfigError, NotFoundError } from '../../syncer/errors.ts';
import { partOf, valueAt, withValueAt } from '../../syncer/field-path.ts';
import type { SyncerRegistry } from '../../syncer/registry.ts';
import { text, together, type Text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';
import { OPTIONAL_COLUMN_KEYS } from '../syncers/field-readers.ts';
import type { MergedSyncer } from '../syncers/syncer-body.ts';
import type { Field } from '../syncers/syncer-field.ts';
import type { OpenedRecord, SyncerRecord, SyncerStore } from '../syncers/syncer-record.ts';
import type { SyncerService } from '../syncers/syncer-service.ts';
import { unknownKey, type SyncerEntry } from './configuration-text.ts';
import { refusedAt, type Place } from './place.ts';
import { referenceIn, type SecretReference } from './secret-reference.ts';
import { COMMON_KEYS, settingsIn } from './syncer-values.ts';
import { plainOf, type PlacedNode } from './yaml-text.ts';

type Values = Readonly<Record<string, unknown>>;

/** One setting before and after; a secret is `***`, on both sides where it is another one now. */
export interface SettingChange {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Finds what a reference names: only a program of whoever has the machine has one of these. */
export type ReferenceReader = (reference: SecretReference) => Promise<string>;

/** What is to become of a syncer. */
export interface SyncerDifference {
  readonly stored: SyncerRecord | undefined;
  /** As it would be stored; of one that is not there, with `ORG/NAME` in place of an id. */
  readonly coming: SyncerRecord;
  readonly merged: MergedSyncer;
  /** None: nothing is to be done. */
  readonly fields: readonly SettingChange[];
}

export interface SyncerDifferencesDeps {
  readonly records: Pick<SyncerStore, 'open'>;
  readonly syncers: SyncerService;
  readonly registry: SyncerRegistry;
}

/** Compares syncers of a text with those that are stored. */
export class SyncerDifferences {
  readonly #deps: SyncerDifferencesDeps;

  constructor(deps: SyncerDifferencesDeps) {
    this.#deps = deps;
  }

  /** @throws Refusal that says where, and what to change */
  async of(entry: SyncerEntry, known: SyncerRecord | undefined, read?: ReferenceReader): Promise<SyncerDifference> {
    const { syncers, registry } = this.#deps;
    const opened = known && (await this.#opened(known));
    const stored = opened?.record ?? known;
    const body = await this.#bodyOf(entry, stored, read);
    const merged = await located(
      (words) => placeNamed(entry, words),
      () => syncers.checked(body, stored, true),
    );
    const changed = Object.entries(merged.secrets).filter(
      ([name, secret]) => (secret ?? '') !== (opened ? (opened.secrets[name] ?? '') : stored ? undefined : ''),
    );
    const coming = recordOf(merged, stored, entry);
    const after = settingsIn(syncers.fields, registry, coming);
    const before = stored ? settingsIn(syncers.fields, registry, stored) : new Map<string, unknown>();
    const isOther = new Set(changed.map(([name]) => partOf(name).root));
    const fields = [...new Set([...before.keys(), ...after.keys()])].flatMap((field) => {
      const [was, is] = [before.get(field) ?? null, after.get(field) ?? null];
      const isSame = isDeepStrictEqual(was, is) && !isOther.has(field);
      const isUnsaid = !stored && !entry.keys.has(field) && field !== 'syncInterval';
      return isSame || isUnsaid ? [] : [{ field, before: was, after: is }];
    });
    return { stored, coming, merged, fields };
  }

  /** What a syncer that goes had. */
  whole(record: SyncerRecord): readonly SettingChange[] {
    const { syncers, registry } = this.#deps;
    return [...settingsIn(syncers.fields, registry, record)].map(([field, before]) => ({ field, before, after: null }));
  }

  /** Sealed with another key, its secrets cannot be compared: those that the text has count as new. */
  async #opened(record: SyncerRecord): Promise<OpenedRecord | undefined> {
    try {
      return await this.#deps.records.open(record.id);
    } catch (error) {
      if (error instanceof ConfigError) return undefined;
      throw error;
    }
  }

  async #bodyOf(entry: SyncerEntry, stored: SyncerRecord | undefined, read?: ReferenceReader): Promise<Values> {
    const { registry, syncers } = this.#deps;
    const { organization, name, keys } = entry;
    const type = typeIn(entry, stored);
    if (type !== stored?.type && !registry.find(type)) {
      throw refusedAt(
        keys.get('type')?.node.at ?? entry.at,
        text(
          `"type" must be one of ${registry
            .list()
            .map((one) => one.type)
            .join(', ')}.`,
          `“type”必须是 ${registry
            .list()
            .map((one) => one.type)
            .join('、')} 之一。`,
        ),
      );
    }
    const fields = syncers.fields.of(type);
    let body: Values = { organization, name };
    for (const [key, { at, node }] of keys) {
      const field = fields.get(key);
      if (!field && !COMMON_KEYS.some((known) => known === key)) throw unknownKey(at, key);
      refuseEmpty(node);
      body = { ...body, [key]: plainOf(node) };
      if (!field) continue;
      await located(node.at, async () => refuseUnknownParts(node, field.read(key, body[key]), field));
      for (const secret of secretsIn(key, field)) {
        const value = valueAt(body, secret);
        if (typeof value !== 'string') continue;
        const at = placeOf(node, secret);
        body = withValueAt(
          body,
          secret,
          await secretOf(value, at, stored?.type === type ? stored : undefined, secret, read),
        );
      }
    }
    return body;
  }
}

function typeIn({ keys, at }: SyncerEntry, stored: SyncerRecord | undefined): string {
  const node = keys.get('type')?.node;
  if (!node) {
    if (stored) return stored.type;
    throw refusedAt(at, text('A new syncer needs a "type".', '新的同步器必须填写“type”。'));
  }
  if (node.kind === 'value' && typeof node.value === 'string') return node.value.trim();
  throw refusedAt(node.at, text('"type" must be text.', '“type”必须是文本。'));
}

const secretsIn = (key: string, { home, secretParts }: Field): readonly string[] =>
  home === 'secrets' ? [key] : [...(secretParts ?? [])].map((part) => `${key}.${part}`);

function placeOf(node: PlacedNode, secret: string): Place {
  const { part } = partOf(secret);
  return (part !== undefined && node.kind === 'map' ? node.entries.get(part)?.node.at : undefined) ?? node.at;
}

/** @throws Refusal for a reference that nobody here may follow, and for `***` where nothing is stored */
async function secretOf(
  value: string,
  at: Place,
  stored: SyncerRecord | undefined,
  secret: string,
  read: ReferenceReader | undefined,
): Promise<string> {
  if (value.trim() === MASK) {
    if (stored?.secretNames.includes(secret)) return MASK;
    throw refusedAt(at, NOT_STORED);
  }
  const reference = referenceIn(value);
  if (!reference) return value;
  if (!read) throw refusedAt(at, NO_REFERENCES);
  const found = await located(at, () => read(reference));
  // It would keep the stored secret, or take it away, and nobody wrote that.
  if (found.trim() === MASK || found.trim() === '') throw refusedAt(at, NO_SECRET);
  return found;
}

/** A key whose value was forgotten is neither "keep" nor "empty". */
function refuseEmpty(node: PlacedNode): void {
  if (node.kind === 'value' && node.value === null) throw refusedAt(node.at, EMPTY);
  if (node.kind === 'list') node.items.forEach(refuseEmpty);
  if (node.kind === 'map') for (const entry of node.entries.values()) refuseEmpty(entry.node);
}

/** What was read of an object has all the keys that there are: another one would be lost without a word. */
function refuseUnknownParts(node: PlacedNode, read: unknown, field: Pick<Field, 'kind' | 'secretParts'>): void {
  if (node.kind === 'list' && Array.isArray(read)) {
    node.items.forEach((inner, at) => refuseUnknownParts(inner, read[at], field));
  }
  if (node.kind !== 'map' || typeof read !== 'object' || read === null) return;
  const isKnown = (key: string): boolean =>
    Object.hasOwn(read, key) ||
    (field.secretParts?.has(key) ?? false) ||
    (field.kind === 'mapping' && OPTIONAL_COLUMN_KEYS.some((known) => known === key));
  for (const [key, { at, node: inner }] of node.entries) {
    if (!isKnown(key)) throw unknownKey(at, key);
    refuseUnknownParts(inner, (read as Values)[key], { kind: field.kind });
  }
}

function recordOf(
  { draft, secrets }: MergedSyncer,
  stored: SyncerRecord | undefined,
  entry: SyncerEntry,
): SyncerRecord {
  const names = new Set(stored?.secretNames);
  for (const [name, secret] of Object.entries(secrets)) {
    if (secret === null) names.delete(name);
    else names.add(name);
  }
  const fresh = {
    id: `${entry.organization}/${entry.name}`,
    createdTime: '',
    errorText: '',
    health: 'ok' as const,
    failures: 0,
    nextRunAt: null,
    lastRunId: null,
    version: 0,
  };
  return { ...fresh, ...stored, ...draft, createdTime: stored?.createdTime ?? '', secretNames: [...names] };
}

/** Where the setting stands that a sentence names, as sentences do: `(condition)`, `(tableColumns), row 2`, `"host"`. */
function placeNamed({ keys, at }: SyncerEntry, { en }: Text): Place {
  for (const [, inBrackets, row, inQuotes] of en.matchAll(/\((\w+)\)(?:, row (\d+))?|"(\w+)"/g)) {
    const node = keys.get(inBrackets ?? inQuotes ?? '')?.node;
    if (!node) continue;
    const item = node.kind === 'list' ? node.items[Number(row ?? 0) - 1] : undefined;
    const expression = item?.kind === 'map' ? item.entries.get('expression')?.node.at : undefined;
    return expression ?? item?.at ?? node.at;
  }
  return at;
}

/** Says where it stands what was wrong. */
export async function located<T>(where: Place | ((words: Text) => Place), work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const at = typeof where === 'object' ? where : where((error as { readonly text?: Text }).text ?? NO_WORDS);
    if (error instanceof Refusal) throw /^Line \d+, column/.test(error.text.en) ? error : refusedAt(at, error.text);
    if (error instanceof ConfigError || error instanceof NotFoundError) {
      throw refusedAt(at, error.remedy ? together(error.text, error.remedy) : error.text);
    }
    throw error;
  }
}

const NOT_STORED = text(
  `"${MASK}" stands for a stored secret, and none is stored here. Write the secret, or leave the key out.`,
  `“${MASK}”代表已存储的密钥，但此处没有已存储的密钥。请填写密钥，或删除该键。`,
);
const NO_REFERENCES = text(
  'References to variables and files are resolved by the command "wecom-syncer apply" alone. Write the secret, or "***" to keep the stored one.',
  '只有命令“wecom-syncer apply”才会解析对环境变量和文件的引用。请填写密钥，或用“***”保留已存储的密钥。',
);
const NO_SECRET = text('What the reference names holds no secret.', '该引用指向的内容不是密钥。');
const EMPTY = text(
  'There is no value here: write "" for an empty one, or leave the key out.',
  '此处没有值：空值请写 ""，或删除该键。',
);
const NO_WORDS = text('', '');

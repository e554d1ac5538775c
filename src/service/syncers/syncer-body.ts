import type { SecretChanges, SyncerDraft, SyncerRecord } from './syncer-record.ts';
import { text, type Text } from '../../syncer/text.ts';
import { checkName } from '../name-rule.ts';
import { rosterInterval, syncInterval } from './intervals.ts';
import { SyncerCalendar } from './syncer-calendar.ts';
import { readFlag, readText } from './field-readers.ts';
import type { Field, Home } from './syncer-field.ts';
import { heldValue, type SyncerFields } from './syncer-shape.ts';
import { MASK } from '../../syncer/definition.ts';
import { valueAt, withValueAt } from '../../syncer/field-path.ts';
import { present } from '../../syncer/present.ts';

/** A request body laid over what is stored. */
export interface MergedSyncer {
  readonly draft: SyncerDraft;
  readonly secrets: SecretChanges;
  /** Secrets that the body sends as `***` although there is no stored syncer of this type that could have them. */
  readonly unknownSecrets: readonly string[];
  /** What was changed on the way in, for `msg`. */
  readonly notes: readonly Text[];
}

type Body = Readonly<Record<string, unknown>>;

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/**
 * Absent keys keep what is stored (older SDKs know fewer keys), unknown ones are ignored, and `owner` never moves a
 * syncer: it is an alias.
 *
 * @param isWritten a person wrote every key of it, so none is a value of before that was sent along
 * @throws Refusal naming a key whose value is of the wrong kind
 */
export function mergeSyncer(
  shape: Pick<SyncerFields, 'of'>,
  body: Body,
  stored?: SyncerRecord,
  isWritten = false,
): MergedSyncer {
  const name = isGiven(body['name']) ? readText('name', body['name']) : (stored?.name ?? '');
  if (name !== stored?.name) checkName('name', name);
  const type = isGiven(body['type']) ? readText('type', body['type']) : (stored?.type ?? '');
  const parts: Record<Home, Record<string, unknown>> = {
    settings: { ...stored?.settings },
    leftovers: { ...stored?.leftovers },
    secrets: {},
  };
  for (const [key, field] of shape.of(type)) {
    const given = PARTED.has(field.kind) ? withHeldParts(body[key], key, field, stored) : body[key];
    if (isGiven(given)) parts[field.home][key] = field.read(key, given);
    hideSecrets(key, field, parts, isGiven(given) ? [] : (stored?.secretNames ?? []));
  }
  const interval =
    stored && !isGiven(body['syncInterval']) ? { seconds: stored.syncInterval } : syncInterval(body['syncInterval']);
  const secrets = secretChanges(parts.secrets, stored, type);
  const roster = rosterInterval(parts.settings['rosterInterval'], {
    isGiven: isGiven(body['rosterInterval']),
    isNew: !stored,
    isWritten,
    ...listingSecret(shape.of(type), secrets, stored?.type === type ? stored : undefined),
  });
  if (roster.seconds === undefined) delete parts.settings['rosterInterval'];
  else parts.settings['rosterInterval'] = roster.seconds;
  const createdTime = timeIn(body['createdTime']);
  const isMasked = (name: string): boolean => valueAt(body, name) === MASK;
  return {
    draft: {
      organization: organizationIn(body, stored),
      name,
      type,
      isEnabled: isGiven(body['isEnabled']) ? readFlag('isEnabled', body['isEnabled']) : (stored?.isEnabled ?? false),
      syncInterval: interval.seconds,
      settings: parts.settings,
      leftovers: parts.leftovers,
      ...present({ createdTime }),
    },
    secrets,
    unknownSecrets: stored?.type === type ? [] : [...shape.of(type)].flatMap(secretNames).filter(isMasked),
    notes: [
      ...('note' in interval && interval.note ? [interval.note] : []),
      ...(roster.note ? [roster.note] : []),
      ...neverNote(parts.settings, interval),
    ],
  };
}

/** Whether the secret that lists members was there before, and is from now on; `***` stands for one that is stored. */
function listingSecret(
  fields: ReadonlyMap<string, Field>,
  changes: SecretChanges,
  stored: SyncerRecord | undefined,
): { readonly had: boolean; readonly has: boolean } {
  const name = fields.get('rosterInterval')?.withSecret?.name;
  if (name === undefined) return { had: false, has: false };
  const had = stored?.secretNames.includes(name) ?? false;
  const change = changes[name];
  return { had, has: change === undefined ? had : change !== null };
}

/** Windows may leave a syncer no time at all; whoever saved that should not have to find out by waiting. */
function neverNote(settings: SyncerDraft['settings'], { seconds }: { readonly seconds: number }): readonly Text[] {
  const calendar = new SyncerCalendar({ settings, syncInterval: seconds, health: 'ok', failures: 0 });
  if (calendar.following(Date.now()) !== undefined) return [];
  return [
    text(
      'The quiet windows leave no time for a run by itself. Make them shorter, or choose other times in "schedule".',
      '静默时段没有留出任何可自动同步的时间。请缩短静默时段，或在 schedule 中选择其他时间。',
    ),
  ];
}

/** Under which names a key of the body holds secrets. */
const secretNames = ([key, { home, secretParts }]: readonly [string, Field]): readonly string[] =>
  home === 'secrets' ? [key] : [...(secretParts ?? [])].map((part) => `${key}.${part}`);

/**
 * Takes out of the settings what is a secret, also what was stored while its definition did not call it one.
 *
 * @param kept secrets that are stored, and stay
 */
function hideSecrets(
  key: string,
  field: Field,
  parts: Record<Home, Record<string, unknown>>,
  kept: readonly string[],
): void {
  for (const name of secretNames([key, field])) {
    for (const home of ['leftovers', 'settings'] as const) {
      const value = valueAt(parts[home], name);
      if (value === undefined) continue;
      if (!kept.includes(name)) parts.secrets[name] ??= typeof value === 'string' ? value : JSON.stringify(value);
      parts[home] = withValueAt(parts[home], name, undefined);
    }
  }
}

/** Kinds whose value is an object of parts. */
const PARTED: ReadonlySet<Field['kind']> = new Set(['object', 'removalLimit', 'selfService']);

/**
 * Parts that are left out keep what is stored, as keys do: whoever says whom to exclude must not bring the whole company
 * into scope. An empty object is the default.
 *
 * A part that is younger than a stored syncer goes on as it was until somebody says otherwise; a new syncer begins with
 * the default, and says so, for it will be old one day.
 */
function withHeldParts(given: unknown, key: string, field: Field, stored: SyncerRecord | undefined): unknown {
  const young = Object.keys(field.formers ?? {});
  if (isGiven(given)) {
    if (typeof given !== 'object' || Array.isArray(given)) return given;
  } else if (stored || young.length === 0) return given;
  const parts = Object.entries({ ...(given as object | undefined) });
  const held = (stored ? heldValue(field, stored.settings[key]) : field.empty) as Readonly<Record<string, unknown>>;
  const kept = parts.length === 0 ? young : Object.keys(held);
  return {
    ...Object.fromEntries(kept.map((name) => [name, held[name]])),
    ...Object.fromEntries(parts.filter(([, value]) => isGiven(value))),
  };
}

/** The organization that a body is about; SDKs that leave it out name it as the owner. */
export function organizationIn(body: Body, stored?: SyncerRecord): string {
  const organization = isGiven(body['organization']) ? readText('organization', body['organization']) : '';
  if (organization !== '') return organization;
  if (stored) return stored.organization;
  const owner = isGiven(body['owner']) ? readText('owner', body['owner']) : '';
  return owner === 'admin' ? '' : owner;
}

function timeIn(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= 40 && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

function secretChanges(
  given: Readonly<Record<string, unknown>>,
  stored: SyncerRecord | undefined,
  type: string,
): SecretChanges {
  const changes: Record<string, string | null> = {};
  // Secrets of another type of directory mean nothing to the new one, and must not be sent to it.
  if (stored && stored.type !== type) for (const name of stored.secretNames) changes[name] = null;
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== 'string' || value === MASK) continue;
    changes[name] = value === '' ? null : value;
  }
  return changes;
}

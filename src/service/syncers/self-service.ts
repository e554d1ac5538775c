import type { FormField } from '../../syncer/definition.ts';
import { text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';
import type { SyncerRecord } from './syncer-record.ts';
import { oneOf, readFlag, readList, readObject, readWhole, wrongField } from './field-readers.ts';

/** What a syncer may let its members give. */
export const SELF_SERVICE_FIELDS = ['email', 'phone', 'avatar', 'gender'] as const;
export type SelfServiceField = (typeof SELF_SERVICE_FIELDS)[number];

/** Members complete their own data, and may be asked to. */
export interface SelfServiceSettings {
  readonly enabled: boolean;
  readonly fields: readonly SelfServiceField[];
  /** Whether whoever lacks e-mail or mobile is sent a message, once. */
  readonly nudge: boolean;
  /** Members who are sent one on a day of the syncer's time zone, at most. */
  readonly nudgePerDay: number;
}

export const DEFAULT_SELF_SERVICE: SelfServiceSettings = {
  enabled: false,
  fields: SELF_SERVICE_FIELDS,
  nudge: false,
  nudgePerDay: 100,
};

/** A day of a company of any size; more than that at once is a circular. */
export const MOST_NUDGES_PER_DAY = 10_000;

/** @throws Refusal naming what is wrong */
export function readSelfService(key: string, value: unknown): SelfServiceSettings {
  const given = readObject(key, value);
  const valueOf = (name: keyof SelfServiceSettings): unknown => given[name] ?? DEFAULT_SELF_SERVICE[name];
  const listed = readList(`${key}.fields`, valueOf('fields'), SELF_SERVICE_FIELDS.length, oneOf(SELF_SERVICE_FIELDS));
  const nudgePerDay = readWhole(`${key}.nudgePerDay`, valueOf('nudgePerDay'));
  if (nudgePerDay < 1 || nudgePerDay > MOST_NUDGES_PER_DAY) {
    throw wrongField(
      `${key}.nudgePerDay`,
      `must be a number of members from 1 to ${MOST_NUDGES_PER_DAY}`,
      `必须是 1 至 ${MOST_NUDGES_PER_DAY} 之间的人数`,
    );
  }
  return {
    enabled: readFlag(`${key}.enabled`, valueOf('enabled')),
    fields: SELF_SERVICE_FIELDS.filter((field) => listed.includes(field)),
    nudge: readFlag(`${key}.nudge`, valueOf('nudge')),
    nudgePerDay,
  };
}

/** As it is stored; off where nothing is. */
export const selfServiceOf = (settings: Readonly<Record<string, unknown>>): SelfServiceSettings => ({
  ...DEFAULT_SELF_SERVICE,
  ...(settings['selfService'] as Partial<SelfServiceSettings> | undefined),
});

/** The members' own page. */
export const memberPageAddress = (
  pageUrl: string,
  { organization, name }: Pick<SyncerRecord, 'organization' | 'name'>,
): string => `${pageUrl.replace(/\/+$/, '')}/me/${encodeURIComponent(organization)}/${encodeURIComponent(name)}`;

/**
 * Refuses self-service that could ask nobody.
 *
 * @param asking of the syncer's type: what its members are asked with; undefined: they cannot be asked
 * @throws Refusal naming what is to be filled in
 */
export function checkSelfService(
  settings: Readonly<Record<string, unknown>>,
  asking: Pick<FormField, 'name' | 'label' | 'labelZh'> | undefined,
): void {
  const { enabled, fields } = selfServiceOf(settings);
  if (!enabled) return;
  if (!asking) throw new Refusal(NOBODY_TO_ASK);
  if (fields.length === 0) throw new Refusal(NOTHING_TO_ASK);
  if ((settings[asking.name] ?? '') !== '') return;
  throw new Refusal(
    text(
      `Members can complete their data (selfService.enabled) only where the syncer has the ${asking.label} (${asking.name}). Fill it in, or switch self-service off.`,
      `填写 ${asking.labelZh}(${asking.name})后，成员才能自助完善资料(selfService.enabled)。请填写，或关闭自助完善资料。`,
    ),
  );
}

const NOBODY_TO_ASK = text(
  'Members of this type of syncer cannot complete their data: switch self-service off (selfService.enabled).',
  '该类型的同步器不支持成员自助完善资料：请关闭(selfService.enabled)。',
);
const NOTHING_TO_ASK = text(
  'Choose at least one field that members may give (selfService.fields), or switch self-service off.',
  '请至少选择一项由成员提供的资料(selfService.fields)，或关闭自助完善资料。',
);

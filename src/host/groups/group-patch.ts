import { checkName } from '../../service/name-rule.ts';
import { Refusal } from '../../service/refusal.ts';
import { readFlag, wrongField } from '../../service/syncers/field-readers.ts';
import type { GroupEdit } from '../../storage/accounts/group-edits.ts';
import { goJson } from '../../storage/text-value.ts';
import { text } from '../../syncer/text.ts';
import { component, FLAG, input, TEXT, TEXTS, WHOLE } from '../http/schema.ts';

const KEYS = ['displayName', 'manager', 'contactEmail', 'type', 'parentId', 'title', 'key', 'createdTime'] as const;

/** What a body may say of a group. */
export const GROUP_INPUT = component(
  'GroupInput',
  input({
    owner: TEXT,
    name: TEXT,
    ...Object.fromEntries(KEYS.map((key) => [key, TEXT])),
    isEnabled: FLAG,
    gidNumber: WHOLE,
    properties: TEXTS,
  }),
);

const LONGEST_TEXT = 10_000;
const LARGEST_NUMBER = 2 ** 31 - 1;
const NO_NAME = text("group name can't be empty", '群组名称不能为空');

/** @throws Refusal in Casdoor's words */
export function checkGroupName(name: string): void {
  if (name === '') throw new Refusal(NO_NAME);
  checkName('name', name);
}

function readProperties(value: unknown): string {
  const entries =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
  if (!entries?.every(([, entry]) => typeof entry === 'string'))
    throw wrongField('properties', 'must be an object of texts', '必须是由文本组成的对象');
  const properties = goJson(Object.fromEntries(entries));
  if (properties.length > LONGEST_TEXT) throw wrongField('properties', 'is too long', '过长');
  return properties;
}

/**
 * The part of a body that may be written; null and absent keep. Where a group hangs decides whether it is at the top.
 *
 * @throws Refusal naming a key whose value is of the wrong kind
 */
export function groupPatch(body: Readonly<Record<string, unknown>>): GroupEdit {
  const patch: Record<string, unknown> = {};
  for (const key of KEYS) {
    const value = body[key];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string') throw wrongField(key, 'must be text', '必须是文本');
    if (value.length > LONGEST_TEXT) throw wrongField(key, 'is too long', '过长');
    patch[key] = value.trim();
  }
  const { isEnabled, gidNumber, properties } = body;
  if (isEnabled !== undefined && isEnabled !== null) patch['isEnabled'] = readFlag('isEnabled', isEnabled);
  if (gidNumber !== undefined && gidNumber !== null) {
    if (!Number.isInteger(gidNumber) || Math.abs(gidNumber as number) > LARGEST_NUMBER)
      throw wrongField('gidNumber', 'must be a whole number', '必须是整数');
    patch['gidNumber'] = gidNumber;
  }
  if (properties !== undefined && properties !== null) patch['properties'] = readProperties(properties);
  return patch;
}

import type { FieldChange } from '../../identity/change.ts';
import { asValue } from './audit-log.ts';
import { MASK } from '../../syncer/definition.ts';

export type SettingsValues = Readonly<Record<string, unknown>>;

/** Said by the program itself, and no setting. */
const NO_SETTINGS: ReadonlySet<string> = new Set([
  'owner',
  'createdTime',
  'updatedTime',
  'errorText',
  'lastRun',
  'nextRunAt',
  'health',
]);

/**
 * What became different in settings, as everybody may see them: a secret is `***`, before and after.
 *
 * @param before undefined: there was nothing yet
 * @param sent what a person sent: a secret that is another one now looks as it did before
 */
export function settingsChanges(
  before: SettingsValues | undefined,
  after: SettingsValues,
  sent: SettingsValues = {},
): FieldChange[] {
  const changes: FieldChange[] = [];
  for (const [field, value] of Object.entries(after)) {
    if (NO_SETTINGS.has(field)) continue;
    const [was, is] = [asValue(before?.[field]), asValue(value)];
    const isSame = JSON.stringify(was) === JSON.stringify(is);
    const isNothing = before === undefined && (is === null || is === '' || is === false || value === 0);
    const isOther = before !== undefined && isSecretIn(value, sent[field]);
    if ((!isSame && !isNothing) || isOther) changes.push({ field, before: was, after: is });
  }
  return changes;
}

/** What settings said that are no more, a secret as `***`. */
export const settingsRemoved = (before: SettingsValues): FieldChange[] =>
  settingsChanges(undefined, before).map(({ field, after }) => ({ field, before: after, after: null }));

/** Whether a secret is shown whose place was sent another one. */
function isSecretIn(shown: unknown, sent: unknown): boolean {
  if (shown === MASK) return typeof sent === 'string' && sent !== '' && sent !== MASK;
  if (!isObject(shown) || !isObject(sent)) return false;
  return Object.entries(shown).some(([key, part]) => isSecretIn(part, sent[key]));
}

const isObject = (value: unknown): value is SettingsValues =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

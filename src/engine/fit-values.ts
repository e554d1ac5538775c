import type { ColumnLimits } from '../identity/column-limits.ts';
import type { ProfileField, ProfileNote, ProfileValues } from '../syncer/profile.ts';
import { text } from '../syncer/text.ts';
import { cutCharacters, fitsCharacters } from '../syncer/characters.ts';

/** Values of which a part is worse than nothing: half an address reaches somebody else, half a link nobody. */
const WHOLE_OR_NOTHING: ReadonlySet<ProfileField> = new Set([
  'email',
  'phone',
  'countryCode',
  'avatar',
  'homepage',
  'idCard',
  'externalId',
]);

export interface FittedValues {
  readonly values: ProfileValues;
  readonly notes: readonly ProfileNote[];
}

/** Makes values fit the columns: free text is cut at a character, the rest is left out; either is noted. */
export function fitValues(values: ProfileValues, limits: ColumnLimits): FittedValues {
  let fitted: Partial<Record<ProfileField, string>> | undefined;
  const notes: ProfileNote[] = [];
  for (const field in values) {
    const name = field as ProfileField;
    const value = values[name];
    if (value === undefined) continue;
    const limit = limits.values[name];
    if (limit !== undefined && fitsCharacters(value, limit)) continue;
    fitted ??= { ...values };
    if (limit === undefined) {
      delete fitted[name];
    } else if (WHOLE_OR_NOTHING.has(name)) {
      delete fitted[name];
      notes.push({
        code: 'value-too-long',
        message: text(
          `${name} is longer than the column (${limit} characters) and was left as it is.`,
          `${name} 超过列长度(${limit} 个字符)，保持原值。`,
        ),
      });
    } else {
      fitted[name] = cutCharacters(value, limit);
      notes.push({
        code: 'value-cut',
        message: text(
          `${name} is longer than the column and was cut to ${limit} characters.`,
          `${name} 超过列长度，已截断为 ${limit} 个字符。`,
        ),
      });
    }
  }
  return { values: fitted ?? values, notes };
}

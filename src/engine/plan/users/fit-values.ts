import type { ColumnLimits } from '../../../identity/column-limits.ts';
import { FIELD_TITLES, type ProfileField, type ProfileNote, type ProfileValues } from '../../../syncer/profile.ts';
import { text, type Text } from '../../../syncer/text.ts';
import { cutCharacters, fitsCharacters, isWithin } from '../../../syncer/characters.ts';

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

/** One emoji must not cost a person the other values, nor the groups. */
export const notStorable = (title: Text): Text =>
  text(
    `${title.en} has characters that its column in the database cannot store, and was left as it is. Convert the table to utf8mb4 (MySQL), or the database to UTF8 (PostgreSQL).`,
    `${title.zh}含有数据库列无法存储的字符，保持原值。请将该表转换为 utf8mb4 字符集(MySQL)，或将数据库转换为 UTF8 编码(PostgreSQL)。`,
  );

/** Makes values fit the columns: free text is cut at a character, the rest is left out; either is noted. */
export function fitValues(values: ProfileValues, limits: ColumnLimits): FittedValues {
  let fitted: Partial<Record<ProfileField, string>> | undefined;
  const notes: ProfileNote[] = [];
  for (const field in values) {
    const name = field as ProfileField;
    const value = values[name];
    if (value === undefined) continue;
    const limit = limits.values[name];
    const title = FIELD_TITLES[name];
    if (limit !== undefined && !isWithin(value, limits.charsets?.values[name])) {
      fitted ??= { ...values };
      delete fitted[name];
      notes.push({ code: 'value-not-storable', message: notStorable(title) });
      continue;
    }
    if (limit !== undefined && fitsCharacters(value, limit, limits.countsBytes)) continue;
    fitted ??= { ...values };
    if (limit === undefined) {
      delete fitted[name];
    } else if (WHOLE_OR_NOTHING.has(name)) {
      delete fitted[name];
      notes.push({
        code: 'value-too-long',
        message: text(
          `${title.en} is longer than the column (${limit} characters) and was left as it is.`,
          `${title.zh}超过列长度(${limit} 个字符)，保持原值。`,
        ),
      });
    } else {
      fitted[name] = cutCharacters(value, limit, limits.countsBytes);
      notes.push({
        code: 'value-cut',
        message: text(
          `${title.en} is longer than the column and was cut to ${limit} characters.`,
          `${title.zh}超过列长度，已截断为 ${limit} 个字符。`,
        ),
      });
    }
  }
  return { values: fitted ?? values, notes };
}

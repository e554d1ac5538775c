import { goJson, mergedProperties, statesProperties, type Account } from '../../../identity/account.ts';
import { limitOf, type ColumnLimits } from '../../../identity/column-limits.ts';
import {
  titleOf,
  type ProfileField,
  type ProfileNote,
  type ProfileValues,
  type ValueField,
} from '../../../syncer/profile.ts';
import { propertyKey, refusesKey } from '../../../syncer/property.ts';
import { text, type Text } from '../../../syncer/text.ts';
import { cutCharacters, fitsCharacters, isWithin } from '../../../syncer/characters.ts';

/** Values of which a part is worse than nothing: half an address reaches somebody else, half a link nobody. */
const WHOLE_OR_NOTHING: ReadonlySet<ValueField> = new Set<ValueField>([
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

const tooLong = (title: Text, limit: number): ProfileNote => ({
  code: 'value-too-long',
  message: text(
    `${title.en} is longer than the column (${limit} characters) and was left as it is.`,
    `${title.zh}超过列长度(${limit} 个字符)，保持原值。`,
  ),
});

/** Makes values fit the columns: free text is cut at a character, the rest is left out; either is noted. */
export function fitValues(values: ProfileValues, limits: ColumnLimits): FittedValues {
  let fitted: Partial<Record<ValueField, string>> | undefined;
  const notes: ProfileNote[] = [];
  for (const field in values) {
    const name = field as ValueField;
    const value = values[name];
    if (value === undefined) continue;
    const key = propertyKey(name);
    const limit = key !== undefined && refusesKey(key) ? undefined : limitOf(limits, name);
    const title = titleOf(name);
    const charset = key === undefined ? limits.charsets?.values[name as ProfileField] : limits.charsets?.properties;
    if (limit !== undefined && !isWithin(value, charset)) {
      fitted ??= { ...values };
      delete fitted[name];
      notes.push({ code: 'value-not-storable', message: notStorable(title) });
      continue;
    }
    if (limit !== undefined && fitsCharacters(value, limit, limits.countsBytes)) continue;
    fitted ??= { ...values };
    if (limit === undefined) {
      delete fitted[name];
    } else if (key !== undefined || WHOLE_OR_NOTHING.has(name)) {
      delete fitted[name];
      notes.push(tooLong(title, limit));
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

/** Where a third party wrote something else there, nobody can tell what would be lost. */
const UNREADABLE: ProfileNote = {
  code: 'properties-unreadable',
  message: text(
    'The column "properties" of the account holds no JSON object, so nothing is written into it. Mend it in the database: a JSON object of texts, or empty.',
    '账号的 properties 列不是 JSON 对象，因此不会写入任何内容。请在数据库中修正：应为由文本组成的 JSON 对象，或留空。',
  ),
};

/**
 * Why the keys among the values cannot be written into a map; undefined: they can.
 *
 * @param standing absent: nobody asked for it; null: it cannot be read
 */
export function refusesProperties(
  values: ProfileValues,
  standing: Account['properties'],
  limits: ColumnLimits,
): ProfileNote | undefined {
  if (limits.properties === undefined || standing === undefined) return undefined;
  if (standing === null) return UNREADABLE;
  if (limits.properties === Infinity || !statesProperties(values)) return undefined;
  const whole = goJson(mergedProperties(standing, values));
  return fitsCharacters(whole, limits.properties, limits.countsBytes)
    ? undefined
    : tooLong(PROPERTIES, limits.properties);
}

const PROPERTIES = text('The map of all properties', '全部属性(properties)');

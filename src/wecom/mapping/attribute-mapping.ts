import { ConfigError } from '../../syncer/errors.ts';
import { PROFILE_FIELDS, type Authority, type ValueField } from '../../syncer/profile.ts';
import { propertyField, propertyKey, refusesKey } from '../../syncer/property.ts';
import { text } from '../../syncer/text.ts';
import { isObject, type JsonObject } from '../../http-client/transport.ts';
import { ExpressionError } from '../../expressions/problem.ts';
import { memberLanguage, type MemberExpression } from './member-expression.ts';
import { findSource, SOURCE_NAMES, type Source } from './member-source.ts';

/** One line of a compiled mapping. */
export type MappedField = {
  readonly target: ValueField;
  /** The target as the table spells it. */
  readonly written: string;
} & Feed;

/** What a target is fed by: a field of WeCom, or an expression over the whole member. */
export type Feed = { readonly source: Source; readonly sourceName: string } | { readonly expression: MemberExpression };

/** Which WeCom field feeds which account field. Access and groups do not come from here. */
export interface AttributeMapping {
  readonly fields: readonly MappedField[];
  /** Names of the WeCom fields that feed anything. */
  readonly sources: ReadonlySet<string>;
  /** Only fields that are not `always`. */
  readonly authority: Readonly<Partial<Record<ValueField, Authority>>>;
  /** Whether `phone` brings the region along, because no row of its own feeds `countryCode`. */
  readonly regionFromPhone: boolean;
}

/** What Casdoor's page offers for WeCom. */
const DEFAULT_ROWS: readonly JsonObject[] = [
  { name: 'userid', casdoorName: 'Id' },
  { name: 'name', casdoorName: 'DisplayName' },
  { name: 'email', casdoorName: 'Email' },
  { name: 'mobile', casdoorName: 'Phone' },
  { name: 'avatar', casdoorName: 'Avatar' },
  { name: 'position', casdoorName: 'Title' },
  { name: 'gender', casdoorName: 'Gender' },
];

const AUTHORITIES: readonly Authority[] = ['always', 'createOnly', 'whenEmpty'];

/** Columns that decide who somebody is; the userid does, whatever a table says. */
const IDENTITY = new Set(['id', 'name', 'wecom']);

interface Row {
  /** Counted from 1, as a person counts. */
  readonly position: number;
  readonly source: string;
  /** "" = none; else it counts, and not the source. */
  readonly expression: string;
  readonly target: string;
  readonly authority: unknown;
}

const refuse = (row: Row, en: string, zh: string): ConfigError =>
  new ConfigError(
    text(
      `Attribute mapping (tableColumns), row ${String(row.position)} (${row.expression ? 'expression' : row.source || '?'} → ${row.target || '?'}): ${en}`,
      `属性映射(tableColumns)第 ${String(row.position)} 行(${row.expression ? '表达式' : row.source || '?'} → ${row.target || '?'})：${zh}`,
    ),
  );

/** People leave a row half filled in when they add it on Casdoor's page. */
const INCOMPLETE = {
  target: ['choose the account field that it feeds, or delete the row.', '请选择要写入的账号字段，或删除该行。'],
  source: [
    'choose the WeCom field that feeds it, write an expression, or delete the row.',
    '请选择来源的企业微信字段、填写表达式，或删除该行。',
  ],
} as const;

/** Longer than every source and target, so that a longer one is refused and not cut to one that exists. */
const LONGEST_NAME = 200;

const asText = (value: unknown): string => (typeof value === 'string' ? value.trim().slice(0, LONGEST_NAME) : '');

const readRow = (raw: JsonObject, position: number): Row => ({
  position,
  source: asText(raw['name']),
  expression: typeof raw['expression'] === 'string' && raw['expression'].trim() !== '' ? raw['expression'] : '',
  target: asText(raw['casdoorName']) || asText(raw['iamName']),
  authority: raw['authority'],
});

/** @throws ConfigError where it is none */
function targetOf(row: Row): ValueField {
  const jsonName = row.target.charAt(0).toLowerCase() + row.target.slice(1);
  const key = propertyKey(jsonName);
  if (key !== undefined) {
    const refusal = refusesKey(key);
    if (refusal) throw refuse(row, refusal.en, refusal.zh);
    return propertyField(key);
  }
  const field = PROFILE_FIELDS.find((known) => known === jsonName);
  if (field) return field;
  throw refuse(
    row,
    `this account field cannot be fed by a directory; possible are ${PROFILE_FIELDS.join(', ')}, and Properties.KEY.`,
    `该账号字段不能由通讯录写入；可用字段：${PROFILE_FIELDS.join('、')}，以及 Properties.KEY。`,
  );
}

const authorityOf = (row: Row): Authority => {
  if (row.authority === undefined || row.authority === null || row.authority === '') return 'always';
  const authority = AUTHORITIES.find((known) => known === row.authority);
  if (authority) return authority;
  throw refuse(
    row,
    `the authority is one of ${AUTHORITIES.join(', ')}.`,
    `authority 只能是 ${AUTHORITIES.join('、')} 之一。`,
  );
};

const sourceOf = (row: Row): Source => {
  const source = findSource(row.source);
  if (source) return source;
  throw refuse(
    row,
    `WeCom has no such field; possible are ${SOURCE_NAMES.join(', ')}.`,
    `企业微信没有该字段；可用字段：${SOURCE_NAMES.join('、')}。`,
  );
};

/** @throws ConfigError naming the row, and line and column in it */
const feedOf = (row: Row): Feed => {
  if (row.expression === '') return { source: sourceOf(row), sourceName: row.source };
  try {
    return { expression: memberLanguage.compileText(row.expression) };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw refuse(row, error.text.en, error.text.zh);
  }
};

const readRows = (tableColumns: unknown): readonly Row[] => {
  if (tableColumns === undefined || tableColumns === null) return [];
  if (!Array.isArray(tableColumns)) {
    throw new ConfigError(
      text('Attribute mapping (tableColumns): this is not a list.', '属性映射(tableColumns)：必须是列表。'),
    );
  }
  const rows: Row[] = [];
  for (const [index, raw] of (tableColumns as readonly unknown[]).entries()) {
    // Casdoor's Python SDK sends [null] for an empty table.
    if (raw === null || raw === undefined) continue;
    if (!isObject(raw)) {
      throw new ConfigError(
        text(
          `Attribute mapping (tableColumns), row ${String(index + 1)}: this is not an object.`,
          `属性映射(tableColumns)第 ${String(index + 1)} 行：必须是对象。`,
        ),
      );
    }
    const row = readRow(raw, index + 1);
    if (row.source || row.expression || row.target) rows.push(row);
  }
  return rows;
};

/** All are compiled in one go, while whoever asks this process something waits. */
const MOST_EXPRESSIONS = 500;
/** Characters of all of them. */
const LONGEST_TOGETHER = 131_072;

/** @throws ConfigError naming the first row that is too much */
function refuseTooMany(rows: readonly Row[]): void {
  let [count, length] = [0, 0];
  for (const row of rows) {
    if (row.expression === '') continue;
    count += 1;
    length += row.expression.length;
    if (count <= MOST_EXPRESSIONS && length <= LONGEST_TOGETHER) continue;
    const [most, longest] = [String(MOST_EXPRESSIONS), String(LONGEST_TOGETHER)];
    throw refuse(
      row,
      `a table has at most ${most} expressions, and ${longest} characters in them together.`,
      `表中最多 ${most} 个表达式，合计最多 ${longest} 个字符。`,
    );
  }
}

/**
 * Compiles a syncer's `tableColumns`. The order of rows and the columns `isKey`, `isHashed`, `type` and `values` change
 * nothing: in Casdoor they decide who is overwritten with whose values.
 *
 * @throws ConfigError naming the row
 */
export const compileMapping = (tableColumns: unknown): AttributeMapping => {
  const entered = readRows(tableColumns);
  const rows = entered.length > 0 ? entered : DEFAULT_ROWS.map((row, index) => readRow(row, index + 1));
  refuseTooMany(rows);
  const fields = new Map<ValueField, MappedField>();
  const sources = new Set<string>();
  const authority: Partial<Record<ValueField, Authority>> = {};
  for (const row of rows) {
    if (IDENTITY.has(row.target.toLowerCase())) {
      if (row.source === 'userid' && row.expression === '') continue;
      throw refuse(row, 'only userid feeds this field.', '该字段只能来自 userid。');
    }
    if (row.target === '') throw refuse(row, ...INCOMPLETE.target);
    if (row.source === '' && row.expression === '') throw refuse(row, ...INCOMPLETE.source);
    const target = targetOf(row);
    if (fields.has(target)) throw refuse(row, 'another row feeds this account field.', '已有其他行写入该账号字段。');
    const feed = feedOf(row);
    fields.set(target, { target, written: row.target, ...feed });
    for (const name of 'expression' in feed ? feed.expression.fields : [row.source]) sources.add(name);
    const rights = authorityOf(row);
    if (rights !== 'always') authority[target] = rights;
  }
  const regionFromPhone = fields.has('phone') && !fields.has('countryCode');
  if (regionFromPhone && authority.phone) authority.countryCode = authority.phone;
  return {
    fields: [...fields.values()],
    sources,
    authority,
    regionFromPhone,
  };
};

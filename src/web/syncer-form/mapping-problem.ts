import { propertyKey, refusesKey, type ColumnJson } from '../../host/api.ts';
import type { Messages } from '../language/english.ts';

/** What tells which field feeds which. */
type MappingRow = Pick<ColumnJson, 'name' | 'casdoorName' | 'iamName' | 'expression'>;

export const targetOf = ({ casdoorName, iamName }: MappingRow): string => casdoorName || iamName || '';

/** Columns that decide who somebody is; the userid feeds them, whatever the table says. */
const IDENTITY: ReadonlySet<string> = new Set(['id', 'name', 'wecom']);
export const isIdentity = (row: MappingRow): boolean => IDENTITY.has(targetOf(row).toLowerCase());

/** Before a key of the further values that an account has beside its fields. */
export const PROPERTIES = 'Properties.';

/** The key that a row feeds, as it is typed; undefined: it feeds a field of the account. */
export function keyOf(row: MappingRow): string | undefined {
  const target = targetOf(row).trim();
  return propertyKey(target.charAt(0).toLowerCase() + target.slice(1));
}

/** Fields are one in any spelling, keys are not. */
const sameTarget = (row: MappingRow): string => {
  const key = keyOf(row);
  return key === undefined ? targetOf(row).toLowerCase() : `${PROPERTIES}${key}`;
};

/** What is wrong with each row that cannot be saved, by its place. */
export function rowProblems(
  rows: readonly MappingRow[],
  words: Messages['form'],
  language: 'en' | 'zh',
): ReadonlyMap<number, string> {
  const problems = new Map<number, string>();
  const taken = new Set<string>();
  for (const [index, row] of rows.entries()) {
    const target = sameTarget(row);
    const key = keyOf(row);
    const refusal = key === undefined ? undefined : refusesKey(key);
    if (row.expression !== undefined && row.expression.trim() === '')
      problems.set(index, words.mappingExpressionNeeded);
    else if (row.expression === undefined && row.name.trim() === '') problems.set(index, words.mappingSourceNeeded);
    else if (target === '') problems.set(index, words.mappingTargetNeeded);
    else if (refusal) problems.set(index, refusal[language]);
    else if (taken.has(target) && !isIdentity(row)) problems.set(index, words.mappingTwice);
    taken.add(target);
  }
  return problems;
}

/** What keeps a mapping from being saved, in one sentence that names the row. */
export function mappingProblem(
  rows: readonly MappingRow[] | undefined,
  words: Messages['form'],
  language: 'en' | 'zh',
): string | undefined {
  const [first] = rowProblems(rows ?? [], words, language);
  return first && words.mappingRowProblem(first[0] + 1, first[1]);
}

/** The row that a refusal of the host is about, counted from 0; undefined: it names none. */
export function refusedRow(refusal: string): number | undefined {
  const [, en, zh] = /\(tableColumns\)(?:, row (\d+)|第 (\d+) 行)/.exec(refusal) ?? [];
  const position = Number(en ?? zh ?? 0);
  return position > 0 ? position - 1 : undefined;
}

/** A line of an expression, with the character that a refusal of the host points at. */
export interface MarkedLine {
  readonly before: string;
  /** A blank where the line ends too early. */
  readonly at: string;
  readonly after: string;
}

/** Where in an expression a refusal points; undefined: it names no place, or none that is there. */
export function placeIn(refusal: string, expression: string): MarkedLine | undefined {
  const [, enLine, enColumn, zhLine, zhColumn] = /line (\d+), column (\d+)|第 (\d+) 行第 (\d+) 列/.exec(refusal) ?? [];
  const [line, column] = [Number(enLine ?? zhLine ?? 0), Number(enColumn ?? zhColumn ?? 0)];
  const written = expression.split(/\r\n|\r|\n/)[line - 1];
  if (written === undefined || column < 1) return undefined;
  const characters = Array.from(written);
  return {
    before: characters.slice(0, column - 1).join(''),
    at: characters[column - 1] ?? ' ',
    after: characters.slice(column).join(''),
  };
}

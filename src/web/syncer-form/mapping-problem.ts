import type { ColumnJson } from '../../host/api.ts';
import type { Messages } from '../language/english.ts';

/** What tells which field feeds which. */
type MappingRow = Pick<ColumnJson, 'name' | 'casdoorName' | 'iamName' | 'expression'>;

export const targetOf = ({ casdoorName, iamName }: MappingRow): string => casdoorName || iamName || '';

/** Columns that decide who somebody is; the userid feeds them, whatever the table says. */
const IDENTITY: ReadonlySet<string> = new Set(['id', 'name', 'wecom']);
export const isIdentity = (row: MappingRow): boolean => IDENTITY.has(targetOf(row).toLowerCase());

/** What is wrong with each row that cannot be saved, by its place. */
export function rowProblems(rows: readonly MappingRow[], words: Messages['form']): ReadonlyMap<number, string> {
  const problems = new Map<number, string>();
  const taken = new Set<string>();
  for (const [index, row] of rows.entries()) {
    const target = targetOf(row).toLowerCase();
    if (row.expression !== undefined && row.expression.trim() === '')
      problems.set(index, words.mappingExpressionNeeded);
    else if (row.expression === undefined && row.name.trim() === '') problems.set(index, words.mappingSourceNeeded);
    else if (target === '') problems.set(index, words.mappingTargetNeeded);
    else if (taken.has(target) && !isIdentity(row)) problems.set(index, words.mappingTwice);
    taken.add(target);
  }
  return problems;
}

/** What keeps a mapping from being saved, in one sentence that names the row. */
export function mappingProblem(rows: readonly MappingRow[] | undefined, words: Messages['form']): string | undefined {
  const [first] = rowProblems(rows ?? [], words);
  return first && `${words.mappingRow(first[0] + 1)}: ${first[1]}`;
}

/** The row that a refusal of the host is about, counted from 0; undefined: it names none. */
export function refusedRow(refusal: string): number | undefined {
  const [, en, zh] = /\(tableColumns\)(?:, row (\d+)|第 (\d+) 行)/.exec(refusal) ?? [];
  const position = Number(en ?? zh ?? 0);
  return position > 0 ? position - 1 : undefined;
}

import { text, type Text } from '../syncer/text.ts';
import type { CelProblem } from './cel-library.ts';
import { asWritten } from './functions.ts';
import { limitReason } from './limits.ts';

/** Why an expression is refused, and where. */
export class ExpressionError extends Error {
  readonly reason: Text;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in characters. */
  readonly column: number;

  /** @param at counted from 0, in UTF-16 units of the source */
  constructor(reason: Text, source: string, at: number) {
    super(reason.en);
    this.reason = reason;
    const before = source.slice(0, at).split(/\r\n|\r|\n/);
    this.line = before.length;
    this.column = Array.from(before.at(-1) ?? '').length + 1;
  }

  /** With its place. */
  get text(): Text {
    const [line, column] = [String(this.line), String(this.column)];
    return text(
      `line ${line}, column ${column}: ${this.reason.en}.`,
      `第 ${line} 行第 ${column} 列：${this.reason.zh}。`,
    );
  }
}

const QUOTED = /'([^']*)'/;
const AFTER_COLON = /: (.*)$/s;

type Say = (summary: string) => Text;

const afterColon =
  (en: string, zh: string): Say =>
  (summary) => {
    const what = AFTER_COLON.exec(summary)?.[1] ?? summary;
    return text(`${en} ${what}`, `${zh} ${what}`);
  };

const fixed =
  (en: string, zh: string): Say =>
  () =>
    text(en, zh);

const withSummary =
  (zh: string): Say =>
  (summary) =>
    text(summary, `${zh}(${summary})`);

const DIFFERENT_BRANCHES: Say = (summary) => {
  const [one, other] = [...summary.matchAll(new RegExp(QUOTED, 'g'))].map(([, type]) => type);
  return text(
    `both branches of ? : must give the same, and not ${one ?? '?'} and ${other ?? '?'}; write dyn(null) for a null`,
    `? : 的两个分支类型必须相同，而不是 ${one ?? '?'} 和 ${other ?? '?'}；null 请写作 dyn(null)`,
  );
};

const NO_FUNCTION: Say = (summary) => {
  const what = QUOTED.exec(summary)?.[1] ?? summary;
  return text(
    `there is no such function, or not for these values: ${what}`,
    `没有此函数，或不适用于这些类型的值：${what}`,
  );
};

const NOT_BOOL = withSummary('此处需要 true 或 false');
const ONE_TYPE = withSummary('同一列表或表格的值类型必须一致');
const OUT_OF_RANGE = fixed('there is nothing at this position', '该位置没有内容');

/** What the library's codes say to a person; its own sentence where none stands here. */
const SENTENCES: Readonly<Record<string, Say>> = {
  unknown_variable: afterColon('there is no variable', '没有变量'),
  no_such_key: afterColon('there is no field', '没有字段'),
  no_such_overload: afterColon('this cannot be calculated:', '无法进行此运算：'),
  no_matching_overload: NO_FUNCTION,
  incompatible_ternary_branches: DIFFERENT_BRANCHES,
  invalid_condition_type: NOT_BOOL,
  invalid_logical_operand: NOT_BOOL,
  heterogeneous_list_element: ONE_TYPE,
  heterogeneous_map_key: ONE_TYPE,
  heterogeneous_map_value: ONE_TYPE,
  index_out_of_bounds: OUT_OF_RANGE,
  index_out_of_range: OUT_OF_RANGE,
  limit_exceeded: fixed(
    'it is nested deeper, or a list or call in it is longer, than an expression may be',
    '嵌套过深，或其中的列表、参数过长',
  ),
  unterminated_string: fixed('the text that begins here does not end', '从此处开始的文本没有结束引号'),
  unterminated_triple_quoted_string: fixed('the text that begins here does not end', '从此处开始的文本没有结束引号'),
  unexpected_token: (summary) =>
    summary.endsWith('EOF')
      ? text('the expression ends too early', '表达式不完整')
      : text('this does not belong here', '此处内容不符合语法'),
  expected_token: (summary) =>
    summary.endsWith('EOF')
      ? text('the expression ends too early; something is not closed', '表达式不完整，有未闭合的括号')
      : text('this does not belong here; something is missing before it', '此处内容不符合语法，其前缺少内容'),
  unexpected_character: afterColon('this character does not belong here:', '此处不应出现该字符：'),
  invalid_macro_argument: fixed(
    'has() takes a field of a variable, such as has(member.alias), and a loop begins with the name of its variable',
    'has() 的参数须为变量的字段，例如 has(member.alias)；遍历函数的第一个参数须为变量名',
  ),
  not_text: fixed('only texts can be joined', '只能连接文本'),
};

const sentenceFor = (code: string, summary: string): Text =>
  (SENTENCES[code] ?? withSummary('表达式无效'))(asWritten(summary));

/** @returns undefined for what no library throws on purpose */
const asProblem = (error: unknown): Pick<CelProblem, 'code' | 'summary' | 'range' | 'node'> | undefined =>
  error instanceof Error && 'code' in error && 'summary' in error ? (error as CelProblem) : undefined;

const positionIn = ({ node, range }: Pick<CelProblem, 'range' | 'node'>): number => node?.pos ?? range?.start ?? 0;

/** What is wrong with an expression that was written. */
export function refusalOf(error: unknown, source: string): ExpressionError {
  const problem = asProblem(error);
  if (!problem) return new ExpressionError(text('this cannot be read', '无法解析'), source, 0);
  return new ExpressionError(sentenceFor(problem.code, problem.summary), source, positionIn(problem));
}

const FAILED = text('it cannot be calculated', '无法计算');
const MISSING = text(
  'something that is asked for is not there; ask with has() first',
  '所需内容不存在；请先用 has() 判断',
);

/**
 * Why an expression has no value for one member. No value is quoted, and what many members have in common is one
 * sentence.
 */
export function failureOf(error: unknown, source: string): Text {
  const limited = limitReason(error);
  if (limited) return limited;
  const problem = asProblem(error);
  if (!problem) return FAILED;
  const isOurField = problem.node?.op === '.';
  const reason =
    problem.code === 'no_such_key' && !isOurField
      ? MISSING
      : problem.code === 'no_such_key' || problem.code.startsWith('index_out')
        ? sentenceFor(problem.code, problem.summary)
        : FAILED;
  return placed(reason, source, problem);
}

/** A failure of one of our functions has no place. */
function placed(reason: Text, source: string, problem: Pick<CelProblem, 'range' | 'node'>): Text {
  if (problem.node === undefined && problem.range === undefined) return reason;
  const { line, column } = new ExpressionError(reason, source, positionIn(problem));
  const [row, place] = [String(line), String(column)];
  return text(`${reason.en} (line ${row}, column ${place})`, `${reason.zh}(第 ${row} 行第 ${place} 列)`);
}

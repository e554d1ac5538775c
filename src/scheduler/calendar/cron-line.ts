import { createRequire } from 'node:module';
import type * as CronParser from 'cron-parser';
import { ConfigError } from '../../syncer/errors.ts';
import { text, type Text } from '../../syncer/text.ts';

/** What a line of five fields says; every value is a plain number, weekdays from 0 (Sunday) to 6. */
export interface CronLine {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Whether the hour is `*`: then every real hour counts, otherwise every time that the clock shows. */
  readonly isHourly: boolean;
  readonly months: ReadonlySet<number>;
  /** Undefined: `*`. Where both days and weekdays are given, one of them is enough. */
  readonly days: ReadonlySet<number> | undefined;
  readonly weekdays: ReadonlySet<number> | undefined;
}

type FieldKey = 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'dayOfWeek';

interface FieldRule {
  readonly key: FieldKey;
  readonly title: Text;
  readonly range: string;
  /** A step beyond it would mean "once" to cron, and every so many minutes to whoever wrote it. */
  readonly longestStep: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const FIELDS: readonly FieldRule[] = [
  { key: 'minute', title: text('minute', '分钟'), range: '0-59', longestStep: 59 },
  { key: 'hour', title: text('hour', '小时'), range: '0-23', longestStep: 23 },
  { key: 'dayOfMonth', title: text('day of the month', '日期'), range: '1-31', longestStep: 31 },
  { key: 'month', title: text('month', '月份'), range: '1-12 / jan-dec', longestStep: 12, names: MONTHS },
  { key: 'dayOfWeek', title: text('weekday', '星期'), range: '0-7 / sun-sat', longestStep: 7, names: WEEKDAYS },
];

/** More characters than any line that a person writes; each of them costs time. */
const LONGEST_LINE = 200;
const DAYS_OF_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const FORM = text(
  'Write five fields, minute, hour, day, month and weekday, such as "30 2 * * 1-5"',
  '请填写五个字段：分钟、小时、日期、月份、星期，例如“30 2 * * 1-5”',
);

const refuse = (en: string, zh: string): ConfigError => new ConfigError(text(en, zh));

let loaded: typeof CronParser | undefined;

/** Loaded with the first line: most syncers have none, and what loads the service need not wait for it. */
function cronParser(): typeof CronParser {
  loaded ??= createRequire(import.meta.url)('cron-parser') as typeof CronParser;
  return loaded;
}

/**
 * Reads a line strictly. The library alone takes four and six fields, an hour at random for `H`, `mon` for a month, and an
 * empty field for `*`: each would run a syncer at times that nobody wrote.
 *
 * @throws ConfigError that says what to change
 */
export function readCronLine(line: string): CronLine {
  if (line.length > LONGEST_LINE) {
    throw refuse(
      `The line is longer than ${LONGEST_LINE} characters. ${FORM.en}.`,
      `该行超过 ${LONGEST_LINE} 个字符。${FORM.zh}。`,
    );
  }
  const words = line.trim().split(/[ \t]+/);
  if (words[0]?.startsWith('@')) {
    throw refuse(`"${words[0]}" is not taken. ${FORM.en}.`, `不支持“${words[0]}”。${FORM.zh}。`);
  }
  if (words.length !== FIELDS.length) {
    throw refuse(
      `The line has ${words.length} field(s) in place of five. ${FORM.en}.`,
      `该行有 ${words.length} 个字段，应为五个。${FORM.zh}。`,
    );
  }
  const [minutes, hours, days, months, weekdays] = FIELDS.map((rule, at) => valuesOf(rule, words[at] ?? '')) as [
    readonly number[],
    readonly number[],
    readonly number[],
    readonly number[],
    readonly number[],
  ];
  const given = (at: number, values: readonly number[]): ReadonlySet<number> | undefined =>
    words[at] === '*' ? undefined : new Set(values);
  const read: CronLine = {
    minutes,
    hours,
    isHourly: words[1] === '*',
    months: new Set(months),
    days: given(2, days),
    weekdays: given(4, weekdays),
  };
  if (neverComes(read)) {
    throw refuse(
      `No year has the day "${words[2]}" in the month "${words[3]}": the line never comes. Choose a day that the month has.`,
      `任何年份的“${words[3]}”月都没有“${words[2]}”日，该行永远不会到来。请选择该月存在的日期。`,
    );
  }
  return read;
}

const neverComes = ({ days, weekdays, months }: CronLine): boolean =>
  days !== undefined &&
  weekdays === undefined &&
  ![...months].some((month) => Math.min(...days) <= (DAYS_OF_MONTHS[month - 1] ?? 0));

/** In order, each once. Entries are read one by one: the library refuses a list in which a number comes twice. */
function valuesOf(rule: FieldRule, field: string): readonly number[] {
  const values = field.split(',').flatMap((entry) => entryValues(rule, field, entry.toLowerCase()));
  return [...new Set(values)].toSorted((a, b) => a - b);
}

function entryValues(rule: FieldRule, field: string, entry: string): readonly number[] {
  const [, from = '', to, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d{1,2}))?$/.exec(entry) ?? [];
  const isOpen = from === '*';
  const start = isOpen ? from : numberOf(rule, from);
  const end = to === undefined ? undefined : numberOf(rule, to);
  const isRange = isOpen || end !== undefined;
  const isWrong =
    start === undefined ||
    (to !== undefined && (end === undefined || isOpen)) ||
    (step !== undefined && (!isRange || Number(step) < 1 || Number(step) > rule.longestStep));
  if (isWrong) throw wrongEntry(rule, field);
  // "fri-sun" ends with the Sunday that comes after Friday.
  const last = rule.key === 'dayOfWeek' && to === 'sun' ? '7' : end;
  const plain = `${start}${last === undefined ? '' : `-${last}`}${step === undefined ? '' : `/${step}`}`;
  const line = FIELDS.map(({ key }) => (key === rule.key ? plain : '*')).join(' ');
  try {
    const { fields } = cronParser().CronExpressionParser.parse(line, { tz: 'UTC' });
    return fields[rule.key].values.map((value) => (rule.key === 'dayOfWeek' ? Number(value) % 7 : Number(value)));
  } catch {
    throw wrongEntry(rule, field);
  }
}

/** @returns the number as text; undefined: neither a number nor a name of this field */
function numberOf({ key, names }: FieldRule, word: string): string | undefined {
  if (/^\d{1,2}$/.test(word)) return word;
  const at = names?.indexOf(word) ?? -1;
  if (at < 0) return undefined;
  return String(key === 'month' ? at + 1 : at);
}

const wrongEntry = ({ title, range }: FieldRule, field: string): ConfigError =>
  refuse(
    `The field "${title.en}" is "${field}". Write numbers from ${range}, "*", lists such as "1,3", ranges such as "1-5", or steps such as "*/2" there.`,
    `字段“${title.zh}”为“${field}”。请填写 ${range} 范围内的数字、“*”、列表(如“1,3”)、区间(如“1-5”)或步长(如“*/2”)。`,
  );

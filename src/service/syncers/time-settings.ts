import { readCronLine } from '../../scheduler/calendar/cron-line.ts';
import { isTimeOfDay, type TimeWindow } from '../../scheduler/calendar/time-window.ts';
import { isTimeZone } from '../../scheduler/calendar/wall-clock.ts';
import { ConfigError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';
import { readList, readObject, readText, readWhole, wrongField } from './field-readers.ts';

export const DEFAULT_TIME_ZONE = 'Asia/Shanghai';
/** Each costs a look at every time of a line; nobody needs more for a week. */
const MOST_WINDOWS = 50;
const DAYS_OF_WEEK = 7;

export function readTimeZone(key: string, value: unknown): string {
  const name = readText(key, value);
  if (name === '') return DEFAULT_TIME_ZONE;
  if (isTimeZone(name)) return name;
  throw wrongField(
    key,
    'must be the name of a time zone, such as "Asia/Shanghai" or "Europe/Berlin"',
    '必须是时区名称，例如“Asia/Shanghai”或“Europe/Berlin”',
  );
}

export function readSchedule(key: string, value: unknown): string {
  if (typeof value !== 'string') throw wrongField(key, 'must be text', '必须是文本');
  const line = value.trim().replaceAll(/[ \t]+/g, ' ');
  if (line === '') return line;
  try {
    readCronLine(line);
    return line;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new Refusal(text(`Field "${key}": ${error.text.en}`, `字段“${key}”：${error.text.zh}`));
  }
}

export const readWindows = (key: string, value: unknown): readonly TimeWindow[] =>
  readList(key, value, MOST_WINDOWS, readWindow);

function readWindow(key: string, value: unknown): TimeWindow {
  const window = readObject(key, value);
  const days = readList(`${key}.days`, window['days'] ?? [], 2 * DAYS_OF_WEEK, readDay);
  if (days.length === 0) {
    throw wrongField(
      `${key}.days`,
      'must name the days on which the window begins, 1 (Monday) to 7 (Sunday)',
      '必须列出时段开始的星期，1(星期一)至 7(星期日)',
    );
  }
  const from = readTimeOfDay(`${key}.from`, window['from']);
  const to = readTimeOfDay(`${key}.to`, window['to']);
  if (from === to) {
    throw wrongField(
      key,
      `has a window from ${from} to ${to}, which is empty: choose another end, at most a minute before its beginning`,
      `中有从 ${from} 到 ${to} 的空时段：请选择其他结束时间，最晚为开始时间前一分钟`,
    );
  }
  return { days: [...new Set(days)].toSorted((a, b) => a - b), from, to };
}

function readDay(key: string, value: unknown): number {
  const day = readWhole(key, value);
  if (day >= 1 && day <= DAYS_OF_WEEK) return day;
  throw wrongField(key, 'must be numbers from 1 (Monday) to 7 (Sunday)', '必须是 1(星期一)至 7(星期日)的数字');
}

function readTimeOfDay(key: string, value: unknown): string {
  if (typeof value === 'string' && isTimeOfDay(value.trim())) return value.trim();
  throw wrongField(key, 'must be a time from "00:00" to "23:59"', '必须是“00:00”至“23:59”之间的时间');
}

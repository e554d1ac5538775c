import { useMemo } from 'react';
import { LOCALES, useLanguage } from './language.ts';

export interface Formats {
  readonly number: (value: number) => string;
  /** Date and time of an RFC 3339 text. */
  readonly moment: (iso: string) => string;
  /** The same, with the weekday, as clocks of that time zone show it. */
  readonly momentIn: (iso: string, timeZone: string) => string;
  readonly date: (iso: string) => string;
  /** Such as `3 minutes ago`, `in 2 hours`. */
  readonly distance: (iso: string, now: number) => string;
  /** Such as `1 min 20 s`. */
  readonly duration: (milliseconds: number) => string;
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** Numbers and times as the chosen language writes them. */
export function useFormats(): Formats {
  const { language } = useLanguage();
  return useMemo(() => {
    const locale = LOCALES[language];
    const numbers = new Intl.NumberFormat(locale);
    const moments = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
    const dates = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
    const distances = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
    const count = (unit: 'hour' | 'minute' | 'second', value: number, maximumFractionDigits = 0): string =>
      new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits }).format(value);
    const readable = (format: Intl.DateTimeFormat, iso: string): string => {
      const time = Date.parse(iso);
      return Number.isNaN(time) ? iso : format.format(time);
    };
    return {
      number: (value) => numbers.format(value),
      moment: (iso) => readable(moments, iso),
      momentIn: (iso, timeZone) =>
        readable(
          new Intl.DateTimeFormat(locale, {
            weekday: 'short',
            year: 'numeric',
            month: 'short',
            day: 'numeric',
            hour: '2-digit',
            minute: '2-digit',
            timeZone,
          }),
          iso,
        ),
      date: (iso) => readable(dates, iso),
      distance(iso, now) {
        const seconds = Math.round((Date.parse(iso) - now) / 1000);
        if (Number.isNaN(seconds)) return iso;
        const [unit, length] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? (['second', 1] as const);
        return distances.format(Math.trunc(seconds / length), unit);
      },
      duration(milliseconds) {
        const seconds = Math.max(0, milliseconds) / 1000;
        if (seconds < 10) return count('second', seconds, 1);
        const whole = Math.round(seconds);
        if (whole < 60) return count('second', whole);
        if (whole < 3600) return `${count('minute', Math.floor(whole / 60))} ${count('second', whole % 60)}`;
        return `${count('hour', Math.floor(whole / 3600))} ${count('minute', Math.floor((whole % 3600) / 60))}`;
      },
    };
  }, [language]);
}

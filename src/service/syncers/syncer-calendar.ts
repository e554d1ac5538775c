import type { FreezeSetting } from '../../engine/syncer-settings.ts';
import { readCronLine } from '../../scheduler/calendar/cron-line.ts';
import { nextTimes } from '../../scheduler/calendar/line-times.ts';
import { endOf, isWithin, type TimeWindow } from '../../scheduler/calendar/time-window.ts';
import { delaySeconds } from './syncer-condition.ts';
import type { SyncerRecord } from './syncer-record.ts';
import { DEFAULT_TIME_ZONE } from './time-settings.ts';

type Timed = Pick<SyncerRecord, 'settings' | 'syncInterval' | 'health' | 'failures'>;

/** Of the slowed pace a part is let off: a run that began a little late must not cost the same time of the next day. */
const SLOWED_PART = 0.9;

/** When a syncer runs by itself, as its settings say. */
export class SyncerCalendar {
  readonly #record: Timed;

  constructor(record: Timed) {
    this.#record = record;
  }

  /** The line; "": it runs by its interval. */
  get line(): string {
    return (this.#record.settings['schedule'] as string | undefined) ?? '';
  }

  get #timeZone(): string {
    return (this.#record.settings['timeZone'] as string | undefined) ?? DEFAULT_TIME_ZONE;
  }

  #windows(key: 'quietWindows' | 'freezeWindows'): readonly TimeWindow[] {
    return (this.#record.settings[key] as readonly TimeWindow[] | undefined) ?? [];
  }

  /** When nobody is locked out. */
  get freeze(): FreezeSetting {
    return {
      isFrozen: (moment) => isWithin(this.#windows('freezeWindows'), this.#timeZone, moment.getTime()),
      disabledToo: this.#record.settings['freezeDisabled'] === true,
    };
  }

  isQuiet(moment: number): boolean {
    return isWithin(this.#windows('quietWindows'), this.#timeZone, moment);
  }

  /** The moment, or the end of the quiet window that it is in; undefined: none is ever free. */
  whenFree(moment: number): number | undefined {
    return endOf(this.#windows('quietWindows'), this.#timeZone, moment);
  }

  /** The first time of the line after that moment; undefined: none. */
  lineTime(after: number): number | undefined {
    const quiet = this.#windows('quietWindows');
    return nextTimes(readCronLine(this.line), { timeZone: this.#timeZone, quiet }, after, 1)[0];
  }

  /** When the run after one that begins at that moment begins; undefined: never. */
  following(began: number): number | undefined {
    const delay = delaySeconds(this.#record) * 1000;
    if (this.line === '') return this.whenFree(began + delay);
    const rest = this.#record.health === 'quarantined' ? delay * SLOWED_PART : 0;
    return this.lineTime(began + rest);
  }
}

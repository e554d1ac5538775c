import { text, type Text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';

export const DEFAULT_INTERVAL_SECONDS = 3600;
const SHORTEST_INTERVAL_SECONDS = 60;
/** The column is a 32-bit integer. */
const LONGEST_INTERVAL_SECONDS = 2_147_483_647;

/** What will be stored, and what to tell whoever asked for something else. */
export interface SyncInterval {
  readonly seconds: number;
  readonly note?: Text;
}

/**
 * Casdoor's page sends 10 for a new syncer, and its scheduler took 0 for "every second"; a directory is not read that
 * often.
 *
 * @throws Refusal for what is no count of seconds
 */
export function syncInterval(value: unknown): SyncInterval {
  const seconds = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : (value ?? 0);
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0 || seconds > LONGEST_INTERVAL_SECONDS) {
    throw new Refusal(
      text(
        'Field "syncInterval" must be a whole number of seconds, 60 or more.',
        '字段“syncInterval”必须是不小于 60 的整数(秒)。',
      ),
    );
  }
  if (seconds === 0) {
    return {
      seconds: DEFAULT_INTERVAL_SECONDS,
      note: text(
        `The sync interval was not set; it is now ${DEFAULT_INTERVAL_SECONDS} seconds. Enter ${SHORTEST_INTERVAL_SECONDS} or more for another one.`,
        `未设置同步间隔，已设为 ${DEFAULT_INTERVAL_SECONDS} 秒。如需其他间隔，请填写不小于 ${SHORTEST_INTERVAL_SECONDS} 的秒数。`,
      ),
    };
  }
  if (seconds < SHORTEST_INTERVAL_SECONDS) {
    return {
      seconds: SHORTEST_INTERVAL_SECONDS,
      note: text(
        `The sync interval was raised from ${seconds} to ${SHORTEST_INTERVAL_SECONDS} seconds, the shortest possible. Enter ${SHORTEST_INTERVAL_SECONDS} or more for another one.`,
        `同步间隔已由 ${seconds} 秒调整为最短的 ${SHORTEST_INTERVAL_SECONDS} 秒。如需其他间隔，请填写不小于 ${SHORTEST_INTERVAL_SECONDS} 的秒数。`,
      ),
    };
  }
  return { seconds };
}

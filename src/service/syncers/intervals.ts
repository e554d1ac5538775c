import { text, type Text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';
import { readWhole, wrongField } from './field-readers.ts';

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

/** Between two checks where a syncer can have them, and nobody says otherwise. */
export const ROSTER_SECONDS = 300;
/** How long it may be where it is not 0. */
export const ROSTER_RANGE = { shortest: 60, longest: 86_400 } as const;

export function readRosterInterval(key: string, value: unknown): number {
  const seconds = readWhole(key, value);
  if (seconds === 0 || (seconds >= ROSTER_RANGE.shortest && seconds <= ROSTER_RANGE.longest)) return seconds;
  throw wrongField(
    key,
    `must be 0 (no roster check) or a number of seconds from ${ROSTER_RANGE.shortest} to ${ROSTER_RANGE.longest}`,
    `必须是 0(不比对名单)，或 ${ROSTER_RANGE.shortest} 至 ${ROSTER_RANGE.longest} 之间的秒数`,
  );
}

interface RosterQuestion {
  /** Whether the body says something of it. */
  readonly isGiven: boolean;
  readonly isNew: boolean;
  /** Whether a person wrote it, where a page or a program may only send along what it was given. */
  readonly isWritten: boolean;
  /** Whether the secret that lists members was there before, and is from now on. */
  readonly had: boolean;
  readonly has: boolean;
}

/**
 * The checks begin with the secret that they need.
 *
 * @param wanted what would be stored
 * @returns what is stored; undefined: nothing, the secret alone decides
 * @throws Refusal where there is no such secret
 */
export function rosterInterval(
  wanted: unknown,
  { isGiven, isNew, isWritten, had, has }: RosterQuestion,
): { readonly seconds: number | undefined; readonly note?: Text } {
  const seconds = typeof wanted === 'number' ? wanted : undefined;
  if (!has) {
    // Whoever takes the secret away sends the interval of before along.
    if (!had && isGiven && (seconds ?? 0) !== 0) throw new Refusal(NO_SECRET);
    return { seconds: undefined };
  }
  if (had || (seconds ?? 0) !== 0 || (isGiven && isWritten)) return { seconds };
  return isNew && !isGiven ? { seconds: ROSTER_SECONDS } : { seconds: ROSTER_SECONDS, note: BEGINS };
}

const NO_SECRET = text(
  'Field "rosterInterval" must be 0 without a Contacts Secret: it alone may list everybody. Fill in contactsSecret, too.',
  '未填写通讯录同步 Secret 时，字段“rosterInterval”必须为 0：只有它可以列出所有成员。请同时填写 contactsSecret。',
);
const BEGINS = text(
  `With the Contacts Secret, who came, moved or left is looked for every ${ROSTER_SECONDS} seconds (rosterInterval). Enter 0 once more to switch that off.`,
  `填写通讯录同步 Secret 后，每 ${ROSTER_SECONDS} 秒比对一次入职、调动和离职成员(rosterInterval)。如需关闭，请再次填写 0。`,
);

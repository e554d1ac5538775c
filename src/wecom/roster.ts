import { ProtocolError, SyncError } from '../syncer/errors.ts';
import { text } from '../syncer/text.ts';
import { listIn } from './answer-list.ts';
import type { WeComClient } from './client.ts';
import { ERROR_CODES } from './error-codes.ts';
import { integerOf, isObject } from './loose.ts';
import { useridOf } from './userid.ts';

/** One member of the roster: an id and departments, no name. */
export interface RosterEntry {
  readonly userid: string;
  readonly departments: Set<number>;
}

/** Everybody in the company by userid without case. */
export type Roster = ReadonlyMap<string, RosterEntry>;

const ENDPOINT = 'user/list_id';
/** The most that one call gives (doc 96067): some twelve calls for 100,000 people. */
const ROWS = 10_000;

const protocol = (en: string, zh: string): ProtocolError =>
  new ProtocolError(text(`${ENDPOINT} ${en}`, `${ENDPOINT} ${zh}`));

/** One row per member and department; rows of one member may lie on different pages. */
export const addRows = (roster: Map<string, RosterEntry>, rows: readonly unknown[]): void => {
  for (const row of rows) {
    const userid = isObject(row) ? useridOf(row['userid']) : undefined;
    if (!isObject(row) || userid === undefined) {
      throw protocol('answered with a row without a usable userid.', '返回了没有可用 userid 的行。');
    }
    const key = userid.toLowerCase();
    let entry = roster.get(key);
    if (!entry) {
      entry = { userid, departments: new Set() };
      roster.set(key, entry);
    }
    const department = integerOf(row['department']);
    if (department !== undefined) entry.departments.add(department);
  }
};

const readAll = async (client: WeComClient, signal: AbortSignal): Promise<Roster> => {
  const roster = new Map<string, RosterEntry>();
  const passed = new Set<string>();
  for (let cursor = ''; ;) {
    const body = { limit: ROWS, ...(cursor ? { cursor } : {}) };
    const answer = await client.call({ endpoint: ENDPOINT, query: {}, body }, signal);
    addRows(roster, listIn(answer, 'dept_user', ENDPOINT));
    const next = answer['next_cursor'];
    if (next === undefined || next === null || next === '') return roster;
    if (typeof next !== 'string') throw protocol('answered with a cursor that is not text.', '返回的游标不是文本。');
    if (passed.has(next)) throw protocol('answered with a cursor that it gave before.', '返回了重复的游标。');
    passed.add(next);
    cursor = next;
  }
};

const wantsRestart = (error: unknown): boolean =>
  error instanceof SyncError &&
  error.vendorCode !== undefined &&
  ERROR_CODES.get(error.vendorCode)?.retry === 'restart';

/**
 * Reads the whole company's userids with a Sync-of-Contacts secret: what tells "left the company" from "left the
 * visible range of the app". A cursor that died on the way (50100) starts the list over, once.
 *
 * @throws ProtocolError when the list does not end, or a row names nobody
 */
export const fetchRoster = async (client: WeComClient, signal: AbortSignal): Promise<Roster> => {
  try {
    return await readAll(client, signal);
  } catch (error) {
    if (!wantsRestart(error)) throw error;
    return await readAll(client, signal);
  }
};

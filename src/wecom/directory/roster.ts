import { ConfigError, IncompleteReadError, ProtocolError, SyncError } from '../../syncer/errors.ts';
import { externalId } from '../../syncer/external-id.ts';
import { present } from '../../syncer/present.ts';
import type { DirectoryRoster } from '../../syncer/syncer.ts';
import { text } from '../../syncer/text.ts';
import { listIn } from '../reading/answer-list.ts';
import type { WeComClient } from '../api/client.ts';
import { ERROR_CODES } from '../api/error-codes.ts';
import { integerOf, useridOf } from '../reading/lenient-json.ts';
import { isObject } from '../../http-client/transport.ts';
import type { DirectoryScope, Selection } from './scope.ts';

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
  new ProtocolError(text(`${ENDPOINT} ${en}`, `${ENDPOINT} ${zh}`), {
    remedy: text(
      'Check what answers at the base URL (host), and any gateway in between; nobody is locked out meanwhile.',
      '请检查 API 地址(host)处的应答方以及中间的网关；在此期间不会锁定任何账号。',
    ),
  });

/** Rows of one list; two million members in two departments each. */
const MOST_ROWS = 4_000_000;
/** Pages of one list: ten times as many as full ones would be. */
const MOST_PAGES = 4_000;
/** Pages in a row that name nobody new, before the list counts as one that does not end. */
const MOST_STALE_PAGES = 3;
/** WeCom's have some hundred characters. */
const LONGEST_CURSOR = 4_096;

/**
 * One row per member and department; rows of one member may lie on different pages.
 *
 * @returns how many of the rows were new
 */
export const addRows = (roster: Map<string, RosterEntry>, rows: readonly unknown[]): number => {
  let fresh = 0;
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
      fresh += 1;
    }
    const department = integerOf(row['department']);
    if (department === undefined || entry.departments.has(department)) continue;
    entry.departments.add(department);
    fresh += 1;
  }
  return fresh;
};

const readAll = async (client: WeComClient, signal: AbortSignal, mostRows: number): Promise<Roster> => {
  const roster = new Map<string, RosterEntry>();
  const passed = new Set<string>();
  let rows = 0;
  let stalePages = 0;
  for (let cursor = ''; ;) {
    const body = { limit: ROWS, ...present({ cursor: cursor || undefined }) };
    const answer = await client.call({ endpoint: ENDPOINT, query: {}, body }, signal);
    const page = listIn(answer, 'dept_user', ENDPOINT);
    stalePages = addRows(roster, page) > 0 ? 0 : stalePages + 1;
    rows += page.length;
    const next = answer['next_cursor'];
    if (next === undefined || next === null || next === '') break;
    if (typeof next !== 'string' || next.length > LONGEST_CURSOR) {
      throw protocol('answered with a cursor that is not a short text.', '返回的游标不是简短的文本。');
    }
    if (passed.has(next)) throw protocol('answered with a cursor that it gave before.', '返回了重复的游标。');
    if (stalePages >= MOST_STALE_PAGES) {
      throw protocol(
        `answered with ${String(MOST_STALE_PAGES)} pages in a row that name nobody new, and goes on.`,
        `连续 ${String(MOST_STALE_PAGES)} 页没有新成员，且仍未结束。`,
      );
    }
    if (passed.size >= MOST_PAGES) {
      throw protocol(
        `answered with more than ${String(MOST_PAGES)} pages, and goes on.`,
        `返回超过 ${String(MOST_PAGES)} 页，且仍未结束。`,
      );
    }
    if (rows > mostRows) {
      throw protocol(
        `answered with more than ${String(mostRows)} rows, and goes on.`,
        `返回超过 ${String(mostRows)} 行，且仍未结束。`,
      );
    }
    passed.add(next);
    cursor = next;
  }
  // Whoever has a secret is in the company: nobody at all is a failing answer, and must not look like everybody's leaving.
  if (roster.size === 0) throw protocol('named nobody at all.', '没有返回任何成员。');
  return roster;
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
export const fetchRoster = async (
  client: WeComClient,
  signal: AbortSignal,
  mostRows: number = MOST_ROWS,
): Promise<Roster> => {
  try {
    return await readAll(client, signal, mostRows);
  } catch (error) {
    if (!wantsRestart(error)) throw error;
    return await readAll(client, signal, mostRows);
  }
};

/**
 * Everybody, with those of his departments that a run reads.
 *
 * @throws IncompleteReadError when it is not known which departments those are
 */
export function listMembers(roster: Roster, { chosen, unread }: Selection, scope: DirectoryScope): DirectoryRoster {
  if (unread.length > 0) throw new IncompleteReadError(unread);
  const members = [...roster.values()].map(({ userid, departments }) => {
    const read = scope.excludes(userid) ? [] : [...departments].filter((id) => chosen.has(id));
    return { id: externalId(userid), groups: read.map((id) => externalId(String(id))) };
  });
  return { members, groups: [...chosen].map((id) => externalId(String(id))) };
}

/** @throws ConfigError: only a Contacts Secret may list everybody */
export function noContactsSecret(): never {
  throw NO_CONTACTS_SECRET;
}

const NO_CONTACTS_SECRET = new ConfigError(
  text(
    'The roster is read with a Contacts Secret (contactsSecret), and there is none.',
    '读取成员 ID 名单需要通讯录同步 Secret(contactsSecret)，但尚未填写。',
  ),
  {
    remedy: text(
      'Fill in the Contacts Secret, or set the roster interval (rosterInterval) to 0.',
      '请填写通讯录同步 Secret，或将 rosterInterval 设为 0。',
    ),
  },
);

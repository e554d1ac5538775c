import {
  CancelledError,
  NotFoundError,
  PermissionError,
  ProtocolError,
  SyncError,
  type UnreadPart,
} from '../../syncer/errors.ts';
import { ONLY_IDS_READABLE } from '../api/error-codes.ts';
import { parallel } from './parallel.ts';
import { text } from '../../syncer/text.ts';
import { listIn } from '../reading/answer-list.ts';
import type { WeComClient } from '../api/client.ts';
import { fetchDepartments } from './department-list.ts';
import { integerOf, nameOf, useridOf } from '../reading/lenient-json.ts';
import { isObject, type JsonObject } from '../../http-client/transport.ts';
import { MalformedMember, readMember, type Member } from '../reading/member.ts';

/** What the visible range of an app names beside whole departments: these people appear in no department list. */
export interface AppVisibility {
  readonly userids: readonly string[];
  readonly departments: readonly number[];
  readonly tags: readonly number[];
}

/** What an app may see, and whither it may send members back. */
export interface AgentAnswer extends AppVisibility {
  /** 可信域名, with its port or without; "" = nobody set one. */
  readonly trustedDomain: string;
}

const listAt = (answer: JsonObject, outer: string, inner: string): readonly unknown[] => {
  const holder = answer[outer];
  const list = isObject(holder) ? holder[inner] : undefined;
  return isObject(holder) && Array.isArray(list) ? listIn(holder, inner, 'agent/get') : [];
};

const useridsIn = (entries: readonly unknown[]): string[] =>
  entries.flatMap((entry) => (isObject(entry) ? (useridOf(entry['userid']) ?? []) : []));

const integersIn = (entries: readonly unknown[]): number[] => entries.flatMap((entry) => integerOf(entry) ?? []);

/** Reads an answer of `agent/get` (doc 90227). Parts of the range that are empty may be missing from it. */
export const readVisibility = (answer: JsonObject): AgentAnswer => ({
  userids: useridsIn(listAt(answer, 'allow_userinfos', 'user')),
  departments: integersIn(listAt(answer, 'allow_partys', 'partyid')),
  tags: integersIn(listAt(answer, 'allow_tags', 'tagid')),
  trustedDomain: nameOf(answer['redirect_domain'])?.trim() ?? '',
});

export const fetchVisibility = async (
  client: WeComClient,
  agentId: string,
  signal: AbortSignal,
): Promise<AgentAnswer> =>
  readVisibility(await client.call({ endpoint: 'agent/get', query: { agentid: agentId } }, signal));

/** The people and whole departments that a tag marks. */
export interface TagContent extends Pick<AppVisibility, 'userids' | 'departments'> {
  readonly name: string | undefined;
  /** False: not every entry could be read. */
  readonly isWhole: boolean;
}

/** `tag/get` (doc 90213). Without a list of departments nobody knows whether the tag holds any. */
export const fetchTag = async (client: WeComClient, tagId: number, signal: AbortSignal): Promise<TagContent> => {
  const endpoint = 'tag/get';
  const answer = await client.call({ endpoint, query: { tagid: String(tagId) } }, signal);
  const entries = listIn(answer, 'userlist', endpoint);
  const listed = Array.isArray(answer['partylist']) ? listIn(answer, 'partylist', endpoint) : undefined;
  const userids = useridsIn(entries);
  const departments = integersIn(listed ?? []);
  const isWhole = userids.length === entries.length && departments.length === listed?.length;
  return { name: nameOf(answer['tagname']), userids, departments, isWhole };
};

/** Whom the visible range of an app names one by one, without case, and departments that it reaches through tags. */
export interface Named {
  readonly userids: ReadonlySet<string>;
  readonly departments: ReadonlySet<number>;
}

export const fetchNamed = async (client: WeComClient, agentId: string, signal: AbortSignal): Promise<Named> => {
  const range = await fetchVisibility(client, agentId, signal);
  const userids = new Set(range.userids.map((userid) => userid.toLowerCase()));
  const departments = new Set<number>();
  for (const tagId of range.tags) {
    const tag = await fetchTag(client, tagId, signal);
    for (const userid of tag.userids) userids.add(userid.toLowerCase());
    for (const top of tag.departments) {
      for (const { id } of (await fetchDepartments(client, signal, top)).departments) departments.add(id);
    }
  }
  return { userids, departments };
};

/** The userids of one department, from the list that full runs read, too. */
const fetchUserids = async (
  client: WeComClient,
  departmentId: number,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const endpoint = 'user/list';
  const answer = await client.call({ endpoint, query: { department_id: String(departmentId) } }, signal);
  return useridsIn(listIn(answer, 'userlist', endpoint));
};

/**
 * The userids of several departments, each list as it comes.
 *
 * @param unread gets what could not be read
 */
export const useridsOf = (
  client: WeComClient,
  departments: Iterable<number>,
  concurrency: () => number,
  unread: UnreadPart[],
  signal: AbortSignal,
): AsyncGenerator<readonly string[], void, undefined> =>
  parallel(
    departments,
    concurrency,
    async (id, own) => {
      try {
        return await fetchUserids(client, id, own);
      } catch (error) {
        if (!(error instanceof SyncError) || error instanceof CancelledError) throw error;
        unread.push({ name: `department ${String(id)}`, error });
        return [];
      }
    },
    signal,
  );

/** What `user/get` says of somebody who is not in the company, or no more (doc 90313). */
const GONE_CODES: ReadonlySet<number> = new Set([40003, 46004, 60111]);
/** What it says of somebody outside the visible range: nothing about whether he left. */
const OUT_OF_SIGHT_CODES: ReadonlySet<number> = new Set([60011, 60021]);

/** Why `user/get` shows nobody; undefined: something else went wrong. */
export function absenceOf(error: unknown): 'gone' | 'outOfSight' | 'idsOnly' | undefined {
  const code = error instanceof NotFoundError || error instanceof PermissionError ? error.vendorCode : undefined;
  if (code === undefined) return undefined;
  if (GONE_CODES.has(code)) return 'gone';
  if (OUT_OF_SIGHT_CODES.has(code)) return 'outOfSight';
  return code === ONLY_IDS_READABLE ? 'idsOnly' : undefined;
}

/**
 * `user/get` (doc 90196).
 *
 * @throws ProtocolError when the answer is about somebody else
 */
export const fetchMember = async (
  client: WeComClient,
  userid: string,
  signal: AbortSignal,
): Promise<Member | MalformedMember> => {
  const {
    errcode: _errcode,
    errmsg: _errmsg,
    ...record
  } = await client.call({ endpoint: 'user/get', query: { userid } }, signal);
  const member = readMember(record);
  if (member.userid === undefined) return new MalformedMember(userid, (member as MalformedMember).problem);
  if (member.userid.toLowerCase() === userid.toLowerCase()) return member;
  throw new ProtocolError(text('user/get answered with another member.', 'user/get 返回了另一名成员。'));
};

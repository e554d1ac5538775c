import { fromText, succeed } from './answer.ts';
import { departmentId, refusalFor, viewStamp, type Caller, type Reply, type Responder } from './caller.ts';
import type { Member } from '../company/member.ts';
import { wireMember } from '../company/wire-member.ts';

/** One answer holds no more members than WeCom allows nodes under one department (doc 90205). */
const MOST_PER_ANSWER = 30_000;

/** GET user/list (doc 90201): direct members of one department, with their profile. */
export const listMembers: Responder = (caller) =>
  list(caller, 'user/list', (member) => wireMember(member, caller.company.tree, caller));

/** GET user/simplelist (doc 90200). */
export const listMemberNames: Responder = (caller) =>
  list(caller, 'user/simplelist', (member) => {
    const { userid, name, department } = wireMember(member, caller.company.tree, caller);
    return { userid, name, department };
  });

/** GET user/get (doc 90196): userid in any spelling; the member's fields stand beside errcode. */
export const getMember: Responder = (caller) => {
  const { userid } = caller.params;
  if (userid === undefined || userid === '') return 41009;
  const member = caller.company.member(userid);
  if (member === undefined) return 60111;
  // The documentation says 60111 here as well; the wire said 60011.
  if (!caller.visibility.seesMember(member)) return 60011;
  return succeed(wireMember(member, caller.company.tree, caller));
};

/** POST user/list_id (doc 96067): one row per member and department, page by page. */
export const listMemberIds: Responder = (caller) => {
  // The help text of 40003 names this case: a POST call that came as GET (doc 90313).
  if (caller.method !== 'POST') return 40003;
  const asked = parseBody(caller.body);
  if (asked === undefined) return 40058;
  const { cursor, limit = 10_000 } = asked;
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > 10_000) return 40058;
  const start = cursor === undefined || cursor === '' ? 0 : readCursor(cursor);
  if (start === undefined) return 50100;
  return idRows(caller, start, limit);
};

function list(caller: Caller, call: string, write: (member: Member) => object): Reply {
  const { company, params } = caller;
  const id = departmentId(params['department_id']);
  if (id === undefined) return 60123;
  const refusal = refusalFor(id, caller);
  if (refusal !== undefined) return refusal;
  if (params['fetch_child'] === '1') return branchList(caller, id, write);
  const stamp = `${viewStamp(caller)}.${company.roster.revisionOf(id)}`;
  return fromText(
    caller.cache.get(`${call} ${id} ${caller.kind}`, stamp, () => {
      const userlist = Array.from(company.membersOf(id), write);
      // Captures have the code in front of the list and behind it.
      const answer = id % 5 === 0 ? { userlist, errcode: 0, errmsg: 'ok' } : { errcode: 0, errmsg: 'ok', userlist };
      return JSON.stringify(answer);
    }),
  );
}

/** `fetch_child=1`, no longer documented and apparently still honoured: everybody below, each once. */
function branchList({ company }: Caller, id: number, write: (member: Member) => object): Reply {
  const found = new Set<Member>();
  for (const below of company.tree.branch(id)) for (const member of company.membersOf(below)) found.add(member);
  if (found.size > MOST_PER_ANSWER) return 45029;
  return succeed({ userlist: Array.from(found, write) });
}

interface Asked {
  readonly cursor?: unknown;
  readonly limit?: unknown;
}

function parseBody(body: string): Asked | undefined {
  if (body === '') return {};
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

const CURSOR = /^row:(\d+):([0-9a-z]+)$/;

function writeCursor(row: number): string {
  return Buffer.from(`row:${row}:${checksum(row)}`).toString('base64url');
}

function readCursor(cursor: unknown): number | undefined {
  if (typeof cursor !== 'string') return undefined;
  const [, row, sum] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  return row !== undefined && sum === checksum(Number(row)) ? Number(row) : undefined;
}

function checksum(row: number): string {
  return (Math.imul(row + 1, 2_654_435_761) >>> 0).toString(36);
}

function idRows(caller: Caller, start: number, limit: number): Reply {
  const { company } = caller;
  const stamp = `${company.roster.revision}`;
  const body = caller.cache.get(`user/list_id ${start} ${limit}`, stamp, () => {
    const rows: { userid: string; department: number }[] = [];
    let row = 0;
    let more = false;
    for (const { userid, department } of company.members) {
      if (row + department.length <= start) {
        row += department.length;
        continue;
      }
      for (const id of department) {
        if (row >= start && rows.length < limit) rows.push({ userid, department: id });
        else if (row >= start) more = true;
        row += 1;
      }
      if (more) break;
    }
    const next_cursor = more ? writeCursor(start + rows.length) : '';
    return JSON.stringify({ errcode: 0, errmsg: 'ok', next_cursor, dept_user: rows });
  });
  return fromText(body);
}

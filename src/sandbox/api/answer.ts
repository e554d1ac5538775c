import { refusalText } from './refusal.ts';

/** What goes out: WeCom says HTTP 200 for every business error (doc 90313). */
export interface Answer {
  readonly status: number;
  readonly errcode: number;
  readonly errmsg: string;
  readonly contentType: string;
  readonly body: Buffer;
}

export const JSON_TYPE = 'application/json; charset=UTF-8';

/** The empty lists that a failing call carries all the same, as seen on the wire. */
const EMPTY_LISTS: Readonly<Record<string, Readonly<Record<string, readonly never[]>>>> = {
  'user/get': { department: [], order: [], is_leader_in_dept: [], direct_leader: [] },
  'user/list': { userlist: [] },
  'user/simplelist': { userlist: [] },
  'user/list_id': { dept_user: [] },
  'department/list': { department: [] },
  'department/simplelist': { department_id: [] },
  'agent/list': { agentlist: [] },
  'tag/get': { userlist: [], partylist: [] },
  get_api_domain_ip: { ip_list: [] },
};

export function succeed(fields: Readonly<Record<string, unknown>>): Answer {
  return fromText(JSON.stringify({ errcode: 0, errmsg: 'ok', ...fields }));
}

/** For bodies that were put together, or kept, as text or bytes. */
export function fromText(body: string | Buffer): Answer {
  return {
    status: 200,
    errcode: 0,
    errmsg: 'ok',
    contentType: JSON_TYPE,
    body: typeof body === 'string' ? Buffer.from(body) : body,
  };
}

export function refuse(path: string, errcode: number, fromIp: string, errmsg?: string): Answer {
  const text = errmsg ?? refusalText(errcode, fromIp);
  const lists = EMPTY_LISTS[path] ?? {};
  // get_api_domain_ip was captured with its list in front of the code: order means nothing.
  const body = path === 'get_api_domain_ip' ? { ...lists, errcode, errmsg: text } : { errcode, errmsg: text, ...lists };
  return { status: 200, errcode, errmsg: text, contentType: JSON_TYPE, body: Buffer.from(JSON.stringify(body)) };
}

export function page(status: number, html: string): Answer {
  return { status, errcode: 0, errmsg: '', contentType: 'text/html', body: Buffer.from(html) };
}

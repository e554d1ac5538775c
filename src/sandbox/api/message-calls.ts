import { userKey } from '../company/member.ts';
import { succeed } from './answer.ts';
import type { Responder } from './caller.ts';

/** Receivers of one call (doc 90236). */
const MOST_RECEIVERS = 1000;
/** Longer texts are cut (doc 90236). */
const LONGEST_TEXT = 2048;

interface Asked {
  readonly touser?: unknown;
  readonly msgtype?: unknown;
  readonly agentid?: unknown;
  readonly text?: { readonly content?: unknown } | null;
}

/**
 * POST message/send (doc 90236), texts to single members: whoever is gone, or out of the app's sight, comes back in
 * `invaliduser`, in lower case; where nobody is left that is 81013.
 */
export const sendMessage: Responder = ({ kind, method, body, agentId, company, visibility, mailbox }) => {
  if (method !== 'POST') return 40058;
  if (kind !== 'app') return 48002;
  const asked = parse(body);
  if (asked === undefined) return 40058;
  const { touser, msgtype, agentid, text } = asked;
  if (agentid === undefined || agentid === '') return 41011;
  if (Number(agentid) !== agentId) return 301_002;
  if (msgtype !== 'text') return 40008;
  const content = text?.content;
  if (typeof content !== 'string' || content === '') return 44004;
  const receivers = typeof touser === 'string' ? touser.split('|').filter((one) => one !== '') : [];
  if (receivers.length > MOST_RECEIVERS) return 40031;
  const reached = receivers.filter((userid) => {
    const member = company.member(userid);
    return member !== undefined && member.status === 1 && visibility.seesMember(member);
  });
  if (reached.length === 0) return 81_013;
  if (!mailbox.accepts(reached.length, company.size)) return 45009;
  const cut = Buffer.from(content).subarray(0, LONGEST_TEXT).toString();
  for (const userid of reached) mailbox.deliver(userid, cut);
  const invalid = receivers.filter((userid) => !reached.includes(userid)).map(userKey);
  return succeed({
    ...(invalid.length > 0 && { invaliduser: invalid.join('|') }),
    msgid: `msg${Date.now().toString(36)}${reached.length}`,
  });
};

function parse(body: string): Asked | undefined {
  try {
    const asked: unknown = JSON.parse(body);
    return typeof asked === 'object' && asked !== null && !Array.isArray(asked) ? asked : undefined;
  } catch {
    return undefined;
  }
}

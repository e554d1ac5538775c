import { isActive } from '../company/member.ts';
import { PRIVATE_FIELDS, TICKET_LIFETIME, type Visit } from '../company/sign-ins.ts';
import { wireMember } from '../company/wire-member.ts';
import { succeed } from './answer.ts';
import type { Caller, Reply, Responder } from './caller.ts';

/** Stands for the picture of whoever did not agree to show it (doc 95833). */
const DEFAULT_AVATAR = 'https://rescdn.qqmail.com/node/wwmng/wwmng/style/images/independent/DefaultAvatar$73ba92b5.png';

/** GET auth/getuserinfo (doc 91023): who came back from WeCom with this code. A ticket is for who was asked for more, and is in the app's visible scope. */
export const getVisitor: Responder = (caller) =>
  visitor(
    caller,
    (userid, visit) => ({ userid, ...ticketFor(visit, caller) }),
    (openid) => ({ openid, external_userid: `wm${openid.slice(0, 30)}` }),
  );

/** GET user/getuserinfo, its address and keys until 2022, which go on being answered. */
export const getVisitorAsBefore: Responder = (caller) =>
  visitor(
    caller,
    (UserId) => ({ UserId, DeviceId: '' }),
    (OpenId) => ({ OpenId, DeviceId: '' }),
  );

function visitor(
  { kind, params, company, access, agentId }: Caller,
  member: (userid: string, visit: Visit) => object,
  stranger: (openid: string) => object,
): Reply {
  const { code } = params;
  if (code === undefined || code === '') return 41008;
  // Members come to an app; the Sync of Contacts is none.
  if (kind !== 'app') return 48002;
  if (access.trustedDomain === '') return 50001;
  const visit = access.signIns.redeemCode(code, agentId);
  if (visit === undefined) return 40029;
  if (visit.userid.includes('/')) return succeed({ ...member(visit.userid, visit) });
  const known = visit.userid === '' ? undefined : company.member(visit.userid);
  // Who left meanwhile is somebody of WeChat's, as every stranger is.
  return succeed({ ...(known ? member(known.userid, visit) : stranger(`o${code.slice(0, 27)}`)) });
}

function ticketFor(visit: Visit, { company, visibility, access }: Caller): object {
  const member = company.member(visit.userid);
  if (visit.scope !== 'snsapi_privateinfo' || !member || !visibility.seesMember(member)) return {};
  return { user_ticket: access.signIns.issueTicket(visit), expires_in: TICKET_LIFETIME };
}

/**
 * POST auth/getuserdetail (doc 95833): what the member agreed to. For the rest gender "0" and a picture that everybody
 * has stand in, and other keys are not there.
 */
export const getVisitorDetail: Responder = ({ kind, method, body, company, access, agentId, visibility }) => {
  if (method !== 'POST') return 40058;
  if (kind !== 'app') return 48002;
  const ticket = ticketIn(body);
  if (ticket === undefined) return 40063;
  const visit = access.signIns.redeemTicket(ticket, agentId);
  if (typeof visit === 'number') return visit;
  const member = company.member(visit.userid);
  if (!member || !isActive(member)) return 60111;
  const wire = wireMember(member, company.tree, { visibility, withheld: false });
  const given = PRIVATE_FIELDS.filter((field) => visit.fields.includes(field)).map((field) => [field, wire[field]]);
  return succeed({ userid: member.userid, gender: '0', avatar: DEFAULT_AVATAR, ...Object.fromEntries(given) });
};

function ticketIn(body: string): string | undefined {
  try {
    const asked: unknown = JSON.parse(body);
    if (typeof asked !== 'object' || asked === null || !('user_ticket' in asked)) return undefined;
    const { user_ticket: ticket } = asked;
    return typeof ticket === 'string' && ticket !== '' ? ticket : undefined;
  } catch {
    return undefined;
  }
}

import { succeed } from './answer.ts';
import type { Caller, Reply, Responder } from './caller.ts';

/** GET auth/getuserinfo (doc 91023): who came back from WeCom with this code. No ticket: that is for WeCom's own browser. */
export const getVisitor: Responder = (caller) =>
  visitor(
    caller,
    (userid) => ({ userid }),
    (openid) => ({ openid }),
  );

/** GET user/getuserinfo, its address and keys until 2022, which go on being answered. */
export const getVisitorAsBefore: Responder = (caller) =>
  visitor(
    caller,
    (UserId) => ({ UserId, DeviceId: '' }),
    (OpenId) => ({ OpenId, DeviceId: '' }),
  );

function visitor(
  { kind, params, company, redeemCode }: Caller,
  member: (userid: string) => object,
  stranger: (openid: string) => object,
): Reply {
  const { code } = params;
  if (code === undefined || code === '') return 41008;
  // Members come to an app; the Sync of Contacts is none.
  if (kind !== 'app') return 48002;
  const userid = redeemCode(code);
  if (userid === undefined) return 40029;
  const known = company.member(userid);
  // Who left meanwhile is somebody of WeChat's, as every stranger is.
  return succeed({ ...(known ? member(known.userid) : stranger(`o${code.slice(0, 27)}`)) });
}

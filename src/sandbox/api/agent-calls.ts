import { succeed } from './answer.ts';
import type { Caller, Responder } from './caller.ts';

const NAME = 'HR助手';
const LOGO = 'https://p.qlogo.cn/bizmail/x/0';

/** GET agent/get (doc 90227): the own app only, with what an administrator ticked as its visible scope. */
export const getAgent: Responder = (caller) => {
  const { agentid } = caller.params;
  if (agentid === undefined || agentid === '') return 41011;
  if (!/^\d+$/.test(agentid)) return 40056;
  if (caller.kind !== 'app' || Number(agentid) !== caller.agentId) return 301_002;
  return succeed({
    agentid: caller.agentId,
    name: NAME,
    square_logo_url: LOGO,
    description: 'HR服务与员工自助平台',
    ...allowances(caller),
    close: 0,
    redirect_domain: caller.access.trustedDomain,
    report_location_flag: 0,
    isreportenter: 0,
    home_url: 'https://open.work.weixin.qq.com',
    customized_publish_status: 1,
  });
};

/** GET agent/list: with an app's token, that app. */
export const listAgents: Responder = ({ kind, agentId }) =>
  succeed({ agentlist: kind === 'app' ? [{ agentid: agentId, name: NAME, square_logo_url: LOGO }] : [] });

/** GET get_api_domain_ip (doc 92520): where WeCom's API answers. */
export const listApiAddresses: Responder = () => succeed({ ip_list: ['203.0.113.64', '203.0.113.65', '203.0.113.66'] });

function allowances({ company }: Caller): object {
  const { users, departments, tags } = company.scope;
  return {
    // Who left, and what was removed, is no longer in any scope.
    allow_userinfos: {
      user: users.flatMap((userid) => company.member(userid) ?? []).map(({ userid }) => ({ userid })),
    },
    allow_partys: { partyid: departments.filter((id) => company.tree.has(id)) },
    // Without tags in the scope the key is not there at all.
    ...(tags.length > 0 ? { allow_tags: { tagid: tags } } : {}),
  };
}

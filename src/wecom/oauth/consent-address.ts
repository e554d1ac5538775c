import { ConfigError } from '../../syncer/errors.ts';
import type { ConsentWay } from '../../syncer/syncer.ts';
import { text } from '../../syncer/text.ts';

/** Where WeCom has its page on which a member agrees (doc 91022); another host than that of its API. */
export const WECOM_OAUTH = 'https://open.weixin.qq.com';

interface ConsentApp {
  /** Corp ID. */
  readonly user: string;
  readonly agentId: string;
  readonly oauthUrl?: string;
}

/**
 * WeCom's page, for the scope that a member agrees to by hand, field by field (doc 91022): that one is asked for by an
 * app alone, so without its id WeCom shows an error.
 *
 * @throws ConfigError without an Agent ID
 */
export function consentAddress({ returnTo, state }: ConsentWay, { user, agentId, oauthUrl }: ConsentApp): string {
  if (agentId === '') throw NO_APP;
  const query = new URLSearchParams({
    appid: user,
    redirect_uri: returnTo,
    response_type: 'code',
    scope: 'snsapi_privateinfo',
    state,
    agentid: agentId,
  });
  const base = (oauthUrl ?? WECOM_OAUTH).replace(/\/+$/, '');
  // WeCom's clients take the address for theirs by what stands after the number sign.
  return `${base}/connect/oauth2/authorize?${query.toString()}#wechat_redirect`;
}

const NO_APP = new ConfigError(
  text(
    'Agent ID (agentId): members can be asked only with the one of the app; fill it in.',
    'AgentId(agentId)：成员自助完善资料需要应用的 AgentId，请填写。',
  ),
);

import { ProtocolError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';
import type { TransportAdvice } from '../../http-client/transport-error.ts';

/** What to change when WeCom cannot be reached, or somebody else answers in its place. */
export const WECOM_ADVICE: TransportAdvice = {
  unreachable: text(
    'Check from this server that the address can be reached (DNS, firewall, WECOM_PROXY_URL); the next run tries again.',
    '请在服务器上检查能否访问该地址(DNS、防火墙、WECOM_PROXY_URL)；下次同步会自动重试。',
  ),
  proxySignIn: text('The proxy wants a sign-in: check WECOM_PROXY_URL.', '代理需要认证：请检查 WECOM_PROXY_URL。'),
  proxyIsNoUrl: text('WECOM_PROXY_URL is not a URL.', 'WECOM_PROXY_URL 不是有效的 URL。'),
  notTheApi: text(
    'The base URL (host) does not lead to the WeCom API: check it, and any gateway in between.',
    'API 地址(host)没有指向企业微信接口：请检查该地址以及中间的网关。',
  ),
  notJson: text(
    'A gateway or proxy seems to answer in the place of WeCom: check the base URL (host) and WECOM_PROXY_URL.',
    '似乎是网关或代理代替企业微信作出了应答：请检查 API 地址(host)和 WECOM_PROXY_URL。',
  ),
  tooLarge: text(
    'Divide the department into smaller ones, or check what answers at the base URL (host).',
    '请拆分过大的部门，或检查 API 地址(host)处的应答方。',
  ),
};

export const tooManyEntries = (endpoint: string, list: string, most: number): ProtocolError =>
  new ProtocolError(
    text(
      `${endpoint} answered with more than ${String(most)} entries in "${list}"; none was read.`,
      `${endpoint} 的列表“${list}”超过 ${String(most)} 项，未予读取。`,
    ),
    { remedy: WECOM_ADVICE.tooLarge },
  );

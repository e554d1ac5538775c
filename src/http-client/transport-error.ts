import { ConfigError, ProtocolError, UnavailableError, type SyncError } from '../syncer/errors.ts';
import { text, type Text } from '../syncer/text.ts';

const NETWORK_REMEDY = text(
  'Check from this server that the address can be reached (DNS, firewall, WECOM_PROXY_URL); the next run tries again.',
  '请在服务器上检查能否访问该地址(DNS、防火墙、WECOM_PROXY_URL)；下次同步会自动重试。',
);
const CERTIFICATE_REMEDY = text(
  'Check the clock of this server, and whether a proxy breaks up TLS; add its certificate with NODE_EXTRA_CA_CERTS if it is yours.',
  '请检查服务器时间，以及是否有代理拦截 TLS；若为自有代理，请通过 NODE_EXTRA_CA_CERTS 添加其证书。',
);

/** What happened, by the code that Node gives it. Only these sentences leave: got's own carry the URL with the secret. */
const REASONS: Readonly<Record<string, Text>> = {
  ECONNREFUSED: text('the connection was refused', '连接被拒绝'),
  ECONNRESET: text('the connection was cut', '连接被中断'),
  EPIPE: text('the connection was cut', '连接被中断'),
  ERR_STREAM_PREMATURE_CLOSE: text('the answer broke off', '响应中途断开'),
  ENOTFOUND: text('the host name could not be resolved', '域名无法解析'),
  EAI_AGAIN: text('the host name could not be resolved at the moment', '域名暂时无法解析'),
  EHOSTUNREACH: text('the host is not reachable', '主机不可达'),
  ENETUNREACH: text('the network is not reachable', '网络不可达'),
  ETIMEDOUT: text('no answer in time', '等待响应超时'),
};

const isCertificateCode = (code: string): boolean =>
  /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$)/.test(code);

const unreachable = (reason: Text, place: string, remedy: Text): UnavailableError =>
  new UnavailableError(text(`${place}: ${reason.en}.`, `${place}:${reason.zh}。`), { remedy });

/** got's errors carry Node's code, a limit of ours that was reached ETIMEDOUT. */
const codeOf = (thrown: unknown): string => {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

/**
 * Says in our own words why a call got no answer.
 *
 * @param place host and endpoint path; never a query, which holds the secret
 */
export const translateTransportError = (thrown: unknown, place: string): SyncError => {
  const code = codeOf(thrown);
  if (isCertificateCode(code)) {
    return unreachable(text('the TLS connection failed', 'TLS 连接失败'), place, CERTIFICATE_REMEDY);
  }
  return unreachable(REASONS[code] ?? text('the call failed', '请求失败'), place, NETWORK_REMEDY);
};

/** What an HTTP status other than 200 means: WeCom sends 200 for every business error, so somebody else answered. */
export const statusError = (status: number, place: string): SyncError => {
  const message = text(`${place} answered with HTTP ${String(status)}.`, `${place} 返回 HTTP ${String(status)}。`);
  if (status >= 500 || status === 429 || status === 408) {
    return new UnavailableError(message, { remedy: NETWORK_REMEDY });
  }
  if (status === 407) {
    return new ConfigError(message, {
      remedy: text('The proxy wants a sign-in: check WECOM_PROXY_URL.', '代理需要认证：请检查 WECOM_PROXY_URL。'),
    });
  }
  return new ProtocolError(message, {
    remedy: text(
      'The base URL (host) does not lead to the WeCom API: check it, and any gateway in between.',
      'API 地址(host)没有指向企业微信接口：请检查该地址以及中间的网关。',
    ),
  });
};

export const notJson = (place: string): UnavailableError =>
  new UnavailableError(text(`${place} sent something that is not JSON.`, `${place} 返回的内容不是 JSON。`), {
    remedy: text(
      'A gateway or proxy seems to answer in the place of WeCom: check the base URL (host) and WECOM_PROXY_URL.',
      '似乎是网关或代理代替企业微信作出了应答：请检查 API 地址(host)和 WECOM_PROXY_URL。',
    ),
  });

const DIVIDE = text(
  'Divide the department into smaller ones, or check what answers at the base URL (host).',
  '请拆分过大的部门，或检查 API 地址(host)处的应答方。',
);

export const tooLarge = (place: string, maxBytes: number): ProtocolError =>
  new ProtocolError(
    text(
      `${place} sent more than ${String(Math.round(maxBytes / 1_048_576))} MiB; the rest was not read.`,
      `${place} 返回的数据超过 ${String(Math.round(maxBytes / 1_048_576))} MiB，未继续读取。`,
    ),
    { remedy: DIVIDE },
  );

export const tooManyValues = (place: string, most: number): ProtocolError =>
  new ProtocolError(
    text(
      `${place} sent more than ${String(most)} values in one answer; it was not read.`,
      `${place} 一次返回的数据项超过 ${String(most)} 个，未予读取。`,
    ),
    { remedy: DIVIDE },
  );

export const tooManyEntries = (endpoint: string, list: string, most: number): ProtocolError =>
  new ProtocolError(
    text(
      `${endpoint} answered with more than ${String(most)} entries in "${list}"; none was read.`,
      `${endpoint} 的列表“${list}”超过 ${String(most)} 项，未予读取。`,
    ),
    { remedy: DIVIDE },
  );

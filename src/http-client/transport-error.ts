import { ConfigError, ProtocolError, UnavailableError, type SyncError } from '../syncer/errors.ts';
import { text, type Text } from '../syncer/text.ts';

/** What to change when calls fail: only a connector knows the settings that lead to its vendor. */
export interface TransportAdvice {
  /** Nobody answers, or somebody who is busy. */
  readonly unreachable: Text;
  /** The proxy wants a sign-in. */
  readonly proxySignIn: Text;
  /** The message itself. */
  readonly proxyIsNoUrl: Text;
  /** Something else than the API answers. */
  readonly notTheApi: Text;
  /** What answers sends no JSON. */
  readonly notJson: Text;
  /** One answer is too long. */
  readonly tooLarge: Text;
}

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

/** got's errors carry Node's code, a limit of ours that was reached ETIMEDOUT. */
const codeOf = (thrown: unknown): string => {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

/** What happened, in our own words; got's carry the address. */
export const reasonOf = (thrown: unknown): Text => {
  const code = codeOf(thrown);
  if (isCertificateCode(code)) return text('the TLS connection failed', 'TLS 连接失败');
  return REASONS[code] ?? text('the call failed', '请求失败');
};

/**
 * Says in our own words why a call got no answer.
 *
 * @param place host and endpoint path; never a query, which holds the secret
 */
export const translateTransportError = (thrown: unknown, place: string, advice: TransportAdvice): SyncError => {
  const reason = reasonOf(thrown);
  return new UnavailableError(text(`${place}: ${reason.en}.`, `${place}:${reason.zh}。`), {
    remedy: isCertificateCode(codeOf(thrown)) ? CERTIFICATE_REMEDY : advice.unreachable,
  });
};

/** What an HTTP status other than 200 means, where the API itself sends 200 with every error of its own. */
export const statusError = (status: number, place: string, advice: TransportAdvice): SyncError => {
  const message = text(`${place} answered with HTTP ${String(status)}.`, `${place} 返回 HTTP ${String(status)}。`);
  if (status >= 500 || status === 429 || status === 408) {
    return new UnavailableError(message, { remedy: advice.unreachable });
  }
  if (status === 407) return new ConfigError(message, { remedy: advice.proxySignIn });
  return new ProtocolError(message, { remedy: advice.notTheApi });
};

export const notJson = (place: string, advice: TransportAdvice): UnavailableError =>
  new UnavailableError(text(`${place} sent something that is not JSON.`, `${place} 返回的内容不是 JSON。`), {
    remedy: advice.notJson,
  });

export const tooLarge = (place: string, maxBytes: number, advice: TransportAdvice): ProtocolError =>
  new ProtocolError(
    text(
      `${place} sent more than ${String(Math.round(maxBytes / 1_048_576))} MiB; the rest was not read.`,
      `${place} 返回的数据超过 ${String(Math.round(maxBytes / 1_048_576))} MiB，未继续读取。`,
    ),
    { remedy: advice.tooLarge },
  );

export const tooManyValues = (place: string, most: number, advice: TransportAdvice): ProtocolError =>
  new ProtocolError(
    text(
      `${place} sent more than ${String(most)} values in one answer; it was not read.`,
      `${place} 一次返回的数据项超过 ${String(most)} 个，未予读取。`,
    ),
    { remedy: advice.tooLarge },
  );

export const tooDeep = (place: string, most: number, advice: TransportAdvice): ProtocolError =>
  new ProtocolError(
    text(
      `${place} sent values nested more than ${String(most)} deep; the answer was not read.`,
      `${place} 返回的数据嵌套超过 ${String(most)} 层，未予读取。`,
    ),
    { remedy: advice.tooLarge },
  );

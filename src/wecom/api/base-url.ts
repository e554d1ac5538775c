import { ConfigError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';

const refuse = (en: string, zh: string): ConfigError =>
  new ConfigError(text(`Base URL (host): ${en}`, `API 地址(host)：${zh}`));

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };

const hostAndPort = (url: URL): string => `${url.hostname}:${url.port || (DEFAULT_PORTS[url.protocol] ?? '')}`;

const names = (allowed: string, url: URL): boolean =>
  allowed === hostAndPort(url) || (url.port === '' && allowed === url.hostname);

/** What stands before a host that may be spoken to without encryption. */
const UNENCRYPTED = /^http:\/\//;

/** Characters; what is longer is no address that anybody typed, and looking at its end takes the square of its length. */
const LONGEST = 2_000;

const parse = (entered: string): URL => {
  if (entered.length > LONGEST) throw refuse('this is longer than any address.', '长度超过任何有效的地址。');
  const spelt = /^[a-z][a-z\d+.-]*:\/\//i.test(entered) ? entered : `https://${entered}`;
  let url: URL;
  try {
    url = new URL(spelt);
  } catch {
    throw refuse(
      'this is not a URL; leave it empty for WeCom itself.',
      '不是有效的 URL；使用企业微信官方地址时请留空。',
    );
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refuse('only https:// and http:// are possible.', '只支持 https:// 和 http://。');
  }
  if (url.username || url.password || url.search || url.hash) {
    throw refuse('it must not hold credentials, a query or a fragment.', '不能包含账号密码、查询参数或片段。');
  }
  return url;
};

/** How WeCom is reached from this server; the operator's choice, the same for every syncer. */
export interface WeComConnection {
  /** Where a syncer names no base URL of its own. Default: WeCom itself. */
  readonly baseUrl?: string;
  /**
   * `host[:port]` values that a syncer's own base URL may name over https; with `http://` before one, over http too.
   * Default: the host of `baseUrl`.
   */
  readonly allowedHosts?: readonly string[];
  readonly proxyUrl?: string;
  /** Where browsers find WeCom's page on which members agree. Default: WeCom itself. */
  readonly oauthUrl?: string;
  /** Calls in flight per syncer, at most. Default: what the host gives to every connector. */
  readonly concurrency?: number;
}

export const WECOM_API = 'https://qyapi.weixin.qq.com';

/**
 * The address that endpoints are appended to, without a slash at its end.
 *
 * @param entered the syncer's own base URL; empty = the one that the operator of the server chose
 * @throws ConfigError when it names a host that is not allowed: a corp secret is sent there; or when it is http:// and
 * the operator did not say so: whoever is on the way could read the secret, and answer instead of WeCom
 */
export const resolveBaseUrl = (entered: string, connection: WeComConnection): string => {
  const { baseUrl = WECOM_API } = connection;
  const url = parse(entered || baseUrl);
  if (entered) {
    const byDefault = new URL(baseUrl);
    checkAllowed(url, byDefault, connection.allowedHosts ?? [byDefault.host]);
  }
  // People paste the address with the part that every endpoint begins with.
  const prefix = url.pathname.replace(/\/+$/, '').replace(/\/cgi-bin$/, '');
  return `${url.origin}${prefix}/cgi-bin`;
};

function checkAllowed(url: URL, byDefault: URL, allowedHosts: readonly string[]): void {
  const naming = allowedHosts
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => names(entry.replace(UNENCRYPTED, ''), url));
  if (naming.length === 0) {
    throw refuse(
      `${url.host} is not allowed; the operator of this server can add it to WECOM_ALLOWED_HOSTS.`,
      `不允许访问 ${url.host}；服务器运维人员可将其加入 WECOM_ALLOWED_HOSTS。`,
    );
  }
  if (url.protocol !== 'http:' || naming.some((entry) => UNENCRYPTED.test(entry))) return;
  if (byDefault.protocol === 'http:' && hostAndPort(byDefault) === hostAndPort(url)) return;
  throw refuse(
    `http:// would show the secrets to everybody on the way; use https://, or the operator of this server can add http://${url.host} to WECOM_ALLOWED_HOSTS.`,
    `http:// 会让途经的任何人看到密钥；请改用 https://，或由服务器运维人员将 http://${url.host} 加入 WECOM_ALLOWED_HOSTS。`,
  );
}

import {
  ConfigError,
  CredentialsError,
  NetworkPolicyError,
  NotFoundError,
  PermissionError,
  ProtocolError,
  RateLimitError,
  UnavailableError,
  type SyncError,
} from '../../syncer/errors.ts';
import { text, type Text } from '../../syncer/text.ts';
import { parseErrmsg } from './errmsg.ts';
import { ERROR_CODES, lookUpUrl, withGuide, type ErrorCode } from './error-codes.ts';

/** The hour limit is the shortest that outlasts the pause of a minute (doc 90312). */
const HOUR = 3_600_000;

const unknownCode = (errcode: number, endpoint: string, errmsg: string): ProtocolError => {
  const link = lookUpUrl(errcode);
  return new ProtocolError(
    text(
      `WeCom answered ${endpoint} with error ${String(errcode)}: ${errmsg}`,
      `企业微信接口 ${endpoint} 返回错误 ${String(errcode)}：${errmsg}`,
    ),
    { vendorCode: errcode, remedy: text(`Look the code up at ${link}`, `请在 ${link} 查询该错误码。`) },
  );
};

const known = (entry: ErrorCode, message: Text, vendorCode: number, fromIp: string | undefined): SyncError => {
  const options = { vendorCode, remedy: withGuide(entry.remedy, vendorCode) };
  switch (entry.kind) {
    case 'config':
      return new ConfigError(message, options);
    case 'credentials':
      return new CredentialsError(message, options);
    case 'permission':
      return new PermissionError(message, options);
    case 'network':
      return new NetworkPolicyError(message, fromIp ? { ...options, egressIp: fromIp } : options);
    case 'rate':
      return new RateLimitError(message, { ...options, retryAfterMs: entry.retry === 'pause' ? HOUR : 60_000 });
    case 'unavailable':
      return new UnavailableError(message, options);
    case 'missing':
      return new NotFoundError(message, options);
    case 'consent':
    case 'protocol':
      return new ProtocolError(message, options);
  }
};

/**
 * The error that a business code stands for.
 *
 * @param errmsg scrubbed of secrets by the caller
 */
export const apiError = (errcode: number, errmsg: string, endpoint: string): SyncError => {
  const said = parseErrmsg(errmsg);
  const entry = ERROR_CODES.get(errcode);
  if (!entry) return unknownCode(errcode, endpoint, said.text);
  const address = entry.kind === 'network' && said.fromIp;
  const hint = said.hint ? `[${said.hint}]` : '';
  const message = text(
    `WeCom answered ${endpoint} with error ${String(errcode)}: ${entry.meaning.en}${address ? ` (${address})` : ''}.${hint && ` ${hint}`}`,
    `企业微信接口 ${endpoint} 返回错误 ${String(errcode)}：${entry.meaning.zh}${address ? `(${address})` : ''}。${hint}`,
  );
  return known(entry, message, errcode, said.fromIp);
};

/**
 * What WeCom's `errmsg` holds, for display only: the text may change at any time (doc 90664), so nothing branches on
 * it. Each part may be missing, and a blank may stand before a comma (60011).
 */
export interface Errmsg {
  /** Without control characters, at most 200 characters. */
  readonly text: string;
  /** What WeCom's support asks for. */
  readonly hint?: string;
  /** Our address as WeCom saw it. */
  readonly fromIp?: string;
}

const FROM_IP = /from ip:\s*([0-9A-Fa-f.:]+)/;
const HINT = /hint:\s*\[([^\]]+)\]/;
const CONTROL = /[\p{Cc}\p{Surrogate}]+/gu;

export const parseErrmsg = (errmsg: string): Errmsg => {
  const text = errmsg.replace(CONTROL, ' ').trim().slice(0, 200);
  const hint = HINT.exec(errmsg)?.[1]?.replace(CONTROL, ' ').trim().slice(0, 80);
  const fromIp = FROM_IP.exec(errmsg)?.[1]?.slice(0, 45);
  return { text, ...(hint ? { hint } : {}), ...(fromIp ? { fromIp } : {}) };
};

const CREDENTIAL_PARAMETER = /\b(access_token|corpsecret)=[^&\s"']*/gi;

/** A gateway may quote the URL that it could not serve; what it quotes must not carry a secret into our messages. */
export const scrub = (text: string, secrets: readonly string[]): string => {
  let scrubbed = text.replace(CREDENTIAL_PARAMETER, '$1=***');
  for (const secret of secrets) {
    if (secret.length === 0) continue;
    scrubbed = scrubbed.replaceAll(secret, '***').replaceAll(encodeURIComponent(secret), '***');
  }
  return scrubbed;
};

import { withoutControl } from '../../syncer/characters.ts';
import { MASK } from '../../syncer/definition.ts';
import { present } from '../../syncer/present.ts';

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

/** WeCom's longest texts have some two hundred characters. Whoever answers in its place may send megabytes. */
const MOST_SEARCHED = 1_000;
/** More than is searched, so that a secret which is cut in two here ends outside of what is shown. */
const MOST_SCRUBBED = 8 * MOST_SEARCHED;

export const parseErrmsg = (errmsg: string): Errmsg => {
  // Cut first: a search for a bracket that never closes starts anew at every "hint:".
  const searched = errmsg.slice(0, MOST_SEARCHED);
  const text = withoutControl(searched).trim().slice(0, 200);
  const hint = withoutControl(HINT.exec(searched)?.[1] ?? '')
    .trim()
    .slice(0, 80);
  const fromIp = FROM_IP.exec(searched)?.[1]?.slice(0, 45);
  return { text, ...present({ hint: hint || undefined, fromIp }) };
};

const CREDENTIAL_PARAMETER = /\b(access_token|corpsecret)=[^&\s"']*/gi;

/**
 * A gateway may quote the URL that it could not serve; what it quotes must not carry a secret into our messages.
 *
 * @returns the beginning of the text, which is all that `parseErrmsg` looks at
 */
export const scrub = (text: string, secrets: readonly string[]): string => {
  let scrubbed = text.slice(0, MOST_SCRUBBED).replace(CREDENTIAL_PARAMETER, '$1=***');
  for (const secret of secrets) {
    if (secret.length === 0) continue;
    scrubbed = scrubbed.replaceAll(secret, MASK).replaceAll(encodeURIComponent(secret), MASK);
  }
  return scrubbed.slice(0, MOST_SEARCHED);
};

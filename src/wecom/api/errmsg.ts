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
  const isCut = text.length > MOST_SCRUBBED;
  let scrubbed = text.slice(0, MOST_SCRUBBED);
  // Before the parameters: of one that is broken by a blank, half would be left.
  for (const secret of secrets.flatMap((one) => [one, encodeURIComponent(one)])) {
    scrubbed = withoutSecret(scrubbed, secret, isCut);
  }
  return scrubbed.replace(CREDENTIAL_PARAMETER, '$1=***').slice(0, MOST_SEARCHED);
};

/** What may stand inside a secret that a gateway wraps: it is left out of what is shown, or shown as a blank. */
const BREAK = /[\s\p{C}]/u;

/** A text without blanks and control characters, and where each of its characters stands in it. */
function compact(text: string): { readonly letters: string; readonly places: readonly number[] } {
  const places = [...Array(text.length).keys()].filter((at) => !BREAK.test(text.charAt(at)));
  return { letters: places.map((at) => text.charAt(at)).join(''), places };
}

/** @param isCut the text goes on, and may end in the middle of the secret */
function withoutSecret(text: string, secret: string, isCut: boolean): string {
  const wanted = compact(secret).letters;
  if (wanted === '') return text;
  const { letters, places } = compact(text);
  let scrubbed = '';
  let from = 0;
  for (let at = letters.indexOf(wanted); at >= 0; at = letters.indexOf(wanted, at + wanted.length)) {
    scrubbed += text.slice(from, places[at]) + MASK;
    from = (places[at + wanted.length - 1] ?? 0) + 1;
  }
  return scrubbed + text.slice(from, isCut ? Math.max(from, beginningAt(wanted, letters, places)) : text.length);
}

/** Where the text ends in a beginning of the secret; where it does not, its end. */
function beginningAt(secret: string, letters: string, places: readonly number[]): number {
  for (let length = Math.min(secret.length, letters.length); length > 0; length -= 1) {
    if (letters.endsWith(secret.slice(0, length))) return places[letters.length - length] ?? 0;
  }
  return Infinity;
}

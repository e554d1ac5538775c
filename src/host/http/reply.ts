import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

/** Writes after the head for as long as it likes; resolves when it has ended. */
export type Live = (response: ServerResponse) => Promise<void>;

export type Content = string | Buffer | Readable | Live;

/** What goes back, whichever server sends it. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly content: Content;
}

export const JSON_TYPE = 'application/json; charset=utf-8';

/** The answer of a call that is no envelope. */
export class PlainReply {
  readonly type: string;
  readonly content: Content;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    type: string,
    content: Content,
    { status = 200, headers = {} }: Partial<Pick<PlainReply, 'status' | 'headers'>> = {},
  ) {
    this.type = type;
    this.content = content;
    this.status = status;
    this.headers = headers;
  }
}

export interface CookieOptions {
  readonly path: string;
  readonly secure: boolean;
  /** Absent: until the browser closes; 0: it goes now. */
  readonly maxAge?: number;
}

/**
 * A `Set-Cookie` line; no script reads what it sets, and no other site sends it along.
 *
 * @param value of what may stand in a cookie as it is
 */
export function setCookie(name: string, value: string, { path, secure, maxAge }: CookieOptions): string {
  const parts = [`${name}=${value}`, `Path=${path}`, 'HttpOnly', 'SameSite=Lax'];
  if (maxAge !== undefined) parts.push(`Max-Age=${maxAge}`);
  if (maxAge === 0) parts.push('Expires=Thu, 01 Jan 1970 00:00:00 GMT');
  if (secure) parts.push('Secure');
  return parts.join('; ');
}

/**
 * Nothing but what the host itself serves is loaded, and nobody frames it. The Syncers tab comes with a policy of its
 * own (static-page.ts).
 */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
} as const;

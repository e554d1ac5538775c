import { randomBytes } from 'node:crypto';

/** What a member may be asked for beside who he is: `snsapi_privateinfo` is agreed to by hand, `snsapi_base` in silence (doc 91022). */
export const SCOPES = ['snsapi_base', 'snsapi_privateinfo'] as const;
export type SignInScope = (typeof SCOPES)[number];

/** What a member may agree to give an app, one by one (doc 95833). */
export const PRIVATE_FIELDS = ['gender', 'avatar', 'qr_code', 'mobile', 'email', 'biz_mail', 'address'] as const;
export type PrivateField = (typeof PRIVATE_FIELDS)[number];

/** Somebody on the way from WeCom into an app. */
export interface Visit {
  /** Of a linked corp: `CorpId/userid`. "": somebody of WeChat's. */
  readonly userid: string;
  readonly scope: SignInScope;
  readonly fields: readonly PrivateField[];
  /** Of the app that he goes to. */
  readonly agentId: number;
}

interface Kept<T> {
  readonly value: T;
  readonly expiresAt: number;
  isUsed: boolean;
}

/** So long somebody may take to come back from WeCom (doc 91022). */
const CODE_LIFETIME_MS = 5 * 60_000;
/** `expires_in` of a member's ticket, seconds (doc 91023). */
export const TICKET_LIFETIME = 1800;

/** The codes of members on their way into an app, and the tickets for what they agreed to. */
export class SignIns {
  readonly #codes = new Map<string, Kept<Visit>>();
  readonly #tickets = new Map<string, Kept<Visit>>();

  /** What WeCom sends somebody back to the app with. */
  issueCode(visit: Visit): string {
    return keep(this.#codes, visit, CODE_LIFETIME_MS);
  }

  /** Whose code it is; each is good once, and for the app that it was given to alone. */
  redeemCode(code: string, agentId: number): Visit | undefined {
    const visit = take(this.#codes, code);
    return typeof visit === 'string' || visit.agentId !== agentId ? undefined : visit;
  }

  issueTicket(visit: Visit): string {
    return keep(this.#tickets, visit, TICKET_LIFETIME * 1000);
  }

  /** What a ticket stands for, once; else the code that refuses it. */
  redeemTicket(ticket: string, agentId: number): Visit | 84014 | 84015 {
    const visit = take(this.#tickets, ticket);
    if (visit === 'expired' || visit === 'used') return 84014;
    return visit === 'unknown' || visit.agentId !== agentId ? 84015 : visit;
  }
}

function keep<T>(among: Map<string, Kept<T>>, value: T, lifetimeMs: number): string {
  const key = randomBytes(32).toString('base64url');
  among.set(key, { value, expiresAt: Date.now() + lifetimeMs, isUsed: false });
  return key;
}

/** What was used is remembered, for WeCom tells it from what never was. */
function take<T>(among: Map<string, Kept<T>>, key: string): T | 'unknown' | 'used' | 'expired' {
  const known = among.get(key);
  if (known === undefined) return 'unknown';
  if (known.isUsed) return 'used';
  if (known.expiresAt <= Date.now()) return 'expired';
  known.isUsed = true;
  return known.value;
}

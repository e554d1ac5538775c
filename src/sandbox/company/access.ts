import { createHash, randomBytes } from 'node:crypto';

/** The two secrets of a corp: that of its self-built app, and that of the Sync of Contacts. */
export type CredentialKind = 'app' | 'contacts';

/** What an administrator or WeCom decided about the credentials. */
export interface AccessRules {
  /** The app was made after 2022-06-20 20:00: no mobile, email, biz_mail, avatar, gender, qr_code, address. */
  withheld: boolean;
  /** A new address reads only ids with the contacts secret since 2022-08-15 (doc 96079). */
  contactsIp: 'new' | 'old';
  appEnabled: boolean;
}

interface Token {
  readonly kind: CredentialKind;
  readonly expiresAt: number;
  revoked: boolean;
  expired: boolean;
}

/** So long somebody may take to come back from WeCom (doc 91022). */
const CODE_LIFETIME_MS = 5 * 60_000;

/** Corp id, secrets and the tokens that were given out for them, and the codes of members on their way into an app. */
export class Access {
  readonly corpId: string;
  readonly appSecret: string;
  readonly contactsSecret: string;
  readonly agentId: number;
  readonly rules: AccessRules = { withheld: false, contactsIp: 'new', appEnabled: true };
  readonly #tokens = new Map<string, Token>();
  readonly #current = new Map<CredentialKind, string>();
  readonly #codes = new Map<string, { readonly userid: string; readonly expiresAt: number }>();

  constructor(seed: number) {
    this.corpId = `ww${createHash('sha256').update(`corp ${seed}`).digest('hex').slice(0, 16)}`;
    this.appSecret = secretFor(`app ${seed}`);
    this.contactsSecret = secretFor(`contacts ${seed}`);
    this.agentId = 1_000_002 + (seed % 1000);
  }

  kindOf(secret: string): CredentialKind | undefined {
    if (secret === this.appSecret) return 'app';
    return secret === this.contactsSecret ? 'contacts' : undefined;
  }

  /** The same token while it is valid, as the documentation used to promise. */
  issue(kind: CredentialKind, lifetimeSeconds: number): { readonly token: string; readonly expiresIn: number } {
    const now = Date.now();
    const current = this.#current.get(kind);
    const known = current === undefined ? undefined : this.#tokens.get(current);
    if (current !== undefined && known !== undefined && stateOf(known, now) === 'valid') {
      return { token: current, expiresIn: Math.ceil((known.expiresAt - now) / 1000) };
    }
    const token = randomBytes(160).toString('base64url');
    this.#tokens.set(token, { kind, expiresAt: now + lifetimeSeconds * 1000, revoked: false, expired: false });
    this.#current.set(kind, token);
    return { token, expiresIn: lifetimeSeconds };
  }

  /** Whose token it is, or the code that refuses it. */
  check(token: string | undefined): CredentialKind | 41001 | 40014 | 42001 {
    if (token === undefined || token === '') return 41001;
    const known = this.#tokens.get(token);
    if (known === undefined) return 40014;
    const state = stateOf(known, Date.now());
    return state === 'valid' ? known.kind : state === 'expired' ? 42001 : 40014;
  }

  /** What WeCom sends a member back to the app with. */
  issueCode(userid: string): string {
    const code = randomBytes(32).toString('base64url');
    this.#codes.set(code, { userid, expiresAt: Date.now() + CODE_LIFETIME_MS });
    return code;
  }

  /** Whose code it is; each is good once. */
  redeemCode(code: string): string | undefined {
    const known = this.#codes.get(code);
    this.#codes.delete(code);
    return known !== undefined && known.expiresAt > Date.now() ? known.userid : undefined;
  }

  expireTokens(): void {
    for (const token of this.#tokens.values()) token.expired = true;
  }

  revokeTokens(): void {
    for (const token of this.#tokens.values()) token.revoked = true;
  }
}

function stateOf(token: Token, now: number): 'valid' | 'expired' | 'revoked' {
  if (token.revoked) return 'revoked';
  return token.expired || token.expiresAt <= now ? 'expired' : 'valid';
}

/** 43 characters, as WeCom's secrets are: 32 bytes in base64url. */
function secretFor(purpose: string): string {
  return createHash('sha256').update(purpose).digest('base64url');
}

import { createHash, randomBytes } from 'node:crypto';
import { SignIns } from './sign-ins.ts';

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

/** Corp id, secrets and the tokens that were given out for them, and the members on their way into the app. */
export class Access {
  readonly corpId: string;
  readonly appSecret: string;
  readonly contactsSecret: string;
  readonly agentId: number;
  readonly rules: AccessRules = { withheld: false, contactsIp: 'new', appEnabled: true };
  readonly #tokens = new Map<string, Token>();
  readonly #current = new Map<CredentialKind, string>();
  readonly signIns = new SignIns();
  /** Host, with its port or without, to which members are sent back (可信域名); "" = nobody set one. */
  trustedDomain = '127.0.0.1';

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

  /** Whether members may be sent back to this address; without one nobody is (50001). */
  trusts(address: string): boolean {
    if (!URL.canParse(address)) return false;
    const { protocol, host, hostname } = new URL(address);
    if (protocol !== 'http:' && protocol !== 'https:') return false;
    return this.trustedDomain !== '' && [host, hostname].includes(this.trustedDomain);
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

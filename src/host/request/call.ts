import type { Text } from '../../syncer/text.ts';
import type { Actor } from '../../service/audit/audit-log.ts';
import { actorOf, type Caller } from '../auth/caller.ts';
import { cookieIn, type Incoming } from '../http/incoming.ts';
import { languageOf, sentence, type Language } from '../http/language.ts';
import { objectIn, textIn, type Query } from '../http/query.ts';
import { setCookie, type CookieOptions } from '../http/reply.ts';

/** Filled in by whoever sent the request, in a path such as `/api/wecom-callback/:organization/:name`. */
export type Places = Readonly<Record<string, string>>;

/** One request, as routes see it. */
export class Call {
  readonly caller: Caller;
  readonly language: Language;
  /** Where it comes from. */
  readonly address: string;
  readonly request: Incoming;
  readonly query: Query;
  readonly places: Places;
  /** As it came in: an object, a list, a text, nothing. */
  readonly sent: unknown;
  readonly #cookies: string[] = [];

  constructor(request: Incoming, places: Places, caller: Caller, sent: unknown) {
    this.request = request;
    this.places = places;
    this.caller = caller;
    this.sent = sent;
    this.query = request.query;
    this.language = languageOf(request.headers['accept-language']);
    this.address = request.address;
  }

  /** Who answers for what it does. */
  get actor(): Actor {
    return actorOf(this.caller, this.address);
  }

  /** @throws Refusal when the body is no object */
  get body(): Readonly<Record<string, unknown>> {
    return objectIn(this.sent);
  }

  /** For calls that need no body; one that is no object counts as none. */
  get bodyIfAny(): Readonly<Record<string, unknown>> {
    const { sent } = this;
    return typeof sent === 'object' && sent !== null && !Array.isArray(sent) ? (sent as Record<string, unknown>) : {};
  }

  text(name: string): string {
    return textIn(this.query, name);
  }

  say(message: Text): string {
    return sentence(this.language, message);
  }

  cookie(name: string): string | undefined {
    return cookieIn(this.request, name);
  }

  /** Goes along with whatever is answered. */
  setCookie(name: string, value: string, options: CookieOptions): void {
    this.#cookies.push(setCookie(name, value, options));
  }

  /** `Set-Cookie` lines. */
  get cookies(): string[] {
    return [...this.#cookies];
  }
}

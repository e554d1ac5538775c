import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Text } from '../syncer/text.ts';
import { mustAdminister } from './auth/authorize.ts';
import { confinedTo, type Caller } from './auth/caller.ts';
import { languageOf, sentence, type Language } from './language.ts';
import { objectIn, textIn, type Query } from './query.ts';

/** One request, as routes see it. */
export class Call {
  readonly caller: Caller;
  readonly language: Language;
  /** Where it comes from. */
  readonly address: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  #entered = false;

  constructor(request: FastifyRequest, reply: FastifyReply, caller: Caller) {
    this.request = request;
    this.reply = reply;
    this.caller = caller;
    this.language = languageOf(request.headers['accept-language']);
    this.address = request.ip;
  }

  get query(): Query {
    return this.request.query as Query;
  }

  /** @throws Refusal when the body is no object */
  get body(): Readonly<Record<string, unknown>> {
    return objectIn(this.request.body);
  }

  /** True once the call named the organization that it touches. */
  get entered(): boolean {
    return this.#entered;
  }

  /**
   * Says which organization the call touches.
   *
   * @throws Unauthorized unless the caller administers it
   */
  enter(organization: string): void {
    mustAdminister(this.caller, organization);
    this.#entered = true;
  }

  /**
   * For calls that may name no organization: global callers then touch all (undefined), others their own.
   *
   * @throws Unauthorized when one is named that the caller does not administer
   */
  enterOptional(organization: string): string | undefined {
    if (organization !== '') {
      this.enter(organization);
      return organization;
    }
    const own = confinedTo(this.caller);
    this.#entered = true;
    return own;
  }

  text(name: string): string {
    return textIn(this.query, name);
  }

  say(message: Text): string {
    return sentence(this.language, message);
  }
}

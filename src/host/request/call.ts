import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Text } from '../../syncer/text.ts';
import { clientAddress } from '../auth/address.ts';
import type { Caller } from '../auth/caller.ts';
import { languageOf, sentence, type Language } from '../http/language.ts';
import { objectIn, textIn, type Query } from '../http/query.ts';

/** One request, as routes see it. */
export class Call {
  readonly caller: Caller;
  readonly language: Language;
  /** Where it comes from. */
  readonly address: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;

  constructor(request: FastifyRequest, reply: FastifyReply, caller: Caller) {
    this.request = request;
    this.reply = reply;
    this.caller = caller;
    this.language = languageOf(request.headers['accept-language']);
    this.address = clientAddress(request);
  }

  get query(): Query {
    return this.request.query as Query;
  }

  /** @throws Refusal when the body is no object */
  get body(): Readonly<Record<string, unknown>> {
    return objectIn(this.request.body);
  }

  /** For calls that need no body; one that is no object counts as none. */
  get bodyIfAny(): Readonly<Record<string, unknown>> {
    const { body } = this.request;
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {};
  }

  text(name: string): string {
    return textIn(this.query, name);
  }

  say(message: Text): string {
    return sentence(this.language, message);
  }
}

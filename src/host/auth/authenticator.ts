import type { FastifyRequest } from 'fastify';
import { textIn, type Query } from '../http/query.ts';
import type { Settings } from '../settings.ts';
import { ANONYMOUS, type Caller } from './caller.ts';
import { callerByBasic, callerByQuery } from './credentials.ts';
import { SESSION_COOKIE, type Sessions } from './session.ts';

/** Finds out who asks: the first proof that applies, then the session. */
export class Authenticator {
  readonly #credential: Settings['credential'];
  readonly #sessions: Sessions;

  constructor(credential: Settings['credential'], sessions: Sessions) {
    this.#credential = credential;
    this.#sessions = sessions;
  }

  /** @throws Refusal for a wrong credential in the query */
  async callerOf(request: FastifyRequest): Promise<Caller> {
    const query = request.query as Query;
    return (
      callerByBasic(request.headers.authorization, this.#credential) ??
      callerByQuery(textIn(query, 'clientId'), textIn(query, 'clientSecret'), this.#credential) ??
      (await this.#sessions.callerBy(request.cookies[SESSION_COOKIE])) ??
      ANONYMOUS
    );
  }
}

import { parse } from 'node:querystring';
import { cookieIn, queryOf, type Incoming } from '../http/incoming.ts';
import { textIn } from '../http/query.ts';
import type { Settings } from '../settings.ts';
import { ANONYMOUS, type Caller, type CallerSource } from './caller.ts';
import { callerByBasic, callerByQuery } from './credentials.ts';
import type { IamSignIn } from './iam-sign-in.ts';
import { SESSION_COOKIE, type Sessions } from './session.ts';

/** By our own sign-in: the first proof that applies, then the session. */
export class Authenticator implements CallerSource {
  readonly #credential: Settings['credential'];
  readonly #sessions: Sessions;
  readonly #iam: IamSignIn | undefined;

  /** @param iam set: it says who is signed in, and sessions of our own count for nothing */
  constructor(credential: Settings['credential'], sessions: Sessions, iam?: IamSignIn) {
    this.#credential = credential;
    this.#sessions = sessions;
    this.#iam = iam;
  }

  /** @throws Refusal for a wrong credential in the query */
  async callerOf(request: Incoming): Promise<Caller> {
    const query = parse(queryOf(request.url));
    return (
      (await this.#iam?.callerByToken(request)) ??
      callerByBasic(request.headers.authorization, this.#credential) ??
      callerByQuery(textIn(query, 'clientId'), textIn(query, 'clientSecret'), this.#credential) ??
      (await this.#bySession(request)) ??
      ANONYMOUS
    );
  }

  #bySession(request: Incoming): Promise<Caller | undefined> {
    return this.#iam ? this.#iam.callerByCookie(request) : this.#sessions.callerBy(cookieIn(request, SESSION_COOKIE));
  }
}

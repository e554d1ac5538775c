import { Refusal } from '../../service/refusal.ts';
import { text } from '../../syncer/text.ts';
import { cookieIn, pathOf, type Incoming } from '../http/incoming.ts';
import { textIn } from '../http/query.ts';
import type { Settings } from '../settings.ts';
import { ANONYMOUS, type Caller, type CallerSource } from './caller.ts';
import { callerByBasic, callerByQuery } from './credentials.ts';
import { tokenIn, type IamSignIn } from './iam-sign-in.ts';
import { SESSION_COOKIE, type Sessions } from './session.ts';

/** In Casdoor's words; another proof beside it does not make up for it there, either. */
const NO_TOKEN = text("Access token doesn't exist in database", '访问令牌不存在');

/** All else is for everybody; metrics are often fetched with a token that is meant for somebody else. */
const isCall = ({ url }: Incoming): boolean => pathOf(url).startsWith('/api/');

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

  /** @throws Refusal for a wrong credential in the query, and for a token: this host issues none */
  async callerOf(request: Incoming): Promise<Caller> {
    if (!isCall(request)) return ANONYMOUS;
    if (!this.#iam && tokenIn(request) !== undefined) throw new Refusal(NO_TOKEN);
    const { query } = request;
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

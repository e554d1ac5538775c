import type { IamCredential } from '../../service/iam/iam-accounts.ts';
import type { RememberedAccounts } from '../../service/iam/remembered-accounts.ts';
import { cookieIn, type Incoming } from '../http/incoming.ts';
import { textIn } from '../http/query.ts';
import { networkOf } from './address.ts';
import { AttemptWindow } from '../../service/limits/attempt-window.ts';
import { ANONYMOUS, type Caller } from './caller.ts';

/** Each question about a stranger makes Casdoor create a session, so one address asks about so many in a second. */
const MOST_STRANGERS = 20;
const SECOND_MS = 1_000;

/** What may stand in a header; longer ones come in no request. */
const SENDABLE = /^[\x21-\x7e]+$/;

/** Whoever the IAM beside us says is signed in. */
export class IamSignIn {
  readonly #accounts: RememberedAccounts;
  readonly #cookie: string;
  readonly #strangers = new AttemptWindow(MOST_STRANGERS, SECOND_MS);

  /** @param cookie the name of the IAM's session cookie */
  constructor(accounts: RememberedAccounts, cookie: string) {
    this.#accounts = accounts;
    this.#cookie = cookie;
  }

  /** Undefined: the request brings no token. One that stands for nobody is not made up for by another proof. */
  async callerByToken(request: Incoming): Promise<Caller | undefined> {
    const token = tokenIn(request);
    return token === undefined ? undefined : this.#callerBy(request, { kind: 'token', value: token });
  }

  /** Whoever the cookie stands for; nobody without one, and without a question. */
  async callerByCookie(request: Incoming): Promise<Caller> {
    const value = cookieIn(request, this.#cookie);
    return value === undefined ? ANONYMOUS : this.#callerBy(request, { kind: 'cookie', value });
  }

  async #callerBy(request: Incoming, credential: IamCredential): Promise<Caller> {
    if (!SENDABLE.test(credential.value)) return ANONYMOUS;
    const mayAsk = (): boolean => {
      const network = networkOf(request.address);
      if (this.#strangers.waitMs(network) > 0) return false;
      this.#strangers.add(network);
      return true;
    };
    const account = await this.#accounts.accountOf(credential, mayAsk);
    return account ? { kind: 'user', ...account, byCookie: credential.kind === 'cookie' } : ANONYMOUS;
  }
}

/** As Casdoor takes them: in the header, else in the query under either name. */
export function tokenIn({ headers, query }: Incoming): string | undefined {
  const inHeader = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const inQuery = textIn(query, 'accessToken') || textIn(query, 'access_token');
  return inHeader ?? (inQuery === '' ? undefined : inQuery);
}

import { createHash } from 'node:crypto';
import type { IamAccount, IamAccounts, IamCredential } from './iam-accounts.ts';

/** Whoever is signed out or demoted there is so here after this time at the latest. */
const ACCOUNT_MS = 30_000;
/** Who signs in there keeps the cookie that was refused a moment before. */
const REFUSAL_MS = 2_000;
const MOST_REMEMBERED = 10_000;

interface Remembered {
  /** Undefined: nobody. */
  readonly account: IamAccount | undefined;
  readonly until: number;
}

/** Whom the IAM says that somebody is, without asking for each of his calls. */
export class RememberedAccounts {
  readonly #accounts: Pick<IamAccounts, 'accountOf'>;
  readonly #now: () => number;
  /** By a digest of the credential, the longest unasked first: what lies in memory signs nobody in. */
  readonly #remembered = new Map<string, Remembered>();
  readonly #asking = new Map<string, Promise<IamAccount | undefined>>();

  /** @param now milliseconds of a clock that never jumps */
  constructor(accounts: Pick<IamAccounts, 'accountOf'>, now: () => number = () => performance.now()) {
    this.#accounts = accounts;
    this.#now = now;
  }

  /**
   * @param mayAsk called before the IAM is asked about a credential that it never said an account of
   * @returns undefined for nobody
   */
  async accountOf(credential: IamCredential, mayAsk: () => boolean): Promise<IamAccount | undefined> {
    const key = createHash('sha256').update(`${credential.kind} ${credential.value}`).digest('base64');
    const known = this.#remembered.get(key);
    if (known && known.until > this.#now()) return known.account;
    const asking = this.#asking.get(key);
    if (asking) return asking;
    if (!known?.account && !mayAsk()) return undefined;
    const answer = this.#ask(key, credential).finally(() => this.#asking.delete(key));
    this.#asking.set(key, answer);
    return answer;
  }

  async #ask(key: string, credential: IamCredential): Promise<IamAccount | undefined> {
    // From the question on: what it says may have changed while the answer was under way.
    const askedAt = this.#now();
    const said = await this.#accounts.accountOf(credential);
    this.#remembered.delete(key);
    if (said === 'unknown') return undefined;
    const account = said === 'nobody' ? undefined : said;
    this.#remembered.set(key, { account, until: askedAt + (account ? ACCOUNT_MS : REFUSAL_MS) });
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= MOST_REMEMBERED) break;
      this.#remembered.delete(oldest);
    }
    return account;
  }
}

import { text } from '../../syncer/text.ts';
import { Refusal } from '../../service/refusal.ts';
import { networkOf } from './address.ts';
import { AttemptWindow, WINDOW_MS } from '../../service/limits/attempt-window.ts';

const WRONG_FOR_BOTH = 5;
const WRONG_FROM_ADDRESS = 50;
/** Wide, and not asked where the account signed in last: strangers must not lock an administrator out everywhere. */
const WRONG_FOR_ACCOUNT = 30;

/** Who tries what. */
export interface Attempt {
  readonly address: string;
  /** `ORG/NAME` as the row that was found is spelt; as it was typed where there is none. */
  readonly account: string;
  /** True: the account signed in from this address the last time. */
  readonly isUsualAddress: boolean;
}

/** Too many wrong passwords: this one was not looked at. */
export class TooManyAttempts extends Refusal {
  constructor(waitMs: number) {
    const minutes = Math.max(1, Math.ceil(waitMs / 60_000));
    super(
      text(`Too many wrong passwords. Try again in ${minutes} min.`, `密码错误次数过多，请在 ${minutes} 分钟后重试。`),
    );
  }
}

/**
 * Without case and accents, for accounts that exist and others alike: some databases find a row by either, and each
 * spelling would have guesses of its own, or would tell by having none which accounts exist.
 */
const folded = (account: string): string =>
  account
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/\s+(?=\/|$)/g, '');

/** Counts wrong passwords per account and address together, per address, and per account. */
export class SignInLimits {
  readonly #both = new AttemptWindow(WRONG_FOR_BOTH, WINDOW_MS);
  readonly #address = new AttemptWindow(WRONG_FROM_ADDRESS, WINDOW_MS);
  readonly #account = new AttemptWindow(WRONG_FOR_ACCOUNT, WINDOW_MS);

  /** The narrowest first. */
  #limits({ address, account, isUsualAddress }: Attempt): readonly (readonly [AttemptWindow, string])[] {
    const [network, name] = [networkOf(address), folded(account)];
    return [
      [this.#both, `${name} ${network}`],
      [this.#address, network],
      ...(isUsualAddress ? [] : [[this.#account, name] as const]),
    ];
  }

  /**
   * Counts an attempt before the password is looked at, so that attempts sent at the same moment do not slip through.
   * One that is refused counts nowhere: whoever is stopped at the first limit uses up nobody's second.
   *
   * @throws TooManyAttempts saying when to come back
   */
  begin(attempt: Attempt): void {
    const limits = this.#limits(attempt);
    for (const [window, key] of limits) {
      const waitMs = window.waitMs(key);
      if (waitMs > 0) throw new TooManyAttempts(waitMs);
    }
    for (const [window, key] of limits) window.add(key);
  }

  /** The password was right: this attempt does not count, and the account's failures from this address are forgotten. */
  succeed(attempt: Attempt): void {
    for (const [window, key] of this.#limits(attempt)) {
      if (window === this.#both) window.forget(key);
      else window.takeBack(key);
    }
  }
}

import { RateLimiterMemory } from 'rate-limiter-flexible';
import { text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';

const WINDOW_SECONDS = 15 * 60;
/** Wrong passwords per window. The account's own limit is wide: a stranger must not lock an administrator out cheaply. */
const WRONG_FROM_ADDRESS = 50;
const WRONG_FOR_ACCOUNT = 30;
const WRONG_FOR_BOTH = 5;

/** Counts wrong passwords per address, per account, and per account and address together. */
export class SignInLimits {
  readonly #address = new RateLimiterMemory({ points: WRONG_FROM_ADDRESS, duration: WINDOW_SECONDS });
  readonly #account = new RateLimiterMemory({ points: WRONG_FOR_ACCOUNT, duration: WINDOW_SECONDS });
  readonly #both = new RateLimiterMemory({ points: WRONG_FOR_BOTH, duration: WINDOW_SECONDS });

  #limits(address: string, account: string): [RateLimiterMemory, string][] {
    // Without case: databases that compare names so would otherwise give a fresh count to each spelling.
    const name = account.toLowerCase();
    return [
      [this.#address, address],
      [this.#account, name],
      [this.#both, `${name} ${address}`],
    ];
  }

  /**
   * Counts an attempt before the password is looked at, so that attempts sent at the same moment do not slip through.
   *
   * @throws Refusal when there were too many; it says when to come back
   */
  async begin(address: string, account: string): Promise<void> {
    for (const [limiter, key] of this.#limits(address, account)) {
      const state = await limiter.penalty(key);
      if (state.consumedPoints > limiter.points) {
        const minutes = Math.max(1, Math.ceil(state.msBeforeNext / 60_000));
        throw new Refusal(
          text(
            `Too many wrong passwords. Try again in ${minutes} min.`,
            `密码错误次数过多，请在 ${minutes} 分钟后重试。`,
          ),
        );
      }
    }
  }

  /** The password was right: this attempt does not count, and the account's failures from this address are forgotten. */
  async succeed(address: string, account: string): Promise<void> {
    const [byAddress, byAccount, both] = this.#limits(address, account);
    await Promise.all([byAddress?.[0].reward(byAddress[1]), byAccount?.[0].reward(byAccount[1])]);
    await both?.[0].delete(both[1]);
  }
}

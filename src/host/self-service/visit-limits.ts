import { AttemptWindow } from '../../service/limits/attempt-window.ts';
import { TooOften, VisitRefusal } from '../../service/self-service/self-service-refusals.ts';
import { text } from '../../syncer/text.ts';
import { networkOf } from '../auth/address.ts';

const MINUTE_MS = 60_000;
/** A whole company may sit behind one address, and all of it open the page when a message tells of it. */
const MOST_STARTS = 300;
const MOST_WRONG = 30;

const STARTS = text(
  'Too many people began here within a minute. Try again in a minute.',
  '一分钟内访问过于频繁，请一分钟后重试。',
);
const WRONG = text(
  'Too many attempts failed here within a minute. Try again in a minute.',
  '一分钟内失败次数过多，请一分钟后重试。',
);

/** How often one address may begin visits, and come back with what is good for nothing. Counted in this process. */
export class VisitLimits {
  readonly #starts = new AttemptWindow(MOST_STARTS, MINUTE_MS);
  readonly #wrong = new AttemptWindow(MOST_WRONG, MINUTE_MS);
  readonly #going = new Map<string, Set<Promise<unknown>>>();

  /** @throws TooOften */
  start(address: string): void {
    const network = networkOf(address);
    if (this.#starts.waitMs(network) > 0) throw new TooOften(STARTS);
    this.#starts.add(network);
  }

  /**
   * Each attempt counts as wrong until it turns out to be right, so that many at one time are no way around it; who comes
   * while there is no room waits for those before him.
   *
   * @throws TooOften where so many were wrong
   */
  async comeBack<T>(address: string, work: () => Promise<T>): Promise<T> {
    const network = networkOf(address);
    while (this.#wrong.waitMs(network) > 0) {
      const going = this.#going.get(network);
      if (!going) throw new TooOften(WRONG);
      await Promise.race(going);
    }
    this.#wrong.add(network);
    const attempt = this.#count(network, work);
    const going = this.#going.get(network) ?? new Set();
    const settled = attempt.catch(() => undefined);
    this.#going.set(network, going.add(settled));
    try {
      return await attempt;
    } finally {
      going.delete(settled);
      if (going.size === 0) this.#going.delete(network);
    }
  }

  async #count<T>(network: string, work: () => Promise<T>): Promise<T> {
    let isWrong = false;
    try {
      return await work();
    } catch (error) {
      isWrong = error instanceof VisitRefusal;
      throw error;
    } finally {
      if (!isWrong) this.#wrong.takeBack(network);
    }
  }
}

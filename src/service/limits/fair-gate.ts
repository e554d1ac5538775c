import { UnavailableError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';

/** So many runs of one organization may wait; each waiting one holds its lease and its place in memory. */
const MOST_WAITING = 100;

/** What one organization does here. */
class Share {
  working = 0;
  /** Rises with each turn that anybody gets. */
  lastTurn = 0;
  /** Those who wait, in the order in which they came. */
  readonly waiting = new Set<() => void>();
}

/**
 * Lets so much work go on at one time. The next free place is for the organization of those who wait that has the
 * fewest, and had its last turn the longest ago: however much one of them asks for, the others come in between.
 */
export class FairGate {
  readonly #places: number;
  readonly #shares = new Map<string, Share>();
  #working = 0;
  #turns = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /**
   * @returns what the work answers
   * @throws the signal's reason when it is aborted before the work began
   * @throws UnavailableError when too much of this organization waits already
   */
  async pass<T>(organization: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const share = this.#shares.get(organization) ?? new Share();
    this.#shares.set(organization, share);
    if (this.#working < this.#places) this.#take(share);
    else await this.#turn(share, signal);
    try {
      return await work();
    } finally {
      share.working -= 1;
      this.#working -= 1;
      this.#next();
      if (share.working === 0 && share.waiting.size === 0) this.#shares.delete(organization);
    }
  }

  /** Resolves with the place taken. */
  async #turn(share: Share, signal: AbortSignal): Promise<void> {
    if (share.waiting.size >= MOST_WAITING) throw new UnavailableError(TOO_MANY, { remedy: LATER });
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        share.waiting.delete(begin);
        reject(signal.reason as Error);
      };
      const begin = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      share.waiting.add(begin);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #next(): void {
    const waiting = [...this.#shares.values()].filter((share) => share.waiting.size > 0);
    const [share] = waiting.sort((a, b) => a.working - b.working || a.lastTurn - b.lastTurn);
    const [begin] = share?.waiting ?? [];
    if (!share || !begin) return;
    share.waiting.delete(begin);
    this.#take(share);
    begin();
  }

  #take(share: Share): void {
    share.working += 1;
    this.#working += 1;
    share.lastTurn = this.#turns += 1;
  }
}

const TOO_MANY = text(
  `${MOST_WAITING} runs of this organization wait for their turn already.`,
  `该组织已有 ${MOST_WAITING} 个同步在排队等待。`,
);
const LATER = text(
  'Begin it again later, or ask the operator of this server to raise RUN_CONCURRENCY.',
  '请稍后再试，或请服务器管理员调大 RUN_CONCURRENCY。',
);

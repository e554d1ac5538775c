import { text } from '../../syncer/text.ts';
import { callerName, type Caller } from '../auth/caller.ts';
import { Refusal } from '../../service/refusal.ts';

const MOST_PER_CALLER = 16;
const MOST_PER_ORGANIZATION = 64;
const MOST = 256;

/** Streams stay open for hours, each with a connection and timers of its own: so many at one time, and no more. */
export class StreamSlots {
  readonly #open = new Map<string, number>();

  /**
   * @returns gives the place back; more than once does nothing
   * @throws Refusal when the caller, or everybody together, has too many
   */
  take(caller: Caller): () => void {
    const limits: readonly (readonly [string, number])[] = [
      [`caller ${callerName(caller)}`, MOST_PER_CALLER],
      ...(caller.kind === 'user' ? [[`organization ${caller.organization}`, MOST_PER_ORGANIZATION] as const] : []),
      ['all', MOST],
    ];
    for (const [key, most] of limits) if (this.#count(key) >= most) throw tooMany(most);
    for (const [key] of limits) this.#open.set(key, this.#count(key) + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      for (const [key] of limits) {
        const left = this.#count(key) - 1;
        if (left > 0) this.#open.set(key, left);
        else this.#open.delete(key);
      }
    };
  }

  #count(key: string): number {
    return this.#open.get(key) ?? 0;
  }
}

const tooMany = (most: number): Refusal =>
  new Refusal(
    text(
      `Too many event streams are open (${most} at most). Close one, or ask /api/get-sync-run instead.`,
      `打开的事件流过多（最多 ${most} 个）。请关闭其中一个，或改为查询 /api/get-sync-run。`,
    ),
  );

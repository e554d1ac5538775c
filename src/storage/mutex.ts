/** One at a time, in order of arrival. */
export class Mutex {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work);
    // The next one waits for the end of this one, however it ends.
    this.#tail = turn.catch(() => undefined);
    return turn;
  }
}

/**
 * Keeps serialised answers, so that a benchmark measures its reader and not this server. When full it
 * keeps what it has instead of making room: readers walk all departments in a circle, and a cache that
 * drops the oldest would then never be hit.
 */
export class BodyCache {
  readonly #bodies = new Map<string, { readonly stamp: string; readonly body: Buffer }>();
  readonly #limit: number;
  #bytes = 0;

  /** @param limit how many bytes may be kept */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The body kept under `key`, made anew when its `stamp` is another one. */
  get(key: string, stamp: string, make: () => string): Buffer {
    const kept = this.#bodies.get(key);
    if (kept?.stamp === stamp) return kept.body;
    if (kept !== undefined) {
      this.#bodies.delete(key);
      this.#bytes -= kept.body.length;
    }
    const body = Buffer.from(make());
    if (this.#bytes + body.length <= this.#limit) {
      this.#bodies.set(key, { stamp, body });
      this.#bytes += body.length;
    }
    return body;
  }

  clear(): void {
    this.#bodies.clear();
    this.#bytes = 0;
  }
}

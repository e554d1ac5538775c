/** One call, without its secrets: `params` never has `access_token` or `corpsecret`. */
export interface Call {
  readonly method: string;
  /** Behind `/cgi-bin/`, e.g. `user/list`. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  /** HTTP status and errcode of the answer; undefined until there is one. */
  status: number | undefined;
  errcode: number | undefined;
}

/** More than this many are still counted, but the oldest are no longer listed. */
const KEPT = 100_000;

/** What was asked of the sandbox. */
export class CallLog {
  #calls: Call[] = [];
  #counts = new Map<string, number>();
  #total = 0;
  #inFlight = 0;
  #maxInFlight = 0;

  /** The most calls that were open at one moment; meaningful with latency, for without it answers are instant. */
  get maxInFlight(): number {
    return this.#maxInFlight;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  count(path?: string): number {
    return path === undefined ? this.#total : (this.#counts.get(path) ?? 0);
  }

  list(): readonly Readonly<Call>[] {
    return [...this.#calls];
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  clear(): void {
    this.#calls = [];
    this.#counts = new Map();
    this.#total = 0;
    this.#maxInFlight = this.#inFlight;
  }

  open(method: string, path: string, params: Readonly<Record<string, string>>): Call {
    const call: Call = { method, path, params, status: undefined, errcode: undefined };
    if (this.#calls.length >= KEPT) this.#calls = this.#calls.slice(KEPT / 2);
    this.#calls.push(call);
    this.#counts.set(path, this.count(path) + 1);
    this.#total += 1;
    this.#inFlight += 1;
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight);
    return call;
  }

  close(): void {
    this.#inFlight -= 1;
  }
}

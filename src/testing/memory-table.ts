/** Rows by key, with one transaction at a time that can be taken back. */
export class MemoryTable<T> {
  readonly #rows = new Map<string, T>();
  /** What stood there before the transaction, by key, for each key that it touched. */
  #before: Map<string, T | undefined> | undefined;

  get(key: string): T | undefined {
    return this.#rows.get(key);
  }

  values(): T[] {
    return [...this.#rows.values()];
  }

  set(key: string, row: T): void {
    this.#remember(key);
    this.#rows.set(key, row);
  }

  delete(key: string): void {
    this.#remember(key);
    this.#rows.delete(key);
  }

  begin(): void {
    this.#before = new Map();
  }

  commit(): void {
    this.#before = undefined;
  }

  rollback(): void {
    for (const [key, row] of this.#before ?? []) {
      if (row === undefined) this.#rows.delete(key);
      else this.#rows.set(key, row);
    }
    this.#before = undefined;
  }

  #remember(key: string): void {
    if (this.#before && !this.#before.has(key)) this.#before.set(key, this.#rows.get(key));
  }
}

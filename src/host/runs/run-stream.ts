import type { ServerResponse } from 'node:http';
import type { Run } from '../../engine/run.ts';
import type { Language } from '../http/language.ts';
import type { Live } from '../http/reply.ts';
import { runJson } from './run-json.ts';
import { isOver } from '../../engine/run.ts';
import type { RunService } from '../../service/runs/run-service.ts';

/** Runs of other processes are looked up this often, and whether the reader may still see them. */
const POLL_MS = 1000;
/** Proxies cut connections on which nothing comes. */
const HEARTBEAT_MS = 15_000;

/** One reader of one run. */
class RunStream {
  readonly #runs: RunService;
  readonly #id: string;
  readonly #language: Language;
  readonly #response: ServerResponse;
  readonly #isAllowed: () => Promise<boolean>;
  readonly #timers: NodeJS.Timeout[] = [];
  #stopListening = (): void => undefined;
  #ended = (): void => undefined;
  #isOver = false;
  #isChecking = false;
  /** The latest state that was not sent: a reader that does not keep up gets the next one, not every one. */
  #latest: Run | undefined;

  constructor(
    runs: RunService,
    id: string,
    language: Language,
    response: ServerResponse,
    isAllowed: () => Promise<boolean>,
  ) {
    this.#runs = runs;
    this.#id = id;
    this.#language = language;
    this.#response = response;
    this.#isAllowed = isAllowed;
  }

  /** Resolves when the stream has ended. */
  async send(run: Run): Promise<void> {
    const response = this.#response;
    // The reader has gone before anything was written: nothing more would be heard of it.
    if (response.destroyed) return;
    await new Promise<void>((resolve) => {
      this.#ended = resolve;
      this.#stopListening = this.#runs.listen(this.#id, this.#show);
      response.on('close', () => {
        this.#finish();
        resolve();
      });
      this.#timers.push(
        setInterval(() => void this.#poll().catch(this.#finish), POLL_MS),
        setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS),
      );
      this.#show(run);
    });
  }

  readonly #show = (shown: Run): void => {
    this.#latest = shown;
    // A right that cannot be made sure of is none; the page asks again by itself.
    void this.#check().catch(this.#finish);
  };

  readonly #finish = (): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopListening();
    for (const timer of this.#timers) clearInterval(timer);
    const response = this.#response;
    // A reader that takes nothing would never see the end, and keep its place for good.
    if (response.writableNeedDrain) response.destroy();
    else response.end(this.#ended);
  };

  async #poll(): Promise<void> {
    if (this.#runs.isActive(this.#id)) return this.#check();
    const found = await this.#runs.find(this.#id);
    if (found) this.#show(found);
    else this.#finish();
  }

  async #check(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      do {
        const isStill = await this.#isAllowed();
        if (this.#isOver) return;
        if (!isStill) return this.#finish();
        const shown = this.#latest;
        this.#latest = undefined;
        if (shown && this.#tell(shown)) return this.#finish();
      } while (this.#latest);
    } finally {
      this.#isChecking = false;
    }
  }

  /**
   * Sends it, unless the reader does not keep up; the last state is sent all the same.
   *
   * @returns whether it was the last
   */
  #tell(shown: Run): boolean {
    const isLast = isOver(shown) && !this.#runs.isActive(shown.id);
    if (isLast || !this.#response.writableNeedDrain) {
      const event = isLast ? 'end' : 'progress';
      this.#response.write(`event: ${event}\ndata: ${JSON.stringify(runJson(shown, this.#language))}\n\n`);
    }
    return isLast;
  }
}

/**
 * Sends the run at each step until its end, wherever it runs, or until the reader may no longer see it. Resolves when
 * the stream has ended.
 *
 * @param isAllowed asked before each event, and every second
 */
export const streamRun =
  (runs: RunService, run: Run, language: Language, isAllowed: () => Promise<boolean>): Live =>
  (response) =>
    new RunStream(runs, run.id, language, response, isAllowed).send(run);

import type { Run } from '../../engine/run.ts';
import type { Call } from '../request/call.ts';
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
  readonly #call: Call;
  readonly #isAllowed: () => Promise<boolean>;
  readonly #timers: NodeJS.Timeout[] = [];
  #stopListening = (): void => undefined;
  #ended = (): void => undefined;
  #isOver = false;
  #isChecking = false;
  /** The latest state that was not sent: a reader that does not keep up gets the next one, not every one. */
  #latest: Run | undefined;

  constructor(runs: RunService, id: string, call: Call, isAllowed: () => Promise<boolean>) {
    this.#runs = runs;
    this.#id = id;
    this.#call = call;
    this.#isAllowed = isAllowed;
  }

  /** Resolves when the stream has ended. */
  async send(run: Run): Promise<void> {
    this.#writeHead();
    const response = this.#call.reply.raw;
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

  #writeHead(): void {
    const { reply } = this.#call;
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      connection: 'keep-alive',
      'x-accel-buffering': 'no',
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
    const response = this.#call.reply.raw;
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
    const { reply, language } = this.#call;
    if (isLast || !reply.raw.writableNeedDrain) {
      const event = isLast ? 'end' : 'progress';
      reply.raw.write(`event: ${event}\ndata: ${JSON.stringify(runJson(shown, language))}\n\n`);
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
export async function streamRun(
  runs: RunService,
  run: Run,
  call: Call,
  isAllowed: () => Promise<boolean>,
): Promise<void> {
  await new RunStream(runs, run.id, call, isAllowed).send(run);
}

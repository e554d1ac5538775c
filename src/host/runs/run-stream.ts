import type { Run } from '../../engine/run.ts';
import type { Call } from '../request/call.ts';
import { runJson } from './run-json.ts';
import { isOver } from '../../engine/run.ts';
import type { RunService } from '../../service/run-service.ts';

/** Runs of other processes are looked up this often, and whether the reader may still see them. */
const POLL_MS = 1000;
/** Proxies cut connections on which nothing comes. */
const HEARTBEAT_MS = 15_000;

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
  const { reply, language } = call;
  reply.hijack();
  const response = reply.raw;
  response.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    connection: 'keep-alive',
    'x-accel-buffering': 'no',
  });
  const send = (event: string, shown: Run): void => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(runJson(shown, language))}\n\n`);
  };
  await new Promise<void>((resolve) => {
    const timers: NodeJS.Timeout[] = [];
    let over = false;
    /** The latest state that was not sent: a reader that does not keep up gets the next one, not every one. */
    let latest: Run | undefined;
    let isChecking = false;
    const finish = (): void => {
      if (over) return;
      over = true;
      stopListening();
      for (const timer of timers) clearInterval(timer);
      // A reader that takes nothing would never see the end, and keep its place for good.
      if (response.writableNeedDrain) response.destroy();
      else response.end(resolve);
    };
    const check = async (): Promise<void> => {
      if (isChecking) return;
      isChecking = true;
      try {
        do {
          const isStill = await isAllowed();
          if (over) return;
          if (!isStill) return finish();
          const shown = latest;
          latest = undefined;
          if (!shown) continue;
          const ended = isOver(shown) && !runs.isActive(shown.id);
          if (ended || !response.writableNeedDrain) send(ended ? 'end' : 'progress', shown);
          if (ended) return finish();
        } while (latest);
      } finally {
        isChecking = false;
      }
    };
    const show = (shown: Run): void => {
      latest = shown;
      // A right that cannot be made sure of is none; the page asks again by itself.
      void check().catch(finish);
    };
    const poll = async (): Promise<void> => {
      if (runs.isActive(run.id)) return check();
      const found = await runs.find(run.id);
      if (found) show(found);
      else finish();
    };
    const stopListening = runs.listen(run.id, show);
    response.on('close', () => {
      finish();
      resolve();
    });
    timers.push(
      setInterval(() => void poll().catch(finish), POLL_MS),
      setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS),
    );
    show(run);
  });
}

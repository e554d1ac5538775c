import type { Run } from '../engine/run.ts';
import type { Call } from './call.ts';
import { isOver, runJson } from './run-json.ts';
import type { RunService } from './run-service.ts';

/** Runs of other processes are looked up this often. */
const POLL_MS = 1000;
/** Proxies cut connections on which nothing comes. */
const HEARTBEAT_MS = 15_000;

/** Sends the run at each step until its end, wherever it runs. Resolves when the stream has ended. */
export async function streamRun(runs: RunService, run: Run, call: Call): Promise<void> {
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
    // A reader that does not keep up gets the next state, not every state: each event is the whole run.
    if (event === 'progress' && response.writableNeedDrain) return;
    response.write(`event: ${event}\ndata: ${JSON.stringify(runJson(shown, language))}\n\n`);
  };
  await new Promise<void>((resolve) => {
    const timers: NodeJS.Timeout[] = [];
    let over = false;
    const finish = (): void => {
      if (over) return;
      over = true;
      stopListening();
      for (const timer of timers) clearInterval(timer);
      response.end(resolve);
    };
    const show = (shown: Run): void => {
      if (over) return;
      const ended = isOver(shown) && !runs.isActive(shown.id);
      send(ended ? 'end' : 'progress', shown);
      if (ended) finish();
    };
    const poll = async (): Promise<void> => {
      if (runs.isActive(run.id)) return;
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

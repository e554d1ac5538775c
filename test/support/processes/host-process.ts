/** One of several hosts, each a process of its own, whose peers take over soon after it died. */
import { pino } from 'pino';
import { createHost } from '../../../src/host/create-host.ts';
import { parseSettings } from '../../../src/host/settings.ts';
import { BullmqScheduler } from '../../../src/bullmq/bullmq-scheduler.ts';

/** What such a process is told, as its one argument. */
export interface HostOrder {
  readonly settings: Readonly<Record<string, string>>;
  /** With Redis: how long it may be silent before another takes over what it was performing, in milliseconds. */
  readonly lockMs: number;
}

const order = JSON.parse(process.argv[2] ?? '{}') as HostOrder;
const settings = parseSettings(order.settings);
const log = pino({ level: 'silent' });
const scheduler =
  settings.redisUrl === undefined
    ? undefined
    : await BullmqScheduler.open({
        url: settings.redisUrl,
        concurrency: settings.runConcurrency,
        lockMs: order.lockMs,
        onFailure: () => undefined,
      });
const host = await createHost(settings, { log, ...(scheduler && { scheduler }) });
const url = await host.listen();
process.on('message', (message) => {
  if (message === 'close') void host.close().then(() => process.disconnect());
});
process.send?.({ url });

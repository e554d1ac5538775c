/** A process that takes one task of a shared schedule and never ends it: to be killed in the middle. */
import { BullmqScheduler } from '../../src/scheduler/bullmq-scheduler.ts';

const [url = '', prefix = '', lockMs = ''] = process.argv.slice(2);
const scheduler = await BullmqScheduler.open({
  url,
  prefix,
  lockMs: Number(lockMs),
  concurrency: 1,
  onFailure: () => undefined,
});
await scheduler.start(async (taskId) => {
  process.send?.(taskId);
  await new Promise(() => undefined);
});

/** A process that takes tasks of a shared schedule and tells its parent of each; those called `endless…` end when told to. */
import { BullmqScheduler } from '../../../src/bullmq/bullmq-scheduler.ts';

const [url = '', prefix = '', lockMs = ''] = process.argv.slice(2);
const scheduler = await BullmqScheduler.open({
  url,
  prefix,
  lockMs: Number(lockMs),
  concurrency: 4,
  onFailure: () => undefined,
});
await scheduler.start(async (taskId) => {
  process.send?.(taskId);
  if (!taskId.startsWith('endless')) return;
  await new Promise<void>((resolve) => {
    process.on('message', (message) => {
      if (message === 'finish') resolve();
    });
  });
});

import { BullmqScheduler } from '../bullmq/bullmq-scheduler.ts';
import { InProcessScheduler } from '../scheduler/in-process-scheduler.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { ServiceLog } from '../service/log.ts';
import type { Settings } from './settings.ts';

/** The schedule that the settings ask for: shared over Redis, or of this process alone. */
export async function openScheduler(settings: Settings, log: ServiceLog): Promise<Scheduler> {
  const onFailure = (task: string, error: unknown): void => log.error({ task, err: error }, 'a scheduled task failed');
  if (settings.redisUrl === undefined) return new InProcessScheduler(onFailure);
  return BullmqScheduler.open({
    url: settings.redisUrl,
    concurrency: settings.runConcurrency,
    onFailure,
    onConnectionError: (code) => log.warn({ code }, 'Redis does not answer; the schedule goes on when it is back'),
  });
}

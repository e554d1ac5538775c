import { InProcessScheduler } from '../scheduler/in-process-scheduler.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Logger } from './log.ts';
import { SettingsError, type Settings } from './settings.ts';

/**
 * The schedule that the settings ask for.
 *
 * @throws SettingsError when they ask for one that is not there
 */
export async function openScheduler(settings: Settings, log: Logger): Promise<Scheduler> {
  if (settings.redisUrl !== undefined) {
    throw new SettingsError(['REDIS_URL'], 'REDIS_URL is set, and this version has no schedule over Redis: unset it.');
  }
  return new InProcessScheduler((task, error) => log.error({ task, err: error }, 'a scheduled task failed'));
}

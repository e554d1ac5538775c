import { NOBODY_SEEN, ONLY_IDS } from '../../warnings.ts';
import type { RunContext } from '../run-context.ts';
import type { UsersRead } from './users-read.ts';

/**
 * A run that was shown nobody, or ids without names, did nothing that its operator hoped for: it says so.
 *
 * @returns whether anybody was shown whole
 */
export function reportUnseen({ recorder }: RunContext, { seen, wholeSeen }: UsersRead): boolean {
  if (wholeSeen > 0) return true;
  const { warnings } = recorder.run;
  const failedToRead = warnings.some(({ code }) => code === 'unread' || code === 'member-unmappable');
  if (seen.size === 0 && !failedToRead) recorder.warn('nobody-seen', NOBODY_SEEN);
  else if (seen.size > 0 && !failedToRead && !warnings.some(({ code }) => code === 'ids-only')) {
    recorder.warn('ids-only', ONLY_IDS);
  }
  return false;
}

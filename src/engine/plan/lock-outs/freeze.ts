import type { Change } from '../../../identity/change.ts';
import type { ProfileNote } from '../../../syncer/profile.ts';
import { text } from '../../../syncer/text.ts';

/** A time in which no run locks anybody out. */
export interface Freeze {
  /** Those wait as well whom somebody disabled in the directory. */
  readonly disabledToo: boolean;
}

/** The reason of each change that waits for the end of a freeze; such a one is told from others by it. */
export const FREEZE = text('freeze', '冻结');

export const FREEZE_NOTE: ProfileNote = {
  code: 'freeze',
  message: text(
    'In a freeze window nobody is locked out; the first run after it finds these changes anew.',
    '冻结时段内不锁定任何人；时段后的首次同步会重新处理这些变更。',
  ),
};

/** Whether a stored change waits for the end of a freeze, and for no person. */
export const isFrozen = ({ state, reason }: Pick<Change, 'state' | 'reason'>): boolean =>
  state === 'held' && reason.en === FREEZE.en;

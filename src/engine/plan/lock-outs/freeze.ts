import type { Change } from '../../../identity/change.ts';
import type { ProfileNote } from '../../../syncer/profile.ts';
import { text } from '../../../syncer/text.ts';

/** A time in which no run locks anybody out. */
export interface Freeze {
  /** Those wait as well whom somebody disabled in the directory. */
  readonly disabledToo: boolean;
  /** Of what is taken back: no run finds it anew, so it is told to be done again. */
  readonly isOfUndo?: true;
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

export const UNDO_FREEZE_NOTE: ProfileNote = {
  code: 'undo-frozen',
  message: text(
    'In a freeze window nobody is locked out, and no run does it after the window: take this back, or approve it, again then.',
    '冻结时段内不锁定任何人，时段后的同步也不会补做：请在时段结束后重新撤销或重新批准。',
  ),
};

/** Whether a stored change waits for the end of a freeze, and for no person. */
export const isFrozen = ({ state, reason }: Pick<Change, 'state' | 'reason'>): boolean =>
  state === 'held' && reason.en === FREEZE.en;

import type { RunError } from '../../engine/run.ts';
import { NOT_HELD } from '../../engine/steps/self/complete-member.ts';
import { WriteConflictError } from '../../identity/errors.ts';
import { CancelledError, SyncError } from '../../syncer/errors.ts';
import { text, type Text } from '../../syncer/text.ts';
import { StaleRecordError } from '../syncers/syncer-record.ts';
import { NO_ANSWER } from './self-service-refusals.ts';

/** What a member reads, and the reason that is for his administrators, where it is not for him. */
export interface Told {
  readonly text: Text;
  readonly cause?: { readonly code?: string; readonly reason: string; readonly remedy?: string | undefined };
}

/** What went wrong on a member's way. */
export function toldOfError(error: unknown): Told {
  if (error instanceof SyncError) {
    const { code, recovery, text: message, remedy } = error;
    return toldOfFailure({ code, recovery, message, remedy: remedy ?? null });
  }
  // Whoever tries again meets something else.
  const isOver = error instanceof WriteConflictError || error instanceof StaleRecordError;
  return isOver ? { text: NO_ANSWER, cause: { reason: error.message } } : { text: DOES_NOT_WORK };
}

/** How a run of a member's own failed. */
export function toldOfFailure({ code, recovery, message, remedy }: RunError): Told {
  const isOver = recovery === 'retry' || code === CANCELLED;
  return { text: isOver ? NO_ANSWER : DOES_NOT_WORK, cause: { code, reason: message.en, remedy: remedy?.en } };
}

/**
 * Why nothing is taken of a member.
 *
 * @param by who says so, if neither his account does nor he himself
 */
export function toldOfRefusal(reason: Text, by?: 'settings' | 'mapping'): Told {
  const said = by === undefined ? undefined : { settings: LEFT_OUT, mapping: DOES_NOT_WORK }[by];
  if (said) return { text: said, cause: { reason: reason.en } };
  return { text: reason === NOT_HELD ? NO_ACCOUNT : reason };
}

const { code: CANCELLED } = new CancelledError();

const DOES_NOT_WORK = text(
  'This page does not work at present. Nothing was stored. Tell your administrator: the log of this server says why.',
  '此页面目前无法使用，未存储任何内容。请告知管理员，原因见本服务的日志。',
);
const LEFT_OUT = text(
  'The settings of your company leave you out here, so nothing is stored. Tell your administrator if that is wrong.',
  '按企业的设置，您不在同步范围内，不会存储任何内容。如有疑问，请告知管理员。',
);
const NO_ACCOUNT = text('You have no account here yet. Tell your administrator.', '您在此处还没有账号，请告知管理员。');

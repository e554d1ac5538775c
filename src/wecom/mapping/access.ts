import type { Access } from '../../syncer/profile.ts';
import { text } from '../../syncer/text.ts';
import { integerOf } from '../reading/lenient-json.ts';
import type { Member } from '../reading/member.ts';

/** What WeCom status 4 means for the account. */
export type NotActivated = 'forbid' | 'allow';

const ALLOWED: Access = { state: 'allowed' };

const forbidden = (en: string, zh: string): Access => ({ state: 'forbidden', reason: text(en, zh) });
const unknown = (en: string, zh: string): Access => ({ state: 'unknown', reason: text(en, zh) });

const DISABLED: Access = {
  state: 'forbidden',
  reason: text('The member is disabled in WeCom.', '该成员在企业微信中已被禁用。'),
  isDisabled: true,
};
const NOT_ACTIVATED = forbidden('The member has not activated WeCom yet.', '该成员尚未激活企业微信。');
const QUIT = forbidden('The member has left the company in WeCom.', '该成员已退出企业。');

/** Kept short: it is shown to people, and comes from outside. */
const shown = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? `"${String(value).slice(0, 20)}"` : typeof value;

/**
 * Whether WeCom wants this member to sign in. `status` decides; `enable` is undocumented today and missing in many
 * answers, so its absence says nothing (read as 0 it would lock everybody out), while a 0 that is there counts.
 */
export const readAccess = (member: Member, notActivated: NotActivated): Access => {
  const { status: rawStatus, enable: rawEnable } = member;
  const status = integerOf(rawStatus);
  const enable = integerOf(rawEnable);
  if (status === 2 || enable === 0) return DISABLED;
  if (status === 5) return QUIT;
  if (status === 4 && notActivated === 'forbid') return NOT_ACTIVATED;
  if (status !== 1 && status !== 4) {
    return rawStatus === undefined || rawStatus === null
      ? unknown('WeCom told no status; the account stays as it is.', '企业微信未返回状态，账号保持不变。')
      : unknown(
          `WeCom told a status of ${shown(rawStatus)}, which has no known meaning; the account stays as it is.`,
          `企业微信返回了未知状态 ${shown(rawStatus)}，账号保持不变。`,
        );
  }
  if (enable === 1 || rawEnable === undefined || rawEnable === null) return ALLOWED;
  return unknown(
    `WeCom told "enable" as ${shown(rawEnable)}, which has no known meaning; the account stays as it is.`,
    `企业微信返回了未知的 enable 值 ${shown(rawEnable)}，账号保持不变。`,
  );
};

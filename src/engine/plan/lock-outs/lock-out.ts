import { createHash } from 'node:crypto';
import type { Account, AccountLink, AccountUpdate, HeldAccount } from '../../../identity/account.ts';
import type { FieldChange } from '../../../identity/change.ts';
import type { ExternalKey } from '../../../syncer/external-id.ts';
import type { ProfileNote } from '../../../syncer/profile.ts';
import { text, type Text } from '../../../syncer/text.ts';
import { ADMIN_KEPT, againReason } from '../users/existing-account.ts';
import { FREEZE, FREEZE_NOTE, UNDO_FREEZE_NOTE, type Freeze } from './freeze.ts';
import { keptUntil, type Grace } from './grace.ts';
import { leftAloneBy, type Protections } from './protections.ts';
import type { LeaverPolicy } from '../../syncer-settings.ts';

/** Why somebody may lose access: the directory disabled the member, or no longer shows one. */
export type LockOutCause = 'disabled' | 'gone';

/** Somebody who may lose access at the end of the run. */
export interface LockOut {
  readonly key: ExternalKey;
  /** As the directory spells it now; absent when it no longer shows this member. */
  readonly userid?: string;
  readonly cause: LockOutCause;
  readonly reason: Text;
  /** Somebody switched the member off in the directory. */
  readonly isDisabled?: true;
}

/** What is to be done about one of them, as the account stands now. */
export interface LockOutPlan {
  /** `update` only takes memberships back from somebody who cannot sign in anyway: it locks nobody out. */
  readonly kind: 'forbid' | 'remove' | 'update' | 'skip';
  readonly cause: LockOutCause;
  readonly key: ExternalKey;
  readonly userid: string;
  readonly user: string;
  readonly fields: readonly FieldChange[];
  readonly reason: Text;
  readonly update?: AccountUpdate;
  readonly link?: AccountLink;
  /** What is to be told besides. */
  readonly note?: ProfileNote;
  /** A skip that is as it should be: a person said so. */
  readonly isLeftAlone?: true;
  /** A skip that is as it should be: it is not time yet. */
  readonly isWaiting?: true;
  /** Waits for the end of a freeze, or is told to be done again: nothing of it is done, and no limit counts it. */
  readonly isFrozen?: true;
  /** Nothing that a run tells of each time. */
  readonly isSilent?: true;
  /** The account stays in these groups. */
  readonly keeps?: readonly string[];
}

/** By what a lock-out is decided. */
export interface LockOutRules {
  readonly leavers: LeaverPolicy;
  readonly organization: string;
  /** So many days a leaver is forbidden before he is deleted. */
  readonly deleteDays?: number;
  /** Which leavers are due; absent: all of them. */
  readonly grace?: Grace;
  /** Whom no run locks out; absent: nobody. */
  readonly protections?: Pick<Protections, 'of'>;
  /** Absent: lock-outs need not wait. */
  readonly freeze?: Freeze;
}

/** One lock-out as it stands in digests and approvals. */
export const lockOutId = (kind: string, key: string): string => `${kind}:${key}`;

export const idOf = ({ kind, key }: LockOutPlan): string => lockOutId(kind, key);

/** Fingerprint of a set of lock-outs, by their ids; "" = none. */
export const digestOf = (ids: readonly string[]): string =>
  ids.length === 0
    ? ''
    : createHash('sha256')
        .update([...ids].sort().join('\n'))
        .digest('hex');

/** Whether a change of this id takes access or a group away, and not memberships of somebody without access alone. */
export const isLockOut = (id: string): boolean => !id.startsWith('update:') && !id.startsWith('skip:');

/** Whether somebody would really lose access, as the account stands now. */
export const losesAccess = ({ kind, isFrozen }: LockOutPlan): boolean =>
  (kind === 'forbid' || kind === 'remove') && !isFrozen;

export const GONE = text('No longer in the directory.', '成员已不在通讯录中。');

/**
 * Undefined: nothing to do, because the account is gone, without access already, or kept by policy. Planned again just
 * before it is applied, so that whoever a person forbade, promoted or deleted meanwhile is seen as they stand.
 */
export function planLockOut(lockOut: LockOut, held: HeldAccount, rules: LockOutRules): LockOutPlan | undefined {
  const plan = planTaking(lockOut, held, rules);
  const rule = plan && rules.protections?.of({ key: held.link.key, account: held.account });
  if (!rule) return plan && asFrozen(plan, lockOut, held, rules);
  const { cause, key, userid, user, fields } = plan;
  const keeps = held.account?.groups ?? [];
  return { kind: 'skip', cause, key, userid, user, fields, reason: leftAloneBy(rule), isLeftAlone: true, keeps };
}

/** The same, not done, while a freeze goes on. */
function asFrozen(
  plan: LockOutPlan,
  { isDisabled }: LockOut,
  { account }: HeldAccount,
  { freeze }: LockOutRules,
): LockOutPlan {
  if (!freeze || !losesAccess(plan) || (isDisabled && !freeze.disabledToo)) return plan;
  const { kind, cause, key, userid, user, fields } = plan;
  const frozen = { cause, key, userid, user, fields, isFrozen: true, keeps: account?.groups ?? [] } as const;
  if (freeze.isOfUndo) return { ...frozen, kind: 'skip', reason: UNDO_FREEZE_NOTE.message, note: UNDO_FREEZE_NOTE };
  return { ...frozen, kind, reason: FREEZE, note: FREEZE_NOTE };
}

function planTaking(
  lockOut: LockOut,
  { account, link }: HeldAccount,
  { leavers, organization, deleteDays = 0, grace }: LockOutRules,
): LockOutPlan | undefined {
  if (!account || account.isDeleted) return undefined;
  const gone = lockOut.cause === 'gone';
  if (gone && leavers === 'keep') return undefined;
  const user = `${organization}/${account.name}`;
  const base = { cause: lockOut.cause, key: link.key, userid: lockOut.userid ?? link.externalId, user };
  if (account.isAdmin) {
    return account.isForbidden
      ? undefined
      : { ...base, kind: 'skip', fields: [], reason: ADMIN_KEPT.message, note: ADMIN_KEPT };
  }

  const fields: FieldChange[] = [];
  const groups = gone ? account.groups.filter((group) => !link.groups.includes(group)) : account.groups;
  const regroup = groups.length !== account.groups.length;
  if (account.isForbidden) {
    const isOurs = gone && leavers === 'softDelete' && link.forbiddenBy === 'syncer';
    const kept = isOurs ? grace?.keepsAccountUntil(link.key) : undefined;
    if (kept === 'due') return deletion(base, account, link, lockOut.reason);
    if (!regroup && kept === undefined) return undefined;
    if (!regroup) return { ...base, kind: 'skip', fields: [], reason: lockOut.reason, isWaiting: true, isSilent: true };
    fields.push({ field: 'groups', before: account.groups, after: groups });
    return {
      ...base,
      kind: 'update',
      fields,
      reason: lockOut.reason,
      update: { name: account.name, values: {}, groups, seen: account },
      link: { ...link, groups: [] },
    };
  }

  const until = gone ? grace?.keepsAccessUntil(link.key) : undefined;
  const remove = gone && leavers === 'softDelete' && deleteDays === 0;
  fields.push({ field: remove ? 'isDeleted' : 'isForbidden', before: false, after: true });
  if (regroup) fields.push({ field: 'groups', before: account.groups, after: groups });
  if (until !== undefined) {
    const reason = keptUntil(lockOut.reason, until);
    return { ...base, kind: 'skip', fields, reason, isWaiting: true, keeps: account.groups };
  }
  return {
    ...base,
    kind: remove ? 'remove' : 'forbid',
    fields,
    reason: link.forbiddenBy === 'syncer' || link.deletedBy === 'syncer' ? againReason(lockOut.reason) : lockOut.reason,
    update: {
      name: account.name,
      values: {},
      ...(remove ? { isDeleted: true } : { isForbidden: true }),
      ...(regroup && { groups }),
      seen: account,
    },
    link: {
      ...link,
      ...(remove ? { deletedBy: 'syncer' as const } : { forbiddenBy: 'syncer' as const }),
      ...(gone && { groups: [] }),
    },
  };
}

/** Of an account that was forbidden for it and has been so for long enough. */
const deletion = (
  base: Pick<LockOutPlan, 'cause' | 'key' | 'userid' | 'user'>,
  account: Account,
  link: AccountLink,
  reason: Text,
): LockOutPlan => ({
  ...base,
  kind: 'remove',
  fields: [{ field: 'isDeleted', before: false, after: true }],
  reason,
  update: { name: account.name, values: {}, isDeleted: true, seen: account },
  link: { ...link, deletedBy: 'syncer' },
});

import { noCounts, type Run } from '../../src/engine/run.ts';
import type { Account, AccountLink } from '../../src/identity/account.ts';
import { externalId, keyOf, type ExternalKey } from '../../src/syncer/external-id.ts';
import { PROFILE_FIELDS, type Access, type UserProfile } from '../../src/syncer/profile.ts';
import { text } from '../../src/syncer/text.ts';

export const ALLOWED: Access = { state: 'allowed' };
export const DISABLED: Access = { state: 'forbidden', reason: text('Disabled in WeCom.', '已在企业微信中禁用。') };

/** What a directory says about one active member, with whatever a test wants to be different. */
export const aProfile = (
  differences: Partial<Omit<UserProfile, 'externalId'>> & { userid?: string } = {},
): UserProfile => {
  const { userid = 'zhangsan', ...rest } = differences;
  return { externalId: externalId(userid), values: { displayName: 'Zhang San' }, access: ALLOWED, ...rest };
};

const EMPTY_VALUES = Object.fromEntries(PROFILE_FIELDS.map((field) => [field, '']));

export const anAccount = (differences: Partial<Account> = {}): Account => {
  const name = differences.name ?? 'zhangsan';
  const { values, ...rest } = differences;
  return {
    owner: 'acme',
    name,
    id: name,
    binding: name,
    isAdmin: false,
    isForbidden: false,
    isDeleted: false,
    groups: [],
    ...rest,
    values: { ...EMPTY_VALUES, displayName: 'Zhang San', ...values },
  };
};

export const aLink = (
  differences: Partial<Omit<AccountLink, 'key' | 'externalId'>> & { userid?: string } = {},
): AccountLink => {
  const { userid = 'zhangsan', ...rest } = differences;
  const id = externalId(userid);
  return {
    key: keyOf(id),
    externalId: id,
    accountName: userid,
    forbiddenBy: null,
    deletedBy: null,
    groups: [],
    ...rest,
  };
};

export const aKey = (id: string): ExternalKey => keyOf(externalId(id));

/** A scheduled run that succeeded, but for what the test says. */
export const aRun = (values: Partial<Run>): Run => ({
  id: 'run',
  syncerId: 'syncer',
  organization: 'acme',
  syncerName: 'wecom',
  trigger: 'schedule',
  dryRun: false,
  state: 'succeeded',
  phase: 'done',
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:00:01.000Z',
  progress: { departmentsDone: 0, departmentsTotal: 0, membersSeen: 0 },
  counts: noCounts(),
  warnings: [],
  error: null,
  lockOutDigest: '',
  supersededBy: null,
  ...values,
});

import { expect } from 'chai';
import type { Grace } from '../../../../src/engine/plan/lock-outs/grace.ts';
import {
  GONE,
  planLockOut,
  type LockOutCause,
  type LockOutRules,
} from '../../../../src/engine/plan/lock-outs/lock-out.ts';
import type { LeaverPolicy } from '../../../../src/engine/syncer-settings.ts';
import type { Account, AccountLink } from '../../../../src/identity/account.ts';
import { text } from '../../../../src/syncer/text.ts';
import { aKey, aLink, anAccount } from '../../../support/builders.ts';

const DISABLED = text('Disabled.', '已禁用。');

function plan(
  cause: LockOutCause,
  {
    account = {},
    link = {},
    leavers = 'forbid',
    rules = {},
  }: {
    account?: Partial<Account> | null;
    link?: Partial<AccountLink>;
    leavers?: LeaverPolicy;
    rules?: Partial<LockOutRules>;
  } = {},
) {
  const lockOut = { key: aKey('zhangsan'), cause, reason: cause === 'gone' ? GONE : DISABLED };
  const held = { account: account && anAccount(account), link: { ...aLink(), ...link } };
  return planLockOut(lockOut, held, { leavers, organization: 'acme', ...rules });
}

describe('planning a lock-out', () => {
  it('forbids a disabled member and keeps the memberships', () => {
    const disabled = plan('disabled', { account: { groups: ['acme/d'] }, link: { groups: ['acme/d'] } });
    expect(disabled?.kind).to.equal('forbid');
    expect(disabled?.update).to.deep.include({ name: 'zhangsan', values: {}, isForbidden: true });
    expect(disabled?.update?.groups).to.equal(undefined);
    expect(disabled?.link?.forbiddenBy).to.equal('syncer');
  });

  it('forbids a leaver and takes back only the memberships that the syncer made', () => {
    const gone = plan('gone', { account: { groups: ['acme/d', 'acme/local'] }, link: { groups: ['acme/d'] } });
    expect(gone?.kind).to.equal('forbid');
    expect(gone?.update?.groups).to.deep.equal(['acme/local']);
    expect(gone?.link?.groups).to.deep.equal([]);
  });

  it('soft-deletes a leaver when told to, and remembers who did it', () => {
    const removed = plan('gone', { leavers: 'softDelete' });
    expect(removed?.kind).to.equal('remove');
    expect(removed?.update?.isDeleted).to.equal(true);
    expect(removed?.update?.isForbidden).to.equal(undefined);
    expect(removed?.link?.deletedBy).to.equal('syncer');
  });

  it('never soft-deletes a member who is only disabled', () => {
    expect(plan('disabled', { leavers: 'softDelete' })?.kind).to.equal('forbid');
  });

  it('keeps a leaver when told to, but never a disabled member', () => {
    expect(plan('gone', { leavers: 'keep' })).to.equal(undefined);
    expect(plan('disabled', { leavers: 'keep' })?.kind).to.equal('forbid');
  });

  for (const cause of ['gone', 'disabled'] as const) {
    it(`never locks an administrator out (${cause}), and reports it`, () => {
      const admin = plan(cause, { account: { isAdmin: true } });
      expect(admin?.kind).to.equal('skip');
      expect(admin?.update).to.equal(undefined);
    });

    it(`has nothing to do where the account is gone, deleted or forbidden already (${cause})`, () => {
      expect(plan(cause, { account: null })).to.equal(undefined);
      expect(plan(cause, { account: { isDeleted: true } })).to.equal(undefined);
      expect(plan(cause, { account: { isForbidden: true } })).to.equal(undefined);
      expect(plan(cause, { account: { isForbidden: true, isAdmin: true } })).to.equal(undefined);
    });
  }

  it('locks nobody out by taking memberships back from somebody without access', () => {
    const tidied = plan('gone', { account: { isForbidden: true, groups: ['acme/d'] }, link: { groups: ['acme/d'] } });
    expect(tidied?.kind).to.equal('update');
    expect(tidied?.update).to.deep.include({ groups: [] });
    expect(tidied?.link).to.deep.include({ forbiddenBy: null, groups: [] });
  });

  it('deletes nobody later whom a person forbade, however long he is gone', () => {
    const grace = { keepsAccessUntil: () => undefined, keepsAccountUntil: () => 'due' } as unknown as Grace;
    const of = (forbiddenBy: AccountLink['forbiddenBy']) =>
      plan('gone', {
        account: { isForbidden: true },
        link: { forbiddenBy },
        leavers: 'softDelete',
        rules: { grace, deleteDays: 5 },
      });
    expect(of('syncer')?.kind).to.equal('remove');
    expect([of('person'), of(null)]).to.deep.equal([undefined, undefined]);
  });

  it('tells of no freeze where nobody would lose access', () => {
    const rules = { freeze: { disabledToo: true } };
    const account = { isForbidden: true, groups: ['acme/d'] };
    expect(plan('gone', { account, link: { groups: ['acme/d'] }, rules })).to.include({ kind: 'update' });
    expect(plan('gone', { account: { isAdmin: true }, rules })?.isFrozen).to.equal(undefined);
    expect(plan('gone', { rules })).to.include({ kind: 'forbid', isFrozen: true }).and.not.have.property('update');
  });

  it('says why it forbids again what a person had allowed', () => {
    expect(plan('gone', { link: { forbiddenBy: 'syncer' } })?.reason.en).to.include('A person had allowed');
  });
});

import { expect } from 'chai';
import { planDisplaced } from '../../../../src/engine/plan/users/displaced.ts';
import { externalId } from '../../../../src/syncer/external-id.ts';
import { aLink, anAccount } from '../../../support/builders.ts';

describe('the account that was a member’s until a person said otherwise', () => {
  const context = { organization: 'acme', bindingColumn: 'wecom', syncerType: '', isImmutable: () => false } as never;
  const planned = (leavers: 'forbid' | 'softDelete', deleteDays: number) => {
    const account = anAccount({ name: 'zhang', binding: 'zhang' });
    const { update } = planDisplaced(account, aLink(), externalId('zhang'), { leavers, deleteDays }, context);
    return { isForbidden: update.isForbidden, isDeleted: update.isDeleted };
  };

  it('is deleted where leavers are, and only forbidden where they are forbidden first', () => {
    expect(planned('forbid', 0)).to.deep.equal({ isForbidden: true, isDeleted: undefined });
    expect(planned('softDelete', 0)).to.deep.equal({ isForbidden: undefined, isDeleted: true });
    expect(planned('softDelete', 30)).to.deep.equal({ isForbidden: true, isDeleted: undefined });
  });
});

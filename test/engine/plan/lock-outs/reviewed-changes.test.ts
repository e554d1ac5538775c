import { expect } from 'chai';
import {
  accountAsReviewed,
  approvedAmong,
  groupAsReviewed,
  ReviewedChanges,
  type ReviewedChange,
} from '../../../../src/engine/plan/lock-outs/reviewed-changes.ts';
import type { AccountPlan } from '../../../../src/engine/plan/users/account-plan.ts';
import { text } from '../../../../src/syncer/text.ts';
import { aKey, anAccount } from '../../../support/builders.ts';

const reason = text('Changed.', '有变化。');
const fields = [{ field: 'displayName', before: 'Old', after: 'New' }];
const aChange = (of: Partial<ReviewedChange> = {}): ReviewedChange => ({
  kind: 'update',
  userid: 'ZhangSan',
  user: 'acme/zhangsan',
  fields,
  ...of,
});
const aPlan = (of: Partial<AccountPlan> = {}): AccountPlan => ({
  kind: 'update',
  userid: 'ZhangSan',
  user: 'acme/zhangsan',
  fields,
  reason,
  update: { name: 'zhangsan', values: { displayName: 'New' }, seen: anAccount({ groups: ['acme/a'] }) },
  notes: [],
  ...of,
});
const asReviewed = (plan: AccountPlan, ...seen: readonly ReviewedChange[]): AccountPlan =>
  accountAsReviewed(plan, new ReviewedChanges(seen));

describe('a preview that is applied', () => {
  it('does what was seen', () => {
    expect(asReviewed(aPlan(), aChange())).to.deep.equal(aPlan());
  });

  const others: readonly [string, Partial<ReviewedChange>][] = [
    ['another kind', { kind: 'restore' }],
    ['another member', { userid: 'lisi' }],
    ['another account', { user: 'acme/lisi' }],
    ['another value before', { fields: [{ field: 'displayName', before: 'Older', after: 'New' }] }],
    ['another value after', { fields: [{ field: 'displayName', before: 'Old', after: 'Newer' }] }],
    ['another field', { fields: [{ field: 'title', before: 'Old', after: 'New' }] }],
    ['fewer fields', { fields: [] }],
  ];
  for (const [title, other] of others) {
    it(`does nothing where ${title} was seen, and the account stays in its groups`, () => {
      const plan = asReviewed(aPlan(), aChange(other));
      expect(plan).to.include({ kind: 'none', passedOver: true });
      expect(plan.update).to.equal(undefined);
      expect(plan.keeps).to.deep.equal(['acme/a']);
    });
  }

  it('asks at the end whether access goes, under the userid that is stored', () => {
    const lockOut = { key: aKey('zhangsan'), userid: 'ZhangSan', reason };
    expect(asReviewed(aPlan({ lockOut })).lockOut).to.deep.equal(lockOut);
    const renamed = asReviewed(aPlan({ lockOut, formerKey: aKey('zs-old') }));
    expect(renamed.lockOut?.key).to.equal(aKey('zs-old'));
    expect(renamed.formerKey).to.equal(aKey('zs-old'));
  });

  it('takes nothing from another account that was not seen', () => {
    const report = { kind: 'forbid', user: 'acme/old', fields: [], reason } as const;
    const displaced = [{ update: { name: 'old', values: {}, seen: anAccount() }, reports: [report] }];
    expect(asReviewed(aPlan({ displaced }), aChange())).to.include({ kind: 'none' });
    const seen = aChange({ kind: 'forbid', user: 'acme/old', fields: [] });
    expect(asReviewed(aPlan({ displaced }), aChange(), seen).displaced).to.deep.equal(displaced);
  });

  it('tells besides only what was seen', () => {
    const leftAlone = { fields, reason };
    const report = { kind: 'conflict', user: 'acme/lisi', fields: [], reason } as const;
    const untold = asReviewed(aPlan({ kind: 'unchanged', leftAlone, report }));
    expect([untold.leftAlone, untold.report]).to.deep.equal([undefined, undefined]);
    const told = asReviewed(
      aPlan({ kind: 'unchanged', leftAlone, report }),
      aChange({ kind: 'skip' }),
      aChange({ kind: 'conflict', user: 'acme/lisi', fields: [] }),
    );
    expect([told.leftAlone, told.report]).to.deep.equal([leftAlone, report]);
  });

  it('makes and moves no group that was not seen', () => {
    const group = { userid: '7', user: 'acme/sales', fields, reason, groupName: 'sales', notes: [] } as const;
    const made = { ...group, kind: 'createGroup' } as const;
    const moved = { ...group, kind: 'updateGroup' } as const;
    const none = new ReviewedChanges([]);
    expect(groupAsReviewed(made, none)).to.include({ kind: 'unchanged' }).and.not.have.property('groupName');
    expect(groupAsReviewed(moved, none)).to.include({ kind: 'unchanged', groupName: 'sales' });
    const seen = new ReviewedChanges([made, moved]);
    expect([groupAsReviewed(made, seen), groupAsReviewed(moved, seen)]).to.deep.equal([made, moved]);
  });

  it('locks out those alone whom somebody saw, as they were seen', () => {
    const plan = (name: string) => ({
      ...aChange({ kind: 'forbid', userid: name, user: `acme/${name}` }),
      key: aKey(name),
    });
    const seen = new ReviewedChanges([plan('a'), { ...plan('b'), kind: 'remove' }]);
    expect(approvedAmong([plan('a'), plan('b'), plan('c')], seen)).to.deep.equal(['forbid:a']);
  });

  it('lists what is no longer so', () => {
    const reviewed = new ReviewedChanges([aChange(), aChange({ userid: 'lisi' })]);
    expect(reviewed.missingIn([aChange()]).map(({ userid }) => userid)).to.deep.equal(['lisi']);
    expect(new ReviewedChanges([aChange({ kind: 'removeGroup', userid: 'D7' })]).groupRemovals).to.deep.equal([
      'removeGroup:d7',
    ]);
  });
});

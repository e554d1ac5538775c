import { expect } from 'chai';
import { planCreate, planHeld, planLink } from '../../../../src/engine/plan/users/account.ts';
import type { PlanContext } from '../../../../src/engine/plan/users/account-plan.ts';
import type { Account, AccountLink } from '../../../../src/identity/account.ts';
import type { UserProfile } from '../../../../src/syncer/profile.ts';
import { externalId } from '../../../../src/syncer/external-id.ts';
import { text } from '../../../../src/syncer/text.ts';
import { CASDOOR_LIMITS } from '../../../../src/identity/column-limits.ts';
import { aKey, aLink, ALLOWED, anAccount, aProfile, DISABLED } from '../../../support/builders.ts';

const context: PlanContext = {
  organization: 'acme',
  limits: CASDOOR_LIMITS,
  groupNames: new Map([[aKey('2'), 'acme/acme-wecom-2']]),
  bindingColumn: 'wecom',
};

const plan = (profile: UserProfile, account: Account = anAccount(), link: AccountLink = aLink()) =>
  planHeld(profile, { account, link }, context);

describe('planning a member who is held', () => {
  it('plans nothing when nothing differs', () => {
    const unchanged = plan(aProfile());
    expect(unchanged.kind).to.equal('unchanged');
    expect(unchanged.update).to.equal(undefined);
    expect(unchanged.link).to.equal(undefined);
  });

  it('writes only the fields that differ', () => {
    const email = 'z@example.com';
    const profile = aProfile({ values: { displayName: '张三', title: '', email } });
    const { update, fields } = plan(profile, anAccount({ values: { email } }));
    expect(fields).to.deep.equal([{ field: 'displayName', before: 'Zhang San', after: '张三' }]);
    expect(update).to.deep.include({ name: 'zhangsan', values: { displayName: '张三' } });
    expect(update).to.not.have.any.keys('groups', 'isForbidden', 'isDeleted', 'binding');
  });

  it('plans no login binding where the accounts have no column for it', () => {
    const { binding: _, ...limits } = CASDOOR_LIMITS;
    const held = { account: anAccount({ binding: '' }), link: aLink() };
    expect(planHeld(aProfile(), held, context).fields).to.have.length(1);
    expect(planHeld(aProfile(), held, { ...context, limits }).kind).to.equal('unchanged');
    expect(planCreate(aProfile(), { ...context, limits }).kind).to.equal('create');
  });

  it('keeps what the directory does not say', () => {
    const account = anAccount({ values: { email: 'local@example.com', phone: '13800138000', gender: 'Female' } });
    expect(plan(aProfile(), account).kind).to.equal('unchanged');
  });

  it('clears a title that the directory says is empty', () => {
    const { fields } = plan(aProfile({ values: { title: '' } }), anAccount({ values: { title: 'CEO' } }));
    expect(fields).to.deep.equal([{ field: 'title', before: 'CEO', after: '' }]);
  });

  it('changes nothing when the userid’s case changes, nor when another list spells it otherwise', () => {
    const { kind, update, link } = plan(aProfile({ userid: 'ZhangSan' }));
    expect(kind).to.equal('unchanged');
    expect([update, link]).to.deep.equal([undefined, undefined]);
  });

  it('gives the login binding back to an account that lost it', () => {
    const { update } = plan(aProfile({ userid: 'ZhangSan' }), anAccount({ binding: '' }));
    expect(update).to.deep.include({ binding: 'ZhangSan' });
  });

  it('respects the authority of a field', () => {
    const account = anAccount({ values: { title: 'old', tag: '', region: 'old' } });
    const profile = aProfile({
      values: { title: 'new', tag: 'new', region: 'new' },
      authority: { title: 'createOnly', tag: 'whenEmpty', region: 'whenEmpty' },
    });
    expect(plan(profile, account).fields).to.deep.equal([{ field: 'tag', before: '', after: 'new' }]);
  });

  it('merges memberships and remembers which are ours', () => {
    const { update, link } = plan(
      aProfile({ groups: [externalId('2'), externalId('99')] }),
      anAccount({ groups: ['acme/local'] }),
    );
    expect(update?.groups).to.deep.equal(['acme/local', 'acme/acme-wecom-2']);
    expect(link?.groups).to.deep.equal(['acme/acme-wecom-2']);
  });

  describe('access', () => {
    const forbidden = anAccount({ isForbidden: true });

    it('announces a lock-out instead of applying it', () => {
      const disabled = plan(aProfile({ access: DISABLED }));
      expect(disabled.kind).to.equal('unchanged');
      expect(disabled.lockOut).to.deep.equal({
        key: 'zhangsan',
        userid: 'zhangsan',
        reason: DISABLED.state === 'forbidden' && DISABLED.reason,
      });
    });

    it('says so when a person had allowed the account meanwhile', () => {
      const again = plan(aProfile({ access: DISABLED }), anAccount(), aLink({ forbiddenBy: 'syncer' }));
      expect(again.lockOut?.reason.en).to.include('A person had allowed');
    });

    it('allows again what the syncer forbade', () => {
      const restored = plan(aProfile(), forbidden, aLink({ forbiddenBy: 'syncer' }));
      expect(restored.kind).to.equal('restore');
      expect(restored.update?.isForbidden).to.equal(false);
      expect(restored.link?.forbiddenBy).to.equal(null);
    });

    for (const forbiddenBy of ['person', null] as const) {
      it(`never allows what a person forbade (recorded as ${forbiddenBy})`, () => {
        const kept = plan(aProfile({ access: ALLOWED }), forbidden, aLink({ forbiddenBy }));
        expect(kept.kind).to.equal('unchanged');
        expect(kept.notes.map(({ code }) => code)).to.deep.equal(['forbidden-by-person']);
        expect(kept.link?.forbiddenBy ?? forbiddenBy).to.equal('person');
      });
    }

    it('forgets a person’s ban that the person lifted', () => {
      expect(plan(aProfile(), anAccount(), aLink({ forbiddenBy: 'person' })).link?.forbiddenBy).to.equal(null);
    });

    it('keeps an account as it is when the status is unknown', () => {
      const access = { state: 'unknown', reason: text('Status 9.', '状态 9。') } as const;
      for (const account of [anAccount(), forbidden]) {
        const kept = plan(aProfile({ access }), account, aLink({ forbiddenBy: account.isForbidden ? 'syncer' : null }));
        expect(kept.kind).to.equal('unchanged');
        expect(kept.lockOut).to.equal(undefined);
        expect(kept.notes.map(({ code }) => code)).to.deep.equal(['status-unknown']);
      }
    });

    it('brings back a returner whom the syncer had soft-deleted, and nobody whom a person deleted', () => {
      const deleted = anAccount({ isDeleted: true });
      expect(plan(aProfile(), deleted, aLink({ deletedBy: 'syncer' })).update?.isDeleted).to.equal(false);
      expect(plan(aProfile(), deleted, aLink()).kind).to.equal('skip');
    });
  });

  it('writes nothing of a member of whom only the id is visible', () => {
    const idOnly = aProfile({ complete: false, values: {}, access: { state: 'unknown', reason: text('', '') } });
    expect(plan(idOnly).fields).to.deep.equal([]);
  });
});

describe('planning a newcomer', () => {
  it('creates the account with identity, access and memberships', () => {
    const { create, link, kind } = planCreate(aProfile({ userid: 'Li.Si', groups: [externalId('2')] }), context);
    expect(kind).to.equal('create');
    expect(create).to.deep.equal({
      name: 'Li.Si',
      id: 'Li.Si',
      binding: 'Li.Si',
      values: { displayName: 'Zhang San' },
      isForbidden: false,
      groups: ['acme/acme-wecom-2'],
    });
    expect(link).to.deep.include({ key: 'li.si', forbiddenBy: null, groups: ['acme/acme-wecom-2'] });
  });

  it('creates a disabled member without access, forbidden by the syncer', () => {
    const { create, link } = planCreate(aProfile({ access: DISABLED }), context);
    expect(create?.isForbidden).to.equal(true);
    expect(link?.forbiddenBy).to.equal('syncer');
  });

  it('lets a newcomer in whose status says nothing, and reports it', () => {
    const access = { state: 'unknown', reason: text('Status 9.', '状态 9。') } as const;
    const { create, notes } = planCreate(aProfile({ access }), context);
    expect(create?.isForbidden).to.equal(false);
    expect(notes.map(({ code }) => code)).to.deep.equal(['status-unknown']);
  });

  it('shows the userid where there is no name', () => {
    expect(planCreate(aProfile({ values: {} }), context).create?.values.displayName).to.equal('zhangsan');
  });
});

describe('linking an account that exists', () => {
  it('binds it and remembers that a person had forbidden it', () => {
    const linked = planLink(aProfile(), anAccount({ binding: '', isForbidden: true }), 'email', context);
    expect(linked.kind).to.equal('link');
    expect(linked.update?.binding).to.equal('zhangsan');
    expect(linked.link?.forbiddenBy).to.equal('person');
    expect(linked.update?.isForbidden).to.equal(undefined);
  });
});

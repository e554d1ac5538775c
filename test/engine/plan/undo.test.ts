import { expect } from 'chai';
import type { ProtectionKind, StandingProtection } from '../../../src/identity/protection.ts';
import {
  doneIn,
  exchangedIn,
  planUndo,
  type Standing,
  type UndoContext,
  type UndoPlan,
} from '../../../src/engine/plan/undo.ts';
import type { Account, AccountLink } from '../../../src/identity/account.ts';
import type { Change, ChangeKind, FieldValue } from '../../../src/identity/change.ts';
import { text } from '../../../src/syncer/text.ts';
import { aKey, aLink, anAccount } from '../../support/builders.ts';

const REASON = text('Taken back.', '已撤销。');
const CONTEXT: UndoContext = {
  bindingColumn: 'wecom',
  groups: new Set(),
  ours: new Set(),
  reason: REASON,
  isFrozen: false,
};

type Fields = Readonly<Record<string, readonly [FieldValue, FieldValue]>>;

const aChange = (
  kind: ChangeKind,
  fields: Fields = {},
  of: Partial<Pick<Change, 'userid' | 'user'>> = {},
): Pick<Change, 'kind' | 'userid' | 'user' | 'fields'> => ({
  kind,
  userid: 'zhangsan',
  user: 'acme/zhangsan',
  fields: Object.entries(fields).map(([field, [before, after]]) => ({ field, before, after })),
  ...of,
});

interface Stands extends Omit<Standing, 'account' | 'link'> {
  readonly account?: Partial<Account> | null;
  readonly link?: Partial<AccountLink> | null;
}

function undo(
  done: ReturnType<typeof aChange>,
  { account = {}, link = {}, ...standing }: Stands = {},
  context: Partial<UndoContext> = {},
): UndoPlan {
  const [one] = doneIn([done]);
  if (!one) throw new Error('nothing of it can be taken back');
  return planUndo(
    one,
    {
      ...standing,
      account: account === null ? undefined : anAccount(account),
      link: link === null ? undefined : { ...aLink(), ...link },
    },
    { ...CONTEXT, ...context },
  );
}

/** Nothing is written, nobody is let in or locked out. */
function expectKept(plan: UndoPlan, field: string, reason: RegExp): void {
  const { kept, ...rest } = plan;
  expect(rest).to.deep.equal({});
  expect(kept?.fields.map((change) => change.field)).to.deep.equal([field]);
  expect(kept?.reason.en).to.match(reason);
}

const RENAMED = aChange('update', { displayName: ['Old', 'New'] });
const FORBIDDEN = aChange('forbid', { isForbidden: [false, true] });
const DELETED = aChange('remove', { isDeleted: [false, true] });
const RESTORED = aChange('restore', { isForbidden: [true, false] });
const OUT = { isForbidden: true };
const OURS = { forbiddenBy: 'syncer' } as const;

describe('planning what a run did to be taken back', () => {
  describe('of values', () => {
    const values = { displayName: 'New' };

    it('returns what still stands as the run left it', () => {
      expect(undo(RENAMED, { account: { values } }).update).to.deep.include({ values: { displayName: 'Old' } });
    });

    it('takes the first before and the last after of several changes', () => {
      const [done] = doneIn([RENAMED, aChange('update', { displayName: ['New', 'Newer'] })]);
      expect(done?.fields.get('displayName')).to.deep.equal({ before: 'Old', after: 'Newer' });
    });

    it('knows nothing of what is no change of an account', () => {
      expect(doneIn(['skip', 'conflict', 'createGroup'].map((kind) => aChange(kind as ChangeKind)))).to.deep.equal([]);
    });

    it('keeps what was changed since', () => {
      const since = { values: { displayName: 'Newest' } };
      expectKept(undo(RENAMED, { account: since }), 'displayName', /changed since/);
    });

    it('keeps what this syncer holds no more', () => {
      expectKept(undo(RENAMED, { account: { values }, link: null }), 'displayName', /belongs to this member no more/);
    });

    it('keeps the contacts of an administrator', () => {
      const done = aChange('update', { email: ['a@x.cn', 'b@x.cn'] });
      const standing = { account: { isAdmin: true, values: { email: 'b@x.cn' } } };
      expectKept(undo(done, standing), 'email', /administrator/);
    });

    it('keeps a value that another account has by now', () => {
      const done = aChange('update', { phone: ['1', '2'] });
      const standing = { account: { values: { phone: '2' } }, taken: new Set(['phone']) };
      expectKept(undo(done, standing), 'phone', /Another account/);
    });

    describe('a number and its country', () => {
      const moved = aChange('update', { phone: ['13800000000', '91234567'], countryCode: ['CN', 'SG'] });
      const now = (phone: string, countryCode: string) => undo(moved, { account: { values: { phone, countryCode } } });

      it('return together', () => {
        const both = { phone: '13800000000', countryCode: 'CN' };
        expect(now('91234567', 'SG').update).to.deep.include({ values: both });
      });

      it('stay together where one of them was changed since', () => {
        for (const plan of [now('81234567', 'SG'), now('91234567', 'MY')]) {
          const { kept, ...rest } = plan;
          expect(rest).to.deep.equal({});
          expect(kept?.fields.map(({ field }) => field)).to.deep.equal(['phone', 'countryCode']);
          expect(kept?.reason.en).to.match(/changed since/);
        }
      });

      it('return each where the other is as before already, or has no column', () => {
        expect(now('13800000000', 'SG').update).to.deep.include({ values: { countryCode: 'CN' } });
        expect(now('91234567', 'CN').update).to.deep.include({ values: { phone: '13800000000' } });
        const plan = undo(moved, { account: { values: { phone: '91234567', countryCode: undefined as never } } });
        expect(plan.update).to.deep.include({ values: { phone: '13800000000' } });
      });
    });

    it('does nothing where it stands as before, or is no field of ours', () => {
      expect(undo(RENAMED, { account: { values: { displayName: 'Old' } } })).to.deep.equal({});
      expect(undo(aChange('update', { owner: ['x', 'y'] }))).to.deep.equal({});
    });

    it('tells of an account that is gone', () => {
      expectKept(undo(RENAMED, { account: null }), 'displayName', /not there any more/);
    });
  });

  describe('of access', () => {
    it('lets in whom that run locked out', () => {
      const plan = undo(FORBIDDEN, { account: OUT, link: OURS });
      expect(plan.update).to.include({ isForbidden: false });
      expect(plan.link).to.include({ forbiddenBy: null });
      expect(plan).to.deep.include({ letsIn: true });
      expect(plan.change?.kind).to.equal('restore');
    });

    it('brings back whom that run deleted', () => {
      const plan = undo(DELETED, { account: { isDeleted: true }, link: { deletedBy: 'syncer' } });
      expect(plan.update).to.include({ isDeleted: false });
      expect(plan.link).to.include({ deletedBy: null });
    });

    for (const by of ['person', null] as const) {
      it(`lets in nobody whom a person keeps out (${by})`, () => {
        expectKept(undo(FORBIDDEN, { account: OUT, link: { forbiddenBy: by } }), 'isForbidden', /A person took/);
        expectKept(undo(DELETED, { account: { isDeleted: true }, link: { deletedBy: by } }), 'isDeleted', /A person/);
      });
    }

    it('lets in nobody about whom a later run decided', () => {
      const plan = undo(FORBIDDEN, { account: OUT, link: OURS, isDecidedSince: true });
      expectKept(plan, 'isForbidden', /changed since/);
    });

    it('lets in nobody whom this syncer holds no more', () => {
      expectKept(undo(FORBIDDEN, { account: OUT, link: null }), 'isForbidden', /belongs to this member no more/);
    });

    it('has nothing to do for somebody who is in already', () => {
      expect(undo(FORBIDDEN, { link: OURS })).to.deep.equal({});
    });

    for (const done of [RESTORED, aChange('create', { isForbidden: [null, false] })]) {
      describe(`that it gave (${done.kind})`, () => {
        it('asks for a lock-out, which passes the guard', () => {
          const { lockOut, ...rest } = undo(done);
          expect(rest).to.deep.equal({});
          expect(lockOut).to.deep.equal({
            key: aKey('zhangsan'),
            userid: 'zhangsan',
            cause: 'disabled',
            reason: REASON,
          });
        });

        it('does nothing to who is out already', () => {
          expect(undo(done, { account: OUT })).to.deep.equal({});
          expect(undo(done, { account: { isDeleted: true } })).to.deep.equal({});
        });

        it('locks out nobody whom this syncer holds no more, and no administrator', () => {
          expectKept(undo(done, { link: null }), 'isForbidden', /belongs to this member no more/);
          expectKept(undo(done, { account: { isAdmin: true } }), 'isForbidden', /administrator/);
        });
      });
    }

    it('locks out nobody whom a later run let in once more', () => {
      expectKept(undo(RESTORED, { isDecidedSince: true }), 'isForbidden', /changed since/);
      const undeleted = aChange('restore', { isDeleted: [true, false] });
      expectKept(undo(undeleted, { isDecidedSince: true }), 'isDeleted', /changed since/);
    });

    it('asks once where both kinds were lifted', () => {
      const both = aChange('restore', { isForbidden: [true, false], isDeleted: [true, false] });
      expect(undo(both).lockOut?.key).to.equal(aKey('zhangsan'));
    });
  });

  describe('of memberships', () => {
    const groups = { groups: new Set(['acme/a', 'acme/b']), ours: new Set(['acme/a']) };
    const moved = aChange('update', { groups: [['acme/a', 'acme/b'], ['acme/new']] });
    const rule: StandingProtection = {
      id: '1',
      owner: 'acme',
      kind: 'userid' satisfies ProtectionKind,
      value: 'zhangsan',
      syncerId: '',
      accountId: '',
      groups: [],
      by: 'acme/boss',
      at: '2026-01-01T00:00:00.000Z',
      until: null,
      reason: 'on leave',
    };

    it('returns them, and those of ours as ours', () => {
      const plan = undo(moved, { account: { groups: ['acme/new'] }, link: { groups: ['acme/new'] } }, groups);
      expect(plan.update?.groups).to.deep.equal(['acme/a', 'acme/b']);
      expect(plan.link?.groups).to.deep.equal(['acme/a']);
    });

    it('takes nothing where one of the groups is gone, returns the others, and says so', () => {
      const done = aChange('update', { groups: [['acme/a', 'acme/gone'], ['acme/new']] });
      const standing = { account: { groups: ['acme/new'] }, link: { groups: ['acme/new'] } };
      const plan = undo(done, standing, groups);
      expect(plan.update?.groups).to.have.members(['acme/new', 'acme/a']);
      expect(plan.link?.groups).to.have.members(['acme/new', 'acme/a']);
      expect(plan.kept?.fields).to.deep.equal([
        { field: 'groups', before: ['acme/new', 'acme/a'], after: ['acme/a', 'acme/gone'] },
      ]);
      expect(plan.kept?.reason.en).to.match(/not there any more, or has another name/);
      const alone = aChange('update', { groups: [['acme/gone'], ['acme/new']] });
      expectKept(undo(alone, standing, groups), 'groups', /not there any more, or has another name/);
    });

    it('says of whom it lets in that a group of before is gone', () => {
      const left = aChange('forbid', { isForbidden: [false, true], groups: [['acme/gone'], []] });
      const plan = undo(left, { account: OUT, link: OURS }, groups);
      expect(plan.letsIn).to.equal(true);
      expect(plan.kept?.fields).to.deep.equal([{ field: 'groups', before: [], after: ['acme/gone'] }]);
    });

    it('leaves a membership that stood whose it was', () => {
      const done = aChange('update', { groups: [['acme/a', 'acme/b'], ['acme/a']] });
      const plan = undo(done, { account: { groups: ['acme/a'] }, link: { groups: [] } }, groups);
      expect(plan.update?.groups).to.deep.equal(['acme/a', 'acme/b']);
      expect(plan.link?.groups).to.deep.equal([]);
    });

    it('keeps those that were changed since, and those of nobody’s account', () => {
      const since = { account: { groups: ['acme/new', 'acme/other'] } };
      expectKept(undo(moved, since, groups), 'groups', /changed since/);
      expectKept(undo(moved, { account: { groups: ['acme/new'] }, link: null }, groups), 'groups', /no more/);
    });

    it('takes none from somebody who is left alone, and gives him what he lost', () => {
      expectKept(
        undo(moved, { account: { groups: ['acme/new'] }, rule }, groups),
        'groups',
        /left alone by acme\/boss/,
      );
      const lost = aChange('update', { groups: [['acme/a'], []] });
      expect(undo(lost, { account: { groups: [] }, rule }, groups).update?.groups).to.deep.equal(['acme/a']);
    });
  });

  describe('of a link', () => {
    const linked = aChange('link', { wecom: ['', 'zhangsan'] });

    it('takes it away, and what a person said with it', () => {
      const plan = undo(linked);
      expect(plan).to.deep.include({ removeLink: aKey('zhangsan'), forgetsDecision: true });
      expect(plan.update).to.include({ binding: '' });
      expect(plan.link).to.equal(undefined);
      expect(plan.unlinked).to.include({ kind: 'unlinked', accountName: 'zhangsan' });
    });

    it('gives it back to the userid that the same person had before', () => {
      const plan = undo(aChange('link', { wecom: ['zs-old', 'zhangsan'] }));
      expect(plan.link).to.include({ key: aKey('zs-old'), externalId: 'zs-old' });
      expect(plan.removeLink).to.equal(aKey('zhangsan'));
      expect(plan.unlinked).to.equal(undefined);
    });

    it('keeps it for whom it let in: by it he is locked out', () => {
      const plan = undo(aChange('link', { wecom: ['', 'zhangsan'], isForbidden: [true, false] }));
      expect(plan.lockOut?.key).to.equal(aKey('zhangsan'));
      expect([plan.removeLink, plan.update]).to.deep.equal([undefined, undefined]);
      expect(plan.kept?.reason.en).to.match(/stays this member’s until it is unlinked/);
    });

    it('locks out under the userid of before whom it let in under a new one', () => {
      const plan = undo(aChange('link', { wecom: ['zs-old', 'zhangsan'], isForbidden: [true, false] }));
      expect(plan.lockOut?.key).to.equal(aKey('zs-old'));
      expect(plan.link?.key).to.equal(aKey('zs-old'));
    });

    it('keeps it in a freeze for whom it let in, so that he is found when it is taken back again', () => {
      const letIn = aChange('link', { wecom: ['zs-old', 'zhangsan'], isForbidden: [true, false] });
      const plan = undo(letIn, {}, { isFrozen: true });
      expect(plan.lockOut?.key).to.equal(aKey('zhangsan'));
      expect([plan.removeLink, plan.link, plan.update]).to.deep.equal([undefined, undefined, undefined]);
      expect(plan.kept?.fields.map(({ field }) => field)).to.deep.equal(['wecom']);
      expect(plan.kept?.reason.en).to.match(/freeze window/);
    });

    it('leaves a binding that a person changed, with its link', () => {
      expectKept(undo(linked, { account: { binding: 'lisi' } }), 'wecom', /changed since/);
    });

    it('keeps the link where the run only corrected the binding', () => {
      const plan = undo(aChange('update', { wecom: ['ZHANGSAN', 'zhangsan'] }));
      expect(plan.update).to.include({ binding: 'ZHANGSAN' });
      expect(plan.removeLink).to.equal(undefined);
    });
  });

  it('knows who got another account in place of the one before', () => {
    const user = 'acme/zhangsan-2';
    const both = doneIn([FORBIDDEN, aChange('create', {}, { user })]);
    expect([...exchangedIn(both)]).to.deep.equal([aKey('zhangsan')]);
    expect([...exchangedIn(doneIn([FORBIDDEN]))]).to.deep.equal([]);
    expect([...exchangedIn(doneIn([FORBIDDEN, aChange('update', {}, { user })]))]).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import { leftAloneBy, Protections } from '../../../../src/engine/plan/lock-outs/protections.ts';
import type { StandingProtection } from '../../../../src/identity/protection.ts';
import { aKey, anAccount } from '../../../support/builders.ts';

const aRule = (of: Partial<StandingProtection>): StandingProtection => ({
  id: of.value ?? 'rule',
  kind: 'userid',
  value: 'zhangsan',
  accountId: '',
  groups: [],
  owner: 'acme',
  syncerId: '',
  at: '2026-01-01T00:00:00.000Z',
  by: 'acme/boss',
  until: null,
  reason: 'on leave',
  ...of,
});

const PARENTS = new Map([
  ['top', 'acme'],
  ['sales', 'top'],
  ['north', 'sales'],
  ['staff', 'top'],
  ['round', 'about'],
  ['about', 'round'],
]);

const among = (...rules: readonly StandingProtection[]): Protections => new Protections('acme', rules, PARENTS);

describe('whom a person told runs to leave alone', () => {
  const key = aKey('zhangsan');
  const CASES: readonly [string, Partial<StandingProtection>, Parameters<typeof anAccount>[0], boolean][] = [
    ['a userid, in whatever case', { value: 'ZhangSan' }, {}, true],
    ['a userid, and nobody else', { value: 'zhangsan2' }, {}, false],
    ['an account by its name', { kind: 'user', value: 'acme/zhangsan' }, {}, true],
    ['an account by its name, to the letter', { kind: 'user', value: 'acme/Zhangsan' }, {}, false],
    ['an account that was renamed since', { kind: 'user', value: 'acme/old', accountId: 'z-1' }, { id: 'z-1' }, true],
    ['not the namesake of a renamed one', { kind: 'user', value: 'acme/zhangsan', accountId: 'z-2' }, {}, false],
    ['a group', { kind: 'group', groups: ['sales'] }, { groups: ['acme/sales'] }, true],
    ['a group with those below', { kind: 'department', groups: ['top'] }, { groups: ['acme/north'] }, true],
    ['a group without those beside', { kind: 'department', groups: ['sales'] }, { groups: ['acme/staff'] }, false],
    ['a group without those above', { kind: 'department', groups: ['north'] }, { groups: ['acme/sales'] }, false],
    ['groups in a circle', { kind: 'group', groups: ['about'] }, { groups: ['acme/round'] }, true],
    ['not a group of that name elsewhere', { kind: 'group', groups: ['sales'] }, { groups: ['other/sales'] }, false],
  ];
  for (const [title, rule, account, isIn] of CASES) {
    it(`are ${title}`, () => {
      expect(among(aRule(rule)).of({ key, account: anAccount(account) }) !== undefined).to.equal(isIn);
    });
  }

  it('are left alone by the first of several', () => {
    const [first, second] = [aRule({ kind: 'user', value: 'acme/zhangsan' }), aRule({})];
    expect(among(first, second).of({ key, account: anAccount() })).to.equal(first);
    expect(among(second, first).of({ key, account: anAccount() })).to.equal(second);
  });

  it('are no more when the directory lets in whose lock-out was taken back', () => {
    const protections = among(aRule({ id: 'one', by: 'undo' }), aRule({ id: 'other', value: 'lisi' }));
    const account = anAccount();
    expect(protections.of({ key, account })?.id).to.equal('one');
    expect(protections.of({ key, account, isActive: true })).to.equal(undefined);
    expect(protections.of({ key: aKey('lisi'), account, isActive: true })?.id).to.equal('other');
    expect(protections.endedBy([key, aKey('lisi')])).to.deep.equal(['one']);
  });

  it('are told by whom, until when and why', () => {
    expect(leftAloneBy(aRule({})).en).to.equal('left alone by acme/boss: on leave');
    expect(leftAloneBy(aRule({ until: '2027-01-31' }))).to.deep.equal({
      en: 'left alone by acme/boss, until 2027-01-31: on leave',
      zh: '由 acme/boss 设为保持不变，直至 2027-01-31：on leave',
    });
  });
});

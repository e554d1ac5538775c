import { expect } from 'chai';
import {
  decideRenames,
  findFormerSelves,
  likeness,
  resemblance,
  type FormerSelf,
} from '../../../../src/engine/plan/users/renames.ts';
import type { ProfileValues } from '../../../../src/syncer/profile.ts';
import { aKey, aLink, anAccount, aProfile } from '../../../support/builders.ts';

const STORED = { displayName: '张三', phone: '13800138000', countryCode: 'CN', email: 'zs@example.com' };
const PHONE = { phone: '13800138000', countryCode: 'CN' };

interface Case {
  readonly says: string;
  readonly told: ProfileValues;
  readonly account?: Parameters<typeof anAccount>[0];
  readonly is: ReturnType<typeof resemblance>;
}

const CASES: readonly Case[] = [
  { says: 'everything agrees', told: STORED, is: 'same' },
  { says: 'mobile and name agree, e-mail unknown', told: { ...PHONE, displayName: '张三' }, is: 'same' },
  { says: 'e-mail and name agree, mobile unknown', told: { email: STORED.email, displayName: '张三' }, is: 'same' },
  { says: 'mobile and e-mail agree, no name is told', told: { ...PHONE, email: STORED.email }, is: 'same' },
  { says: 'the e-mail is spelt otherwise', told: { ...PHONE, email: 'ZS@example.com' }, is: 'same' },
  { says: 'mobile and name agree, the e-mail differs', told: { ...STORED, email: 'new@example.com' }, is: 'maybe' },
  { says: 'e-mail and name agree, the mobile differs', told: { ...STORED, phone: '13900139000' }, is: 'maybe' },
  { says: 'mobile and e-mail agree, the name differs', told: { ...STORED, displayName: '李四' }, is: 'maybe' },
  { says: 'the mobile agrees and nothing else is told', told: PHONE, is: 'maybe' },
  { says: 'a number was given on', told: { ...PHONE, displayName: '李四' }, is: 'maybe' },
  { says: 'the same digits belong to another country', told: { phone: '13800138000', countryCode: 'US' }, is: 'none' },
  { says: 'only the name agrees', told: { displayName: '张三' }, is: 'none' },
  { says: 'nothing is told', told: {}, is: 'none' },
  { says: 'empty values on both sides', told: { phone: '', email: '' }, account: { values: {} }, is: 'none' },
  ...['0', '11111111111', '18888888888', '10086', '4001234567', '12345678901'].map((phone): Case => {
    const values = { phone, countryCode: 'CN', displayName: '张三' };
    return { says: `${phone} is all that both give`, told: values, account: { values }, is: 'none' };
  }),
  { says: 'the account is an administrator’s', told: STORED, account: { isAdmin: true }, is: 'maybe' },
  { says: 'the account is forbidden, whatever agrees', told: STORED, account: { isForbidden: true }, is: 'maybe' },
  { says: 'the account is deleted, whatever agrees', told: STORED, account: { isDeleted: true }, is: 'maybe' },
];

describe('a newcomer and an account', () => {
  for (const { says, told, account, is } of CASES) {
    it(`are ${is === 'same' ? 'one person' : is === 'maybe' ? 'maybe one person' : 'two people'} when ${says}`, () => {
      const stored = anAccount({ ...account, values: account?.values ?? STORED });
      expect(resemblance(told, stored)).to.equal(is);
    });
  }

  it('are compared one by one, and only with accounts that are there', () => {
    const found = findFormerSelves({ ...PHONE, displayName: '张三' }, [
      { link: aLink({ userid: 'a' }), account: anAccount({ name: 'a', values: STORED }) },
      { link: aLink({ userid: 'b' }), account: anAccount({ name: 'b', values: {} }) },
      { link: aLink({ userid: 'c' }), account: null },
    ]);
    expect(found).to.deep.equal([{ key: 'a', accountName: 'a', resemblance: 'same' }]);
  });
});

describe('deciding who was renamed', () => {
  const like = (key: string, how: FormerSelf['resemblance'] = 'same'): FormerSelf => ({
    key: aKey(key),
    accountName: key,
    resemblance: how,
  });
  const deferred = (userid: string, ...formerSelves: FormerSelf[]) => ({ profile: aProfile({ userid }), formerSelves });
  const decide = (isGone: (key: string) => boolean, ...members: ReturnType<typeof deferred>[]) => {
    const { linked, ordinary, suggestions } = decideRenames(members, isGone);
    return {
      linked: [...linked].map(([{ externalId }, key]) => `${key}>${externalId}`),
      ordinary: ordinary.map(({ externalId }) => externalId),
      suggested: suggestions.map(({ userid, former }) => `${former}>${userid}`),
    };
  };
  const all = (): boolean => true;
  const nobody = (): boolean => false;

  it('links exactly one pair', () => {
    expect(decide(all, deferred('new', like('old')))).to.deep.equal({
      linked: ['old>new'],
      ordinary: [],
      suggested: [],
    });
  });

  it('takes nothing from somebody who is still shown', () => {
    expect(decide(nobody, deferred('new', like('old')))).to.deep.equal({
      linked: [],
      ordinary: ['new'],
      suggested: [],
    });
  });

  it('counts only those who are gone', () => {
    const gone = (key: string): boolean => key === 'old';
    expect(decide(gone, deferred('new', like('old'), like('here'))).linked).to.deep.equal(['old>new']);
  });

  it('guesses nothing when two leavers fit, or two newcomers', () => {
    expect(decide(all, deferred('new', like('a'), like('b', 'maybe')))).to.deep.equal({
      linked: [],
      ordinary: ['new'],
      suggested: ['a>new', 'b>new'],
    });
    expect(decide(all, deferred('x', like('old')), deferred('y', like('old', 'maybe')))).to.deep.equal({
      linked: [],
      ordinary: ['x', 'y'],
      suggested: ['old>x', 'old>y'],
    });
  });

  it('leaves what is not sure to a person', () => {
    expect(decide(all, deferred('new', like('old', 'maybe')))).to.deep.equal({
      linked: [],
      ordinary: ['new'],
      suggested: ['old>new'],
    });
  });

  it('compares name and departments whatever their order, and never a name alone', () => {
    expect(likeness('张三', ['a', 'b'])).to.equal(likeness('张三', ['b', 'a', 'b']));
    expect(likeness('张三', ['a'])).to.not.equal(likeness('张三', ['b']));
    expect(likeness('张三', [])).to.equal(undefined);
    expect(likeness('', ['a'])).to.equal(undefined);
  });
});

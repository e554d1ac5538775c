import { expect } from 'chai';
import {
  decideRenames,
  findFormerSelves,
  likeness,
  resemblance,
  type FormerSelf,
} from '../../src/engine/renamed-members.ts';
import type { AccountLink } from '../../src/identity/account.ts';
import type { ProfileValues } from '../../src/syncer/profile.ts';
import { aKey, aLink, anAccount, aProfile } from '../support/identity-builders.ts';

const STORED = { displayName: '张三', phone: '13800138000', countryCode: 'CN', email: 'zs@example.com' };
const PHONE = { phone: '13800138000', countryCode: 'CN' };

interface Case {
  readonly says: string;
  readonly told: ProfileValues;
  readonly account?: Parameters<typeof anAccount>[0];
  readonly link?: Partial<Pick<AccountLink, 'forbiddenBy' | 'deletedBy'>>;
  readonly is: ReturnType<typeof resemblance>;
}

const CASES: readonly Case[] = [
  { says: 'everything agrees', told: STORED, is: 'same' },
  { says: 'mobile and name agree', told: { ...PHONE, displayName: '张三', email: 'new@example.com' }, is: 'same' },
  { says: 'e-mail and name agree', told: { email: STORED.email, displayName: '张三' }, is: 'same' },
  { says: 'mobile and e-mail agree, the name changed', told: { ...STORED, displayName: '张三丰' }, is: 'same' },
  { says: 'the mobile agrees and nothing speaks against it', told: PHONE, is: 'same' },
  { says: 'the mobile agrees, the name changed', told: { ...PHONE, displayName: '张三丰' }, is: 'same' },
  {
    says: 'only the mobile agrees: a number that was given on',
    told: { ...PHONE, displayName: '李四', email: 'ls@example.com' },
    is: 'maybe',
  },
  { says: 'the same digits belong to another country', told: { phone: '13800138000', countryCode: 'US' }, is: 'none' },
  { says: 'digits agree and no country is known', told: { phone: '13800138000' }, is: 'same' },
  { says: 'only the name agrees', told: { displayName: '张三' }, is: 'none' },
  { says: 'nothing is told', told: {}, is: 'none' },
  { says: 'empty values on both sides', told: { phone: '', email: '' }, account: { values: {} }, is: 'none' },
  { says: 'e-mail spelt otherwise', told: { email: 'ZS@example.com' }, is: 'none' },
  { says: 'the account is an administrator’s', told: STORED, account: { isAdmin: true }, is: 'maybe' },
  { says: 'a forbidden account, two values agree', told: STORED, account: { isForbidden: true }, is: 'same' },
  { says: 'a forbidden account, one value agrees', told: PHONE, account: { isForbidden: true }, is: 'maybe' },
  {
    says: 'an account that the syncer deleted, two values agree',
    told: STORED,
    account: { isDeleted: true },
    link: { deletedBy: 'syncer' },
    is: 'same',
  },
  { says: 'an account that a person deleted', told: STORED, account: { isDeleted: true }, is: 'none' },
];

describe('a newcomer and an account', () => {
  for (const { says, told, account, link, is } of CASES) {
    it(`are ${is === 'same' ? 'one person' : is === 'maybe' ? 'maybe one person' : 'two people'} when ${says}`, () => {
      const stored = anAccount({ ...account, values: account?.values ?? STORED });
      expect(resemblance(told, stored, aLink({ ...link }))).to.equal(is);
    });
  }

  it('are compared one by one, and only with accounts that are there', () => {
    const found = findFormerSelves(PHONE, [
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
  const parked = (userid: string, ...formerSelves: FormerSelf[]) => ({ profile: aProfile({ userid }), formerSelves });
  const decide = (isGone: (key: string) => boolean, ...members: ReturnType<typeof parked>[]) => {
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
    expect(decide(all, parked('new', like('old')))).to.deep.equal({
      linked: ['old>new'],
      ordinary: [],
      suggested: [],
    });
  });

  it('takes nothing from somebody who is still shown', () => {
    expect(decide(nobody, parked('new', like('old')))).to.deep.equal({
      linked: [],
      ordinary: ['new'],
      suggested: [],
    });
  });

  it('counts only those who are gone', () => {
    const gone = (key: string): boolean => key === 'old';
    expect(decide(gone, parked('new', like('old'), like('here'))).linked).to.deep.equal(['old>new']);
  });

  it('guesses nothing when two leavers fit, or two newcomers', () => {
    expect(decide(all, parked('new', like('a'), like('b', 'maybe')))).to.deep.equal({
      linked: [],
      ordinary: ['new'],
      suggested: ['a>new', 'b>new'],
    });
    expect(decide(all, parked('x', like('old')), parked('y', like('old', 'maybe')))).to.deep.equal({
      linked: [],
      ordinary: ['x', 'y'],
      suggested: ['old>x', 'old>y'],
    });
  });

  it('leaves what is not sure to a person', () => {
    expect(decide(all, parked('new', like('old', 'maybe')))).to.deep.equal({
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

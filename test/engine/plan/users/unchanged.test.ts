import { expect } from 'chai';
import type { PlanContext } from '../../../../src/engine/plan/users/account-plan.ts';
import { planHeld } from '../../../../src/engine/plan/users/account.ts';
import { DigestSet } from '../../../../src/engine/plan/users/digest-set.ts';
import { unchangedRow, unchangedShape } from '../../../../src/engine/plan/users/unchanged.ts';
import { goJson, type Account, type AccountLink } from '../../../../src/identity/account.ts';
import { digestedText, digestOf, hasAllOnce, type DigestShape } from '../../../../src/identity/account-digest.ts';
import { CASDOOR_LIMITS } from '../../../../src/identity/column-limits.ts';
import { externalId } from '../../../../src/syncer/external-id.ts';
import type { UserProfile } from '../../../../src/syncer/profile.ts';
import { text } from '../../../../src/syncer/text.ts';
import { aKey, aLink, anAccount, aProfile, DISABLED } from '../../../support/builders.ts';

const GROUPS = ['acme/one', 'acme/two'];
const CONTEXT: PlanContext = {
  organization: 'acme',
  limits: CASDOOR_LIMITS,
  groupNames: new Map(GROUPS.map((name, at) => [aKey(String(at + 1)), name])),
  bindingColumn: 'wecom',
};
const DEPARTMENTS = { groups: [externalId('1'), externalId('2')] };
const STANDING = { groups: GROUPS };

/** The text of a row as a store digests it. */
function stored(account: Account, link: AccountLink, shape: DigestShape): string | undefined {
  if (shape.groups && !hasAllOnce(account.groups, link.groups)) return undefined;
  return digestedText({
    ...link,
    binding: account.binding,
    isForbidden: account.isForbidden,
    isDeleted: account.isDeleted,
    groups: shape.groups ? goJson(link.groups) : '',
    fields: shape.fields.map(({ field, as }) => {
      const value = account.values[field] ?? '';
      return as === 'value' || value === '' ? value : '1';
    }),
  });
}

interface Case {
  readonly title: string;
  readonly profile: UserProfile;
  readonly account?: Account;
  readonly link?: AccountLink;
  /** Who decides on the first page what is digested; absent: this member. */
  readonly first?: UserProfile;
}

const person = (values: UserProfile['values'], rest: Partial<UserProfile> = {}): UserProfile =>
  aProfile({ ...rest, values: { displayName: 'Zhang San', ...values } });
const UNKNOWN = { state: 'unknown', reason: text('?', '?') } as const;

const SIFTED: readonly Case[] = [
  { title: 'a name that is stored', profile: aProfile() },
  {
    title: 'nothing said of a column that is empty',
    profile: aProfile(),
    first: person({ title: 'x' }),
  },
  {
    title: 'a disabled member whose access this syncer took',
    profile: aProfile({ access: DISABLED }),
    account: anAccount({ isForbidden: true }),
    link: aLink({ forbiddenBy: 'syncer' }),
  },
  {
    title: 'a value that only a new account gets',
    profile: person({ title: 'x' }, { authority: { title: 'createOnly' } }),
    account: anAccount({ values: { title: 'y' } }),
  },
  {
    title: 'a value for a column that is not empty',
    profile: person({ title: 'x' }, { authority: { title: 'whenEmpty' } }),
    account: anAccount({ values: { title: 'y' } }),
  },
  {
    title: 'the groups that it gave',
    profile: aProfile(DEPARTMENTS),
    account: anAccount(STANDING),
    link: aLink(STANDING),
  },
  {
    title: 'groups among those of others',
    profile: aProfile(DEPARTMENTS),
    account: anAccount({ groups: ['acme/local', ...GROUPS] }),
    link: aLink(STANDING),
  },
  {
    title: 'a value that was cut',
    profile: person({ title: 'x'.repeat(120) }),
    account: anAccount({ values: { title: 'x'.repeat(100) } }),
  },
];

const LOOKED_AT: readonly Case[] = [
  { title: 'another name', profile: aProfile(), account: anAccount({ values: { displayName: 'Zhang san' } }) },
  {
    title: 'another name that may not be written, and may be another person’s',
    profile: person({}, { authority: { displayName: 'createOnly' } }),
    account: anAccount({ values: { displayName: 'Li Si' } }),
  },
  { title: 'no name', profile: aProfile({ values: { title: '' } }) },
  { title: 'only an id', profile: aProfile({ complete: false }) },
  { title: 'a state that nobody understands', profile: aProfile({ access: UNKNOWN }) },
  { title: 'a value for an empty column', profile: person({ title: 'x' }, { authority: { title: 'whenEmpty' } }) },
  {
    title: 'parts that join to the same text',
    profile: person({ title: 'a\x1fb', gender: 'c' }),
    account: anAccount({ values: { title: 'a', gender: 'b\x1fc' } }),
  },
  {
    title: 'half of a pair of surrogates',
    profile: person({ title: '\ud800' }),
    account: anAccount({ values: { title: '\ufffd' } }),
  },
  { title: 'an account that is forbidden', profile: aProfile(), account: anAccount({ isForbidden: true }) },
  {
    title: 'an account that is forbidden by a person',
    profile: aProfile(),
    account: anAccount({ isForbidden: true }),
    link: aLink({ forbiddenBy: 'person' }),
  },
  { title: 'a disabled member whose account is allowed', profile: aProfile({ access: DISABLED }) },
  {
    title: 'a disabled member whose link does not say who forbade it',
    profile: aProfile({ access: DISABLED }),
    account: anAccount({ isForbidden: true }),
  },
  {
    title: 'a link that says who forbade it, of an account that is allowed',
    profile: aProfile(),
    link: aLink({ forbiddenBy: 'person' }),
  },
  {
    title: 'a deleted account',
    profile: aProfile(),
    account: anAccount({ isDeleted: true }),
    link: aLink({ deletedBy: 'syncer' }),
  },
  { title: 'another login binding', profile: aProfile(), account: anAccount({ binding: 'lisi' }) },
  {
    title: 'a group that was taken',
    profile: aProfile(DEPARTMENTS),
    account: anAccount({ groups: ['acme/one'] }),
    link: aLink(STANDING),
  },
  {
    title: 'a group that is there twice',
    profile: aProfile(DEPARTMENTS),
    account: anAccount({ groups: [...GROUPS, 'acme/one'] }),
    link: aLink(STANDING),
  },
  {
    title: 'a group that the directory no longer wants',
    profile: aProfile({ groups: [externalId('1')] }),
    account: anAccount(STANDING),
    link: aLink(STANDING),
  },
  {
    title: 'a field that nobody of the first page had',
    profile: person({ title: 'x' }),
    account: anAccount({ values: { title: 'y' } }),
    first: aProfile(),
  },
  {
    title: 'a field that may be written for this member alone',
    profile: person({ title: 'x' }),
    account: anAccount({ values: { title: 'y' } }),
    first: person({ title: 'x' }, { authority: { title: 'createOnly' } }),
  },
];

function isSifted({ profile, account = anAccount(), link = aLink(), first = profile }: Case): boolean {
  const shape = unchangedShape([first], CONTEXT);
  const row = shape && unchangedRow(profile, shape, CONTEXT);
  return row !== undefined && row.text === stored(account, link, shape!);
}

describe('a row about which there is nothing to do', () => {
  for (const one of SIFTED) {
    it(`is told without a look at it: ${one.title}`, () => {
      expect(isSifted(one)).to.equal(true);
      const { profile, account = anAccount(), link = aLink() } = one;
      const plan = planHeld(profile, { account, link }, CONTEXT);
      expect(plan).to.include({ kind: 'unchanged' });
      expect(plan).to.not.have.any.keys('update', 'link', 'lockOut', 'report', 'handedOn');
      const row = unchangedRow(profile, unchangedShape([one.first ?? profile], CONTEXT)!, CONTEXT);
      expect(row?.notes).to.deep.equal(plan.notes);
    });
  }

  for (const one of LOOKED_AT) {
    it(`is not: ${one.title}`, () => {
      expect(isSifted(one)).to.equal(false);
    });
  }
});

describe('a set of digests', () => {
  it('has what was added, however many more there are than expected, and nothing else', () => {
    const set = new DigestSet(3);
    const digests = Array.from({ length: 1000 }, (_, at) => digestOf(String(at)));
    for (const digest of [...digests, ...digests]) set.add(digest);
    expect(set.size).to.equal(1000);
    expect(digests.every((digest) => set.has(digest))).to.equal(true);
    expect(Array.from({ length: 1000 }, (_, at) => set.has(digestOf(`x${at}`)))).to.not.include(true);
  });

  it('tells digests apart that differ in their last byte, and none of which is empty', () => {
    const set = new DigestSet(16);
    set.add('\0'.repeat(16));
    expect(set.has('\0'.repeat(16))).to.equal(true);
    expect(set.has(`${'\0'.repeat(15)}\x01`)).to.equal(false);
  });
});

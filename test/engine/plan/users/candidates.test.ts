import { expect } from 'chai';
import { CandidateIndex, type Match } from '../../../../src/engine/plan/users/candidates.ts';
import type { LinkRule } from '../../../../src/engine/syncer-settings.ts';
import type { Account, Candidate } from '../../../../src/identity/account.ts';
import type { UserProfile } from '../../../../src/syncer/profile.ts';
import { aKey, anAccount, aProfile } from '../../../support/builders.ts';

const LOCAL = { binding: '', id: 'uuid-1' };

type Found = Account & Partial<Omit<Candidate, 'account'>>;

function indexOf(linkBy: readonly LinkRule[], ...accounts: readonly Found[]): CandidateIndex {
  const index = new CandidateIndex(linkBy, 'acme/wecom');
  for (const found of accounts) {
    const { heldBy = null, origin = 'person', emailVerified = false, unlinked = false, ...account } = found;
    index.add({ account, heldBy, isOurs: false, origin, emailVerified, unlinked });
  }
  return index;
}

const outcome = (match: Match | undefined): string => {
  if (!match) return 'nobody';
  if (match.found === 'account') return `${match.name} by ${match.by}`;
  if (match.found === 'conflict') return `conflict ${match.candidates.join()}`;
  return match.found === 'withoutAccess' ? `beside ${match.name}` : 'nobody';
};

describe('who an account beyond doubt belongs to', () => {
  const identify = (...accounts: readonly Found[]): string =>
    outcome(indexOf([], ...accounts).identify(aKey('ZhangSan')));

  it('is nobody in an empty organization', () => {
    expect(identify()).to.equal('nobody');
  });

  it('is the member that its login binding names, without case', () => {
    expect(identify(anAccount({ name: 'zs', id: 'uuid-1', binding: 'zhangsan' }))).to.equal('zs by binding');
  });

  it('is the member whose userid a directory sync gave it as id, and nobody else by an id', () => {
    const made = anAccount({ name: 'zs', id: 'ZHANGSAN', binding: '' });
    expect(identify({ ...made, origin: 'sync' })).to.equal('zs by id');
    expect(identify(made)).to.equal('conflict zs');
    expect(identify({ ...made, origin: 'signUp' })).to.equal('conflict zs');
    expect(identify({ ...made, origin: 'sync', binding: 'lisi' }), 'bound to another member').to.equal('conflict zs');
    expect(identify({ ...made, origin: 'sync' }, { ...made, name: 'twin', origin: 'sync' })).to.equal(
      'conflict zs,twin',
    );
  });

  it('is nobody for an administrator’s, by binding or id', () => {
    expect(identify(anAccount({ name: 'zs', isAdmin: true, binding: 'zhangsan' }))).to.equal('conflict zs');
    const made = anAccount({ name: 'zs', id: 'zhangsan', isAdmin: true, binding: '' });
    expect(identify({ ...made, origin: 'sync' })).to.equal('conflict zs');
  });

  it('is nobody for one that a person took from its member', () => {
    expect(identify({ ...anAccount({ name: 'zs', binding: 'zhangsan' }), unlinked: true })).to.equal('conflict zs');
  });

  it('is two accounts with one binding: neither', () => {
    const twins = [anAccount({ name: 'a', binding: 'zhangsan' }), anAccount({ name: 'b', binding: 'ZhangSan' })];
    expect(identify(...twins)).to.equal('conflict a,b');
  });

  it('reports a local account of the same name', () => {
    const local = anAccount({ ...LOCAL, name: 'zhangsan' });
    expect(outcome(indexOf([], local).inTheWay(aKey('ZhangSan')))).to.equal('conflict zhangsan');
  });

  it('finds a renamed account by binding, or by the id that a sync gave it, and an administrator’s by both', () => {
    const renamed = (...accounts: readonly Found[]): string =>
      outcome(indexOf([], ...accounts).findRenamed(aKey('ZhangSan'), 'zhangsan'));
    expect(renamed(anAccount({ ...LOCAL, name: 'local' }))).to.equal('nobody');
    expect(renamed(anAccount({ name: 'zs', id: 'uuid-1', binding: 'ZhangSan' }))).to.equal('zs by binding');
    const made = anAccount({ name: 'zs', id: 'zhangsan', binding: '' });
    expect(renamed({ ...made, origin: 'sync' })).to.equal('zs by id');
    expect(renamed(made)).to.equal('nobody');
    expect(renamed({ ...made, origin: 'sync', isAdmin: true })).to.equal('conflict zs');
    expect(renamed(anAccount({ name: 'zs', id: 'uuid-1', binding: 'zhangsan', isAdmin: true }))).to.equal(
      'conflict zs',
    );
    expect(renamed(anAccount({ name: 'zs', id: 'zhangsan', binding: 'zhangsan', isAdmin: true }))).to.equal(
      'zs by binding',
    );
  });
});

describe('linking by a value', () => {
  const member = aProfile({
    userid: 'ZhangSan',
    values: { displayName: '张三', email: 'z@example.com', phone: '13800138000', countryCode: 'CN' },
  });
  const decide = (index: CandidateIndex, who: UserProfile = member, contested: readonly string[] = []): string =>
    outcome(index.decide(who, new Set(contested), []));
  const local = (values: Account['values'], differences: Partial<Found> = {}): Found => ({
    ...anAccount({ ...LOCAL, name: 'local', values: { displayName: '', ...values } }),
    ...differences,
  });

  it('takes e-mail without case, phones as the world dials them, and only what it was told to', () => {
    const account = local({ email: 'Z@Example.com', phone: '13800138000' });
    expect(decide(indexOf(['email'], account))).to.equal('local by email');
    expect(decide(indexOf(['phone'], account))).to.equal('local by phone');
    expect(decide(indexOf([], account))).to.equal('nobody');
    expect(decide(indexOf(['name'], anAccount({ ...LOCAL, name: 'zhangsan' })))).to.equal('zhangsan by name');
  });

  it('takes no account by its name where another one is called so in another spelling', () => {
    const [one, other] = [anAccount({ ...LOCAL, name: 'ZhangSan' }), anAccount({ ...LOCAL, name: 'zHANGSAN' })];
    for (const accounts of [
      [one, other],
      [other, one],
      [one, { ...other, isAdmin: true }],
      [one, { ...other, heldBy: 'acme/other' }],
    ]) {
      const index = indexOf(['name'], ...accounts);
      expect(decide(index)).to.equal(`conflict ${accounts.map(({ name }) => name).join()}`);
      expect(index.hasName('zhangsan')).to.equal(true);
    }
    expect(outcome(indexOf([], one, other).inTheWay(aKey('zhangsan')))).to.equal('conflict ZhangSan,zHANGSAN');
    const held = indexOf([], one, { ...other, heldBy: 'acme/other' });
    expect(outcome(held.inTheWay(aKey('zhangsan')))).to.equal('conflict zHANGSAN');
    expect(held.isAnothers('zhangsan')).to.equal(true);
    const claimed = indexOf([], one, other);
    claimed.claim('zHANGSAN');
    expect(outcome(claimed.inTheWay(aKey('zhangsan')))).to.equal('conflict zHANGSAN');
  });

  it('does not take the same digits of another country', () => {
    const singapore = local({ phone: '91234567', countryCode: 'SG' });
    const hongKong = aProfile({ values: { phone: '91234567', countryCode: 'HK' } });
    expect(decide(indexOf(['phone'], singapore), hongKong)).to.equal('nobody');
  });

  it('never takes a number that anybody could give', () => {
    for (const phone of [
      '0',
      '00000000',
      '13333333333',
      '10086',
      '95588',
      '4008001234',
      '1234567',
      '0755-86013388 ext 12',
      '+86 10 6588 1234 #12',
    ]) {
      const values = { phone, countryCode: 'CN' };
      expect(decide(indexOf(['phone'], local(values)), aProfile({ values })), phone).to.equal('nobody');
    }
  });

  it('never lets two accounts without e-mail match a member without e-mail', () => {
    const nobodysMail = aProfile({ values: { email: '', phone: '' } });
    expect(decide(indexOf(['email', 'phone'], local({}), local({}, { name: 'b' })), nobodysMail)).to.equal('nobody');
  });

  it('never guesses between two accounts, nor between two rules', () => {
    const byMail = local({ email: 'z@example.com' }, { name: 'a' });
    const byPhone = local({ phone: '13800138000', countryCode: 'CN' }, { name: 'b' });
    expect(decide(indexOf(['email', 'phone'], byMail, byPhone))).to.equal('conflict a,b');
  });

  it('is stopped by another rule that says no, and by a name and one more value', () => {
    const other = { email: 'z@example.com', phone: '13900139000', countryCode: 'CN' };
    expect(decide(indexOf(['email', 'phone'], local(other)))).to.equal('conflict local');
    expect(decide(indexOf(['email'], local(other)))).to.equal('local by email');
    expect(decide(indexOf(['email'], local({ ...other, displayName: '李四' })))).to.equal('conflict local');
  });

  it('never gives one account to two members', () => {
    expect(decide(indexOf(['email'], local({ email: 'z@example.com' })), member, ['local'])).to.equal('conflict local');
    const index = indexOf(['email'], local({ email: 'z@example.com' }));
    index.claim('local');
    expect(decide(index)).to.equal('conflict local');
  });

  it('never links an administrator, nor what another syncer or member has, nor what a person unlinked', () => {
    const mail = { email: 'z@example.com' };
    for (const differences of [{ isAdmin: true }, { heldBy: 'acme/other' }, { binding: 'lisi' }, { unlinked: true }]) {
      expect(decide(indexOf(['email'], local(mail, differences))), JSON.stringify(differences)).to.equal(
        'conflict local',
      );
    }
  });

  it('never joins an account that signed itself up with a value that nobody verified', () => {
    const mail = { email: 'z@example.com', phone: '13800138000', countryCode: 'CN' };
    const signedUp = local(mail, { origin: 'signUp' });
    expect(decide(indexOf(['email'], signedUp))).to.equal('conflict local');
    expect(decide(indexOf(['email'], { ...signedUp, emailVerified: true }))).to.equal('local by email');
    expect(decide(indexOf(['phone'], { ...signedUp, emailVerified: true }))).to.equal('conflict local');
  });

  it('takes no account without access: the newcomer gets one of his own', () => {
    const mail = { email: 'z@example.com' };
    expect(decide(indexOf(['email'], local(mail, { isForbidden: true })))).to.equal('beside local');
    expect(decide(indexOf(['email'], local(mail, { isDeleted: true })))).to.equal('beside local');
  });
});

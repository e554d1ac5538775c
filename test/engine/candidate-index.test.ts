import { expect } from 'chai';
import { CandidateIndex, type Match } from '../../src/engine/candidate-index.ts';
import type { LinkRule } from '../../src/engine/settings.ts';
import type { Account } from '../../src/identity/account.ts';
import { aKey, anAccount, aProfile } from '../support/identity-builders.ts';

const LOCAL = { binding: '', id: 'uuid-1' };

function indexOf(linkBy: readonly LinkRule[], ...accounts: readonly (Account & { heldBy?: string })[]): CandidateIndex {
  const index = new CandidateIndex(linkBy);
  for (const { heldBy = null, ...account } of accounts) index.add({ account, heldBy });
  return index;
}

const outcome = (match: Match): string =>
  match.found === 'account'
    ? `${match.name} by ${match.by}`
    : match.found === 'conflict'
      ? `conflict ${match.candidates.join()}`
      : 'nobody';

describe('matching a newcomer', () => {
  const member = aProfile({ userid: 'ZhangSan', values: { email: 'z@example.com', phone: '13800138000' } });

  it('finds nobody in an empty organization', () => {
    expect(outcome(indexOf([]).match(member))).to.equal('nobody');
  });

  it('takes the login binding first, without case', () => {
    const bound = anAccount({ name: 'zs', id: 'uuid-1', binding: 'zhangsan' });
    expect(outcome(indexOf([], bound).match(member))).to.equal('zs by binding');
  });

  it('takes the id where nothing is bound', () => {
    expect(outcome(indexOf([], anAccount({ name: 'zs', id: 'ZHANGSAN', binding: '' })).match(member))).to.equal(
      'zs by id',
    );
  });

  it('does not take an account of this id that is bound to another member', () => {
    const other = anAccount({ name: 'zs', id: 'zhangsan', binding: 'lisi' });
    expect(outcome(indexOf([], other).match(member))).to.equal('nobody');
  });

  it('reports two accounts with one binding instead of picking the first', () => {
    const twins = [anAccount({ name: 'a', binding: 'zhangsan' }), anAccount({ name: 'b', binding: 'ZhangSan' })];
    expect(outcome(indexOf([], ...twins).match(member))).to.equal('conflict a,b');
  });

  it('reports a local account of the same name, and links it only when told to', () => {
    const local = anAccount({ ...LOCAL, name: 'zhangsan' });
    expect(outcome(indexOf([], local).match(member))).to.equal('conflict zhangsan');
    expect(outcome(indexOf(['name'], local).match(member))).to.equal('zhangsan by name');
  });

  it('links by e-mail without case, by phone exactly', () => {
    const local = anAccount({ ...LOCAL, name: 'local', values: { email: 'Z@Example.com', phone: '13800138000' } });
    expect(outcome(indexOf(['email'], local).match(member))).to.equal('local by email');
    expect(outcome(indexOf(['phone'], local).match(member))).to.equal('local by phone');
    expect(outcome(indexOf([], local).match(member))).to.equal('nobody');
  });

  it('never lets two accounts without e-mail match a member without e-mail', () => {
    const nobodysMail = aProfile({ values: { email: '', phone: '' } });
    const locals = [anAccount({ ...LOCAL, name: 'a' }), anAccount({ ...LOCAL, name: 'b' })];
    expect(outcome(indexOf(['email', 'phone'], ...locals).match(nobodysMail))).to.equal('nobody');
  });

  it('never guesses between two accounts', () => {
    const byMail = anAccount({ ...LOCAL, name: 'a', values: { email: 'z@example.com' } });
    const byPhone = anAccount({ ...LOCAL, name: 'b', values: { phone: '13800138000' } });
    expect(outcome(indexOf(['email', 'phone'], byMail, byPhone).match(member))).to.equal('conflict a,b');
  });

  it('never links an administrator by a rule', () => {
    const admin = anAccount({ ...LOCAL, name: 'root', isAdmin: true, values: { email: 'z@example.com' } });
    expect(outcome(indexOf(['email'], admin).match(member))).to.equal('conflict root');
  });

  it('never takes an account from another syncer', () => {
    const theirs = { ...anAccount({ name: 'zhangsan' }), heldBy: 'acme/other' };
    expect(outcome(indexOf(['name'], theirs).match(member))).to.equal('conflict zhangsan');
  });

  it('never links one account to two members of a run', () => {
    const local = anAccount({ ...LOCAL, name: 'local', values: { email: 'z@example.com' } });
    const index = indexOf(['email'], local);
    index.claim('local', 'acme/wecom');
    expect(outcome(index.match(member))).to.equal('conflict local');
  });

  it('finds a renamed account by binding or id, and by nothing else', () => {
    const index = indexOf(['email'], anAccount({ ...LOCAL, name: 'local', values: { email: 'z@example.com' } }));
    expect(outcome(index.matchIdentity(aKey('ZhangSan')))).to.equal('nobody');
  });
});

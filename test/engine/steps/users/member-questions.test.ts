import { expect } from 'chai';
import { MemberQuestions } from '../../../../src/engine/steps/users/member-questions.ts';
import type { ExternalKey } from '../../../../src/syncer/external-id.ts';

describe('an answer that gives a member the account of the userid of before', () => {
  const profile = { externalId: 'bob' } as never;
  const asked = (seen: ReadonlySet<string>): MemberQuestions => {
    const answer = { kind: 'renamed', answer: 'alice' };
    const questions = { waiting: (_: string, key: string) => (key === 'bob' ? answer : undefined) };
    const page = { linkOf: async () => ({ key: 'alice', accountName: 'alice' }) };
    const store = { page: (_: unknown, work: (of: typeof page) => Promise<unknown>) => work(page) };
    return new MemberQuestions(
      { questions, store, syncer: {} } as never,
      {} as never,
      seen as ReadonlySet<ExternalKey>,
    );
  };

  it('waits for the end of a directory that cannot be asked for one person', async () => {
    const seen = new Set<string>();
    const questions = asked(seen);
    await questions.askAboutFormer([profile], undefined);
    expect([...questions.gone], 'she may be shown on a later page').to.deep.equal([]);
    expect([...questions.postponed]).to.deep.equal(['bob']);
    seen.add('alice');
    await questions.askAboutFormer([profile], 'whole');
    expect([...questions.gone], 'she is there').to.deep.equal([]);
    expect([...questions.untold, ...questions.postponed]).to.deep.equal([]);
  });

  it('is carried out when everybody was shown but her', async () => {
    const questions = asked(new Set());
    await questions.askAboutFormer([profile], undefined);
    await questions.askAboutFormer([profile], 'whole');
    expect([...questions.gone]).to.deep.equal(['alice']);
    expect([...questions.untold, ...questions.postponed]).to.deep.equal([]);
  });

  it('waits for another run when not everybody was shown', async () => {
    const questions = asked(new Set());
    await questions.askAboutFormer([profile], 'part');
    expect([...questions.gone, ...questions.postponed]).to.deep.equal([]);
    expect([...questions.untold]).to.deep.equal(['bob']);
  });
});

import { expect } from 'chai';
import type { Answer } from '../test-host.ts';
import { SelfServiceHost } from './self-service-host.ts';

describe('somebody with the userid of somebody who left', () => {
  let host: SelfServiceHost;
  beforeEach(async () => {
    host = await SelfServiceHost.start({ members: 12, departments: 3 });
    await host.set({ selfService: { enabled: true, nudge: true } });
    await host.run();
  });
  afterEach(() => host.close());

  const admin = () => host.test.credential();
  const messagesTo = (userid: string): number =>
    host.test.sandbox.mailbox.list().filter((one) => one.userid === userid.toLowerCase()).length;
  const completedAt = async (userid: string): Promise<string | null> =>
    (await admin().get('/api/get-self-service?id=acme/wecom&p=1&pageSize=100')).data.find(
      (member: { readonly userid: string }) => member.userid === userid,
    ).completedAt;
  /** He was asked and completed his data, and left; another one has his userid, and a person says who that is. */
  const handOn = async (userid: string, decision: object): Promise<Answer> => {
    const { company } = host.test.sandbox;
    expect(messagesTo(userid)).to.equal(1);
    await host.complete(userid, ['mobile']);
    company.leave([userid]);
    await host.run();
    company.hire({ userid, name: '全新的人' });
    company.setField(userid, { status: 1 });
    const { data } = await admin().post('/api/run-syncer?id=acme/wecom&wait=true');
    expect(data.state, 'nobody has said who that is').to.equal('partial');
    const [question] = (await admin().get('/api/get-sync-questions?id=acme/wecom&state=open')).data;
    expect(question).to.include({ kind: 'handed-on', userid });
    const decided = await admin().post(`/api/decide-sync-question?id=${question.id}`, decision);
    expect(decided.status, decided.msg).to.equal('ok');
    await host.run();
    return decided;
  };
  const reachable = (): string => host.userids.find((one) => host.test.sandbox.company.member(one)?.status === 1)!;

  for (const [how, decision] of [
    ['a new account', { decision: 'create' }],
    ['another account', { decision: 'link', user: 'acme/plain' }],
  ] as const) {
    it(`has completed nothing, and is asked, once he has ${how}`, async () => {
      const userid = reachable();
      const { user } = (await handOn(userid, decision)).data;
      expect(user).to.not.equal(`acme/${userid}`);
      expect(await completedAt(userid)).to.equal(null);
      expect(messagesTo(userid)).to.equal(2);
      await host.run();
      expect(messagesTo(userid), 'again').to.equal(2);
    });
  }

  it('is the same one where a person says so', async () => {
    const userid = reachable();
    await handOn(userid, { decision: 'link', user: `acme/${userid}` });
    expect(await completedAt(userid)).to.not.equal(null);
    expect(messagesTo(userid)).to.equal(1);
  });
});

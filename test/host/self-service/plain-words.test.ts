import { expect } from 'chai';
import { codeOf, type Seen } from './phone.ts';
import { SelfServiceHost } from './self-service-host.ts';

const PAGE = '/me/acme/wecom';

describe('what a member reads where something is for his administrators', () => {
  let host: SelfServiceHost;
  beforeEach(async () => {
    host = await SelfServiceHost.start({ members: 8, departments: 2 });
  });
  afterEach(() => host.close());

  /** What is refused at one of both steps, as JSON, in the language of the member. */
  const refusedAt = async (step: 'look' | 'tap', language: string, spoil: () => unknown): Promise<Seen> => {
    const phone = host.phone({ accept: 'application/json', 'accept-language': language });
    const state = (await phone.start()).searchParams.get('state')!;
    if (step === 'look') await spoil();
    const code = codeOf(host.test.sandbox, host.userids[0]!);
    const looked = await phone.get(`${PAGE}/callback?state=${state}&code=${code}`);
    if (step === 'look') return looked;
    expect(looked.httpStatus, looked.text).to.equal(200);
    await spoil();
    return phone.post(`${PAGE}/confirm`, { state });
  };
  const fault = (path: string, errcode: number) => () => host.test.sandbox.faults.add({ path, respond: { errcode } });
  const set = (condition: string) => () => host.set({ condition });

  for (const [what, step, spoil, inLog, words] of [
    ['what WeCom did not take', 'look', () => fault('auth/getuserdetail', 60_111), '60111', 'does not work'],
    ['a wrong Corp ID', 'look', () => fault('auth/getuserinfo', 40_013), '企业ID', 'does not work'],
    ['a run that failed', 'tap', () => fault('user/get', 48_002), '48002', 'does not work'],
    ['a condition that he does not meet', 'look', () => set('member.name == ""'), 'condition', 'leave you out'],
    ['a condition that he does not meet any more', 'tap', () => set('member.name == ""'), 'condition', 'leave you out'],
  ] as const) {
    it(`is a plain sentence about ${what}, and the reason is in the log`, async () => {
      const before = host.test.log.length;
      const en = await refusedAt(step, 'en', spoil());
      expect([en.httpStatus, en.status]).to.deep.equal([400, 'error']);
      expect(en.msg.toLowerCase()).to.include('administrator').and.include(words.toLowerCase());
      expect(en.msg).to.not.match(/WeCom answered|\d{3}|docs\/|condition|应用/);
      const logged = host.test.log.slice(before).filter((line) => line.includes('a member could not'));
      expect(logged.join('\n')).to.include(inLog);
      expect(logged.join('\n')).to.include('acme/wecom');
      host.test.sandbox.faults.clear();
      await host.set({ condition: '' });
      const zh = await refusedAt(step, 'zh', spoil());
      expect(zh.msg)
        .to.include('管理员')
        .and.not.match(/\d{3}|docs\/|应用/);
    });
  }
});

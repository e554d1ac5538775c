import { expect } from 'chai';
import { ADMIN_PASSWORD, TestHost, type Answer, type Client } from '../../host/test-host.ts';

describe('members who lack e-mail or mobile', () => {
  let test: TestHost;
  let chief: Client;
  const started: TestHost[] = [];

  const start = async (
    selfService: Record<string, unknown>,
    settings: Record<string, string> = { PUBLIC_URL: 'https://sync.example' },
  ): Promise<void> => {
    test = await TestHost.start({ members: 14, departments: 3, settings });
    started.push(test);
    test.sandbox.access.rules.withheld = true;
    await test.addOrganization('acme');
    chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
    const added = await chief.post('/api/add-syncer', {
      ...test.syncer('acme'),
      agentId: String(test.sandbox.agentId),
      selfService: { enabled: true, nudge: true, ...selfService },
    });
    expect(added.status, added.msg).to.equal('ok');
  };
  afterEach(async () => {
    for (const one of started.splice(0)) await one.close();
  });

  const update = async (values: Record<string, unknown>) =>
    expect((await chief.post('/api/update-syncer?id=acme/wecom', values)).msg).to.equal('');
  const run = async (more = '', state = 'succeeded'): Promise<Answer> => {
    const answer = await chief.post(`/api/run-syncer?id=acme/wecom&wait=true${more}`);
    expect(answer.data.state, answer.msg).to.equal(state);
    return answer;
  };
  const received = (): readonly string[] => test.sandbox.mailbox.list().map(({ userid }) => userid);
  const warned = (answer: Answer): string =>
    answer.data.warnings.find(({ code }: { readonly code: string }) => code === 'nudges-not-sent')?.message ?? '';
  const active = async (): Promise<readonly { readonly userid: string; readonly user: string }[]> =>
    (await chief.get('/api/get-self-service?id=acme/wecom&p=1&pageSize=1000')).data;
  /** Those whom WeCom lets an app write to. */
  const reachable = async (): Promise<readonly { readonly userid: string; readonly user: string }[]> =>
    (await active()).filter(({ userid }) => test.sandbox.company.member(userid)?.status === 1);

  it('are sent a message with the address, once for ever, and no administrator, leaver or excluded one is', async () => {
    await start({ nudge: false });
    await run();
    const [boss, excluded, forbidden, complete, missing, ...others] = await reachable();
    expect(others).to.have.length.greaterThan(1);
    const edit = async (member: { readonly user: string } | undefined, values: Record<string, unknown>) =>
      expect((await chief.post(`/api/update-user?id=${member!.user}`, values)).msg).to.equal('');
    await edit(boss, { isAdmin: true });
    await edit(forbidden, { isForbidden: true });
    await edit(complete, { email: 'a@example.com', phone: '13800000001' });
    await update({
      selfService: { enabled: true, nudge: true },
      scope: { excludeUsers: [excluded!.userid] },
      graceDays: 9,
    });
    test.sandbox.company.leave(missing!.userid);
    await run('&dryRun=true');
    expect(received(), 'of a preview').to.deep.equal([]);
    await run();
    expect(received()).to.have.members(others.map(({ userid }) => userid.toLowerCase()));
    expect(test.sandbox.mailbox.list()[0]?.content).to.include('"https://sync.example/me/acme/wecom"');
    await run();
    expect(received(), 'again').to.have.length(others.length);
  });

  it('are as many on a day as is set, and only for what they may give', async () => {
    await start({ nudgePerDay: 3, fields: ['avatar'] });
    await run();
    expect(received(), 'for nothing that is empty').to.deep.equal([]);
    await update({ selfService: { enabled: true, nudge: true, nudgePerDay: 3, fields: ['email', 'phone'] } });
    await run();
    const first = received().length;
    expect(first).to.be.within(1, 3);
    await run();
    expect(received()).to.have.length(first);
    await update({ selfService: { enabled: false, nudge: true } });
    await run();
    expect(received(), 'switched off').to.have.length(first);
  });

  it('are left alone by runs that were not good', async () => {
    await start({});
    const stop = test.sandbox.faults.add({
      path: 'user/list',
      match: { department_id: String([...test.sandbox.company.departments].at(-1)!.id) },
      respond: { errcode: 60011 },
    });
    await run('', 'partial');
    stop();
    expect(received()).to.deep.equal([]);
  });

  it('whom the directory refuses are no failure of the run, and are not tried again that day', async () => {
    await start({});
    const stop = test.sandbox.faults.add({ path: 'message/send', respond: { errcode: 81_013 } });
    const answer = await run();
    expect(warned(answer)).to.equal('');
    stop();
    await run();
    expect(received()).to.deep.equal([]);
  });

  it('are no more asked that day once the directory has set a limit, and the run says so', async () => {
    await start({});
    const stop = test.sandbox.faults.add({ path: 'message/send', respond: { errcode: 45_009 } });
    expect(warned(await run()))
      .to.include('no more today')
      .and.include('45009');
    stop();
    test.sandbox.company.hire();
    expect(warned(await run())).to.equal('');
    expect(received()).to.deep.equal([]);
  });

  it('are never asked again where nobody answered whether they were', async () => {
    await start({});
    const stop = test.sandbox.faults.add({ path: 'message/send', respond: { broken: 'reset' } });
    expect(warned(await run())).to.include('no more today');
    stop();
    await run();
    expect(received()).to.deep.equal([]);
    expect(test.sandbox.calls.count('message/send')).to.equal(1);
  });

  it('are asked by nobody without an address, and the run says which setting is missing', async () => {
    await start({}, {});
    expect(warned(await run())).to.include('PUBLIC_URL');
    expect(received()).to.deep.equal([]);
  });
});

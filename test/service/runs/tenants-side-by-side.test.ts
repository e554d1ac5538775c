import { expect } from 'chai';
import { CredentialBudget } from '../../../src/service/limits/credential-budget.ts';
import { until } from '../../support/promises.ts';
import { TestHost, type Answer, type Client } from '../../host/test-host.ts';

describe('organizations side by side', () => {
  let test: TestHost;
  let admin: Client;

  const start = async (settings: Readonly<Record<string, string>> = {}): Promise<void> => {
    test = await TestHost.start({ members: 5, departments: 2, settings });
    for (const name of ['acme', 'globex']) await test.addOrganization(name);
    admin = test.credential();
  };
  afterEach(() => test.close());

  const add = async (organization: string, name: string, values: Record<string, unknown> = {}): Promise<void> => {
    const answer = await admin.post('/api/add-syncer', { ...test.syncer(organization, name), ...values });
    expect(answer.status, answer.text).to.equal('ok');
  };
  const endOf = async (id: string) => {
    let run = (await admin.get(`/api/get-sync-run?id=${id}`)).data;
    while (run.finishedAt === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      run = (await admin.get(`/api/get-sync-run?id=${id}`)).data;
    }
    return run as {
      readonly state: string;
      readonly finishedAt: string;
      readonly error: { readonly code: string } | null;
    };
  };

  it('take turns, however many runs one of them begins first', async () => {
    await start({ RUN_CONCURRENCY: '1' });
    const names = ['acme/one', 'acme/two', 'acme/three', 'globex/one'];
    for (const name of names) await add(...(name.split('/') as [string, string]));
    test.sandbox.faults.set({ latencyMs: 30 });
    const ids: string[] = [];
    for (const name of names) ids.push((await admin.post(`/api/run-syncer?id=${name}`)).data.id);
    const ended = await Promise.all(ids.map(endOf));
    const order = names.toSorted(
      (a, b) => Date.parse(ended[names.indexOf(a)]!.finishedAt) - Date.parse(ended[names.indexOf(b)]!.finishedAt),
    );
    expect(order).to.deep.equal(['acme/one', 'globex/one', 'acme/two', 'acme/three']);
  });

  it('have their place back when a run of one of them does not end', async () => {
    await start({ RUN_CONCURRENCY: '1', RUN_DEADLINE: '1s' });
    await add('acme', 'wecom');
    await add('globex', 'wecom');
    test.sandbox.faults.set({ latencyMs: 60_000 });
    const { data } = await admin.post('/api/run-syncer?id=acme/wecom');
    await until(async () => (await admin.get(`/api/get-sync-run?id=${data.id}`)).data.state === 'running');
    const waiting = await admin.post('/api/run-syncer?id=globex/wecom');
    expect(waiting.data.state).to.equal('queued');
    const late = await endOf(data.id);
    expect(late).to.include({ state: 'failed' });
    expect(late.error).to.deep.include({ code: 'deadline' });
    expect(JSON.stringify(late.error)).to.include('1 s').and.include('RUN_DEADLINE');
    test.sandbox.faults.clear();
    // Its time began with its turn, not while it waited.
    expect((await endOf(waiting.data.id)).state).to.be.oneOf(['succeeded', 'failed']);
    expect((await admin.post('/api/run-syncer?id=acme/wecom&wait=true')).data.state).to.equal('succeeded');
  });

  describe('share the address that a directory blocks', () => {
    beforeEach(async () => {
      await start();
      await add('acme', 'wecom');
      await add('globex', 'wecom');
    });

    const wrong = (organization: string): Promise<Answer> =>
      admin.post('/api/test-syncer-db', { ...test.syncer(organization, 'new'), password: 'wrong-secret-value' });
    const tokenCalls = (): number => test.sandbox.calls.count('gettoken');

    it('so that one of them may be refused so often, and the other goes on', async () => {
      for (let n = 0; n < 10; n += 1) expect((await wrong('acme')).msg).to.not.match(/10 times within an hour/);
      const before = tokenCalls();
      expect(before).to.equal(10);
      const refused = await wrong('acme');
      expect(refused.msg).to.match(/10 times within an hour; try again in \d+ minutes, after \d{4}-/);
      expect((await admin.post('/api/test-syncer-db', test.syncer('acme', 'new'))).msg).to.equal(refused.msg);
      expect(tokenCalls()).to.equal(before);
      expect((await admin.post('/api/test-syncer-db', test.syncer('globex', 'new'))).status).to.equal('ok');
      // Whoever has found the right secret by now runs with it.
      for (const organization of ['acme', 'globex']) {
        const run = await admin.post(`/api/run-syncer?id=${organization}/wecom&wait=true`);
        expect(run.data.state).to.equal('succeeded');
      }
    });

    it('also when a hundred tests begin at one moment', async () => {
      const before = tokenCalls();
      const answers = await Promise.all(Array.from({ length: 30 }, () => wrong('acme')));
      expect(answers.filter(({ msg }) => /10 times within an hour/.test(msg))).to.have.length(20);
      expect(tokenCalls() - before).to.be.at.most(10);
    });

    it('and runs with a refused secret end, but for those on the schedule of a syncer that works', async () => {
      expect((await admin.post('/api/run-syncer?id=acme/wecom&wait=true')).data.state).to.equal('succeeded');
      await add('acme', 'wrong', { password: 'wrong-secret-value' });
      for (let n = 0; n < 15; n += 1) {
        expect((await admin.post('/api/run-syncer?id=acme/wrong&wait=true')).data.error.code).to.equal('credentials');
        const member = await admin.post('/api/sync-member?id=acme/wrong&userid=x&dryRun=true');
        expect(member.data.run.error.code).to.equal('credentials');
      }
      const before = tokenCalls();
      for (const call of ['run-syncer?id=acme/wrong&wait=true', 'run-syncer?id=acme/wecom&wait=true&dryRun=true']) {
        expect((await admin.post(`/api/${call}`)).msg, call).to.match(/30 times within an hour/);
      }
      expect((await admin.post('/api/sync-member?id=acme/wrong&userid=x')).msg).to.match(/30 times within an hour/);
      const { runs, syncers } = test.host;
      const scheduled = async (name: string) =>
        (await runs.begin((await syncers.find('acme', name, ''))!, 'schedule')).ended;
      expect((await scheduled('wrong')).error?.code).to.equal('unavailable');
      expect(tokenCalls()).to.equal(before);
      expect((await scheduled('wecom')).state).to.equal('succeeded');
      expect((await admin.post('/api/run-syncer?id=globex/wecom&wait=true')).data.state).to.equal('succeeded');
    });

    it('and tests that work cost nothing', async () => {
      for (let n = 0; n < 12; n += 1) {
        expect((await admin.post('/api/test-syncer-db', test.syncer('acme', 'new'))).status).to.equal('ok');
      }
    });
  });
});

describe('a budget of refused credentials', () => {
  it('is there again an hour after each refusal', () => {
    let now = 1_000_000;
    const budget = new CredentialBudget(10, () => now);
    for (let n = 0; n < 10; n += 1) {
      expect(budget.spent('acme')).to.equal(undefined);
      budget.refuse('acme');
      now += 60_000;
    }
    expect(budget.spent('acme')?.en).to.include('in 50 minutes');
    expect(budget.spent('beta')).to.equal(undefined);
    now += 50 * 60_000;
    expect(budget.spent('acme')).to.equal(undefined);
    budget.refuse('acme');
    expect(budget.spent('acme')).to.not.equal(undefined);
  });
});

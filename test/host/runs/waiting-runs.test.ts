import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { TestHost, type Client } from '../test-host.ts';

describe('runs that wait for a person beside each other', () => {
  let test: TestHost;
  let admin: Client;
  let first: string;

  beforeEach(async () => {
    test = await TestHost.start({ members: 40, departments: 4 });
    await test.addOrganization('acme');
    admin = await test.signedIn();
    await admin.post('/api/add-syncer', test.syncer('acme'));
    first = (await runNow()).id;
  });
  afterEach(() => test.close());

  interface Ended {
    readonly id: string;
    readonly state: string;
  }
  const post = async (path: string): Promise<Ended> => {
    const { status, text, data } = await admin.post(`/api/${path}`);
    expect(status, text).to.equal('ok');
    return data as Ended;
  };
  const runNow = (query = ''): Promise<Ended> => post(`run-syncer?id=acme/wecom&wait=true${query}`);
  const undo = (id: string): Promise<Ended> => post(`undo-sync-run?id=${id}`);
  const syncer = async (): Promise<Record<string, unknown>> =>
    (await admin.get('/api/get-syncer?id=acme/wecom')).data as Record<string, unknown>;
  const find = async (id: string): Promise<Ended> => (await admin.get(`/api/get-sync-run?id=${id}`)).data as Ended;

  it('are told apart when a preview is applied: what it did is decided in the run that saw the directory', async () => {
    test.sandbox.company.leave(25);
    const full = await runNow();
    const undone = await undo(first);
    expect([full.state, undone.state]).to.deep.equal(['held', 'held']);
    const preview = await runNow('&dryRun=true');
    expect(await post(`apply-sync-run?id=${preview.id}`)).to.include({ state: 'succeeded' });
    expect(await find(full.id)).to.include({ state: 'succeeded' });
    expect(await find(undone.id)).to.include({ state: 'held' });
  });

  for (const verb of ['approve', 'reject']) {
    it(`leave the syncer held until the last of them is decided (${verb})`, async () => {
      test.sandbox.company.leave(25);
      const full = await runNow();
      const { errorText } = await syncer();
      expect(errorText).to.not.equal('');
      const undone = await undo(first);
      expect((await post(`${verb}-sync-run?id=${undone.id}`)).state).to.not.equal('held');
      expect(await syncer()).to.include({ health: 'held', errorText });
      expect((await post(`${verb}-sync-run?id=${full.id}`)).state).to.not.equal('held');
      expect(await syncer()).to.include({ health: 'ok', errorText: '' });
    });
  }

  it('leave the syncer held when a run ends well that took the place of none', async () => {
    const undone = await undo(first);
    expect((await runNow()).state).to.equal('succeeded');
    const { health, errorText } = await syncer();
    expect([health, errorText === '']).to.deep.equal(['held', false]);
    await post(`reject-sync-run?id=${undone.id}`);
    expect(await syncer()).to.include({ health: 'ok', errorText: '' });
  });

  it('say nothing of a syncer that fails when no directory is read: begun, approved or rejected', async () => {
    const run = async (): Promise<void> => {
      await admin.post('/api/run-syncer?id=acme/wecom&wait=true');
    };
    const told = async () => {
      const { health, errorText, failures } = (await test.host.syncers.find('acme', 'wecom', 'acme'))!;
      return { health, errorText, failures };
    };
    const before = await undo(first);
    test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
    await run();
    const failing = await told();
    expect(failing).to.include({ health: 'failing', failures: 1 });
    expect((await post(`approve-sync-run?id=${before.id}`)).state).to.equal('succeeded');
    expect(await told()).to.deep.equal(failing);
    test.sandbox.faults.clear();
    const { id: letIn } = await runNow();
    expect(await told()).to.include({ health: 'ok', errorText: '' });
    test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
    for (let count = 0; count < 3; count += 1) await run();
    const slowed = await told();
    expect(slowed).to.include({ health: 'quarantined', failures: 3 });
    const after = await undo(letIn);
    expect(after.state).to.equal('held');
    expect(await told()).to.deep.equal(slowed);
    expect((await post(`reject-sync-run?id=${after.id}`)).state).to.equal('cancelled');
    expect(await told()).to.deep.equal(slowed);
  });

  it('are decided by as many at a time as there are: each waits for the end of the host, too', async () => {
    const warnings: string[] = [];
    const hear = ({ name }: Error): unknown => warnings.push(name);
    process.on('warning', hear);
    const { closing } = test.host.runs;
    await Promise.all(Array.from({ length: 20 }, () => sleep(1, undefined, { signal: closing })));
    await setImmediate();
    process.off('warning', hear);
    expect(warnings).to.deep.equal([]);
  });

  it('leave the syncer well when an applied preview did all that waited', async () => {
    test.sandbox.company.leave(25);
    const full = await runNow();
    const preview = await runNow('&dryRun=true');
    await post(`apply-sync-run?id=${preview.id}`);
    expect(await find(full.id)).to.include({ state: 'succeeded' });
    expect(await syncer()).to.include({ health: 'ok', errorText: '' });
  });
});

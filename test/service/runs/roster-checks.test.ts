import { expect } from 'chai';
import { BullmqScheduler } from '../../../src/bullmq/bullmq-scheduler.ts';
import { TestHost, type Client } from '../../host/test-host.ts';
import { randomPrefix, REDIS_URL, redisAnswers, removeKeys } from '../../support/redis.ts';
import { until } from '../../support/promises.ts';
import { ManualScheduler } from '../../support/manual-scheduler.ts';

const TASK = 'roster:';
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
/** All of the day but one minute that has passed, or is still far away. */
const always = [
  { days: EVERY_DAY, from: '00:00', to: '12:00' },
  { days: EVERY_DAY, from: '12:00', to: '00:00' },
];

describe('roster checks of a host', () => {
  let scheduler: ManualScheduler;
  let test: TestHost;
  let admin: Client;

  beforeEach(async () => {
    scheduler = new ManualScheduler();
    test = await TestHost.start({ members: 20, departments: 3, scheduler });
    await test.addOrganization('acme');
    admin = await test.signedIn();
  });
  afterEach(() => test.close());

  const add = (values: Record<string, unknown> = {}) =>
    admin.post('/api/add-syncer', {
      ...test.syncer('acme'),
      contactsSecret: test.sandbox.contactsSecret,
      isEnabled: true,
      ...values,
    });
  const save = (values: Record<string, unknown>) => admin.post('/api/update-syncer?id=acme/wecom', values);
  const interval = async (): Promise<number> =>
    (await admin.get('/api/get-syncer?id=acme/wecom')).data.rosterInterval as number;
  const tasks = () => [...scheduler.tasks.values()].filter(({ id }) => id.startsWith(TASK));
  const check = async (): Promise<void> => {
    for (const { id } of tasks()) await scheduler.perform(id);
  };
  const runs = async (): Promise<readonly { readonly trigger: string; readonly state: string }[]> =>
    (await admin.get('/api/get-sync-runs?id=acme/wecom&pageSize=100')).data;
  const rosters = async () => (await runs()).filter(({ trigger }) => trigger === 'roster');
  const runOnce = async (): Promise<void> => {
    const { msg, status } = await admin.get('/api/run-syncer?id=acme/wecom');
    expect(status, msg).to.equal('ok');
    await until(async () => (await runs())[0]?.state === 'succeeded');
  };
  const leave = (): string => test.sandbox.company.leave(1)[0]!.userid;
  const isForbidden = async (name: string): Promise<boolean> =>
    (await admin.get(`/api/get-user?id=acme/${name}`)).data.isForbidden as boolean;
  const lists = (): number => test.sandbox.calls.count('user/list_id');

  it('are every five minutes once there is a Contacts Secret, and can be switched off', async () => {
    expect((await add({ contactsSecret: '' })).status).to.equal('ok');
    expect(await interval()).to.equal(0);
    expect(tasks()).to.deep.equal([]);
    const refused = await save({ rosterInterval: 300 });
    expect(refused).to.include({ status: 'error' });
    expect(refused.msg).to.contain('rosterInterval');
    const saved = await save({ contactsSecret: test.sandbox.contactsSecret, rosterInterval: 0 });
    expect(saved.msg).to.contain('rosterInterval');
    expect(await interval()).to.equal(300);
    expect(tasks().map(({ everyMs }) => everyMs)).to.deep.equal([300_000]);
    for (const wrong of [59, -1, 1.5, 100_000])
      expect((await save({ rosterInterval: wrong })).status).to.equal('error');
    await save({ rosterInterval: 60 });
    expect(tasks().map(({ everyMs }) => everyMs)).to.deep.equal([60_000]);
    await save({ isEnabled: false });
    expect(tasks()).to.deep.equal([]);
    await save({ isEnabled: true, rosterInterval: 0 });
    expect(await interval()).to.equal(0);
    expect(tasks()).to.deep.equal([]);
    await save({ rosterInterval: 60 });
    await save({ contactsSecret: '' });
    expect(await interval()).to.equal(0);
    expect(tasks()).to.deep.equal([]);
  });

  it('do not begin with *** where no Contacts Secret is stored', async () => {
    expect((await add({ isEnabled: false, contactsSecret: '***', rosterInterval: 0 })).status).to.equal('ok');
    expect(await interval()).to.equal(0);
    const saved = await save({ contactsSecret: '***', rosterInterval: 0 });
    expect(saved).to.include({ status: 'ok' });
    expect(saved.msg).to.not.contain('rosterInterval');
    expect(await interval()).to.equal(0);
    const refused = await save({ contactsSecret: '***', rosterInterval: 600 });
    expect(refused.status).to.equal('error');
    expect(refused.msg).to.contain('rosterInterval');
    await save({ contactsSecret: test.sandbox.contactsSecret });
    expect((await save({ contactsSecret: '***', rosterInterval: 600 })).status).to.equal('ok');
    expect(await interval()).to.equal(600);
  });

  it('lock a leaver out, and are no last run of the syncer', async () => {
    await add();
    await check();
    expect(lists(), 'before the first run').to.equal(0);
    await runOnce();
    const before = (await admin.get('/api/get-syncer?id=acme/wecom')).data;
    const leaver = leave();
    await check();
    expect(await isForbidden(leaver)).to.equal(true);
    expect(await rosters()).to.have.length(1);
    const { lastRun, nextRunAt } = (await admin.get('/api/get-syncer?id=acme/wecom')).data;
    expect({ lastRun, nextRunAt }).to.deep.equal({ lastRun: before.lastRun, nextRunAt: before.nextRunAt });
    await check();
    expect(await rosters(), 'nothing has changed').to.have.length(1);
    expect((await admin.get('/metrics')).text).to.contain('wecom_syncer_roster_checks_total{found="changes"} 1');
  });

  it('are not in quiet windows', async () => {
    await add();
    await runOnce();
    await save({ quietWindows: always });
    const leaver = leave();
    const before = lists();
    await check();
    expect(lists()).to.equal(before);
    expect(await isForbidden(leaver)).to.equal(false);
  });

  it('tell once of rosters that are not complete, and then ask more rarely', async () => {
    await add();
    await runOnce();
    const stop = test.sandbox.faults.add({ path: 'user/list_id', respond: { errcode: 60020 } });
    for (let times = 0; times < 3; times += 1) await check();
    expect(await rosters()).to.have.length(1);
    expect((await rosters())[0]).to.include({ state: 'failed' });
    const before = lists();
    await check();
    expect(lists()).to.equal(before);
    stop();
  });

  it('begin a full run at once where more than a hundred came, and again where as many left', async () => {
    await add();
    await runOnce();
    const dueAt = async (): Promise<number> =>
      Date.parse((await admin.get('/api/get-syncer?id=acme/wecom')).data.nextRunAt as string);
    expect(await dueAt()).to.be.greaterThan(Date.now() + 50 * 60_000);
    test.sandbox.company.hire(101);
    await check();
    expect(await dueAt()).to.be.at.most(Date.now());
    await runOnce();
    expect(await dueAt()).to.be.greaterThan(Date.now() + 50 * 60_000);
    test.sandbox.company.leave(101);
    await check();
    expect(await dueAt()).to.be.at.most(Date.now());
  });

  it('bring about one full run an hour by lists that lack too many', async () => {
    test.sandbox.company.hire(120);
    await add();
    await runOnce();
    const nextRunAt = async (): Promise<string> => (await admin.get('/api/get-syncer?id=acme/wecom')).data.nextRunAt;
    const half = { errcode: 0, errmsg: 'ok', next_cursor: '', dept_user: [{ userid: 'nobody', department: 1 }] };
    const lackingCheck = async (): Promise<void> => {
      const stop = test.sandbox.faults.add({ path: 'user/list_id', respond: { body: JSON.stringify(half) } });
      await check();
      stop();
    };
    await lackingCheck();
    await runOnce();
    const regular = await nextRunAt();
    await check();
    await lackingCheck();
    expect(await nextRunAt()).to.equal(regular);
  });

  it('are performed by whichever of two hosts on one Redis is free, once', async function () {
    if (!(await redisAnswers())) return this.skip();
    const prefix = randomPrefix();
    const performed: string[] = [];
    const open = () => BullmqScheduler.open({ url: REDIS_URL, concurrency: 2, onFailure: () => undefined, prefix });
    const hosts = await Promise.all([open(), open()]);
    try {
      for (const own of hosts) await own.ensure({ id: `${TASK}one`, everyMs: 3_600_000, dueAt: new Date() });
      for (const own of hosts) await own.start(async (id) => void performed.push(id));
      await until(() => performed.length > 0);
      for (const own of hosts) await own.ensure({ id: `${TASK}one`, everyMs: 3_600_000, dueAt: new Date() });
      expect(performed).to.deep.equal([`${TASK}one`]);
    } finally {
      await Promise.all(hosts.map((own) => own.close()));
      await removeKeys(prefix);
    }
  });
});

import { expect } from 'chai';
import { AuditRow } from '../../../src/storage/entities/index.ts';
import { until } from '../../support/promises.ts';
import { TestHost, type Client } from '../test-host.ts';

/** Reads server-sent events until the stream ends. */
async function eventsOf(
  url: string,
  cookie: string,
): Promise<{ readonly event: string; readonly run: Record<string, unknown> }[]> {
  const response = await fetch(url, { headers: { cookie } });
  expect(response.headers.get('content-type')).to.match(/^text\/event-stream/);
  const text = await response.text();
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('event:'))
    .map((block) => {
      const [event = '', data = ''] = block.split('\n');
      return {
        event: event.slice('event: '.length),
        run: JSON.parse(data.slice('data: '.length)) as Record<string, unknown>,
      };
    });
}

describe('run calls', () => {
  let test: TestHost;
  let admin: Client;

  beforeEach(async () => {
    test = await TestHost.start({ members: 40, departments: 4 });
    await test.addOrganization('acme');
    admin = await test.signedIn();
    await admin.post('/api/add-syncer', test.syncer('acme'));
  });
  afterEach(() => test.close());

  const runNow = (query = ''): ReturnType<Client['post']> =>
    admin.post(`/api/run-syncer?id=acme/wecom&wait=true${query}`);
  const syncer = async (): Promise<Record<string, unknown>> =>
    (await admin.get('/api/get-syncer?id=acme/wecom')).data as Record<string, unknown>;

  it('name the person and the group of each change, also of those that are not there yet', async () => {
    type Named = { kind: string; userid: string; displayName?: string };
    const namesOf = async (runId: string, kind: string): Promise<Map<string, string | undefined>> => {
      const { data } = await admin.get(`/api/get-sync-changes?id=${runId}&kind=${kind}`);
      return new Map((data as Named[]).map(({ userid, displayName }) => [userid, displayName]));
    };
    const people = new Map([...test.sandbox.company.members].map(({ userid, name }) => [userid, name.trim()]));
    const groups = new Map([...test.sandbox.company.departments].map(({ id, name }) => [String(id), name]));
    for (const query of ['&dryRun=true', '']) {
      const { data: run } = await runNow(query);
      expect(await namesOf(run.id, 'create')).to.deep.equal(people);
      expect(await namesOf(run.id, 'createGroup')).to.deep.equal(groups);
    }
    const [left] = test.sandbox.company.leave(1);
    const { data: run } = await runNow();
    expect((await namesOf(run.id, 'forbid')).get(left!.userid)).to.equal(people.get(left!.userid));
  });

  it('answer a run at once, show its progress, and its end', async () => {
    test.sandbox.faults.set({ latencyMs: 50 });
    const begun = await admin.post('/api/run-syncer?id=acme/wecom');
    expect(begun.data).to.include({ syncer: 'acme/wecom', organization: 'acme', trigger: 'manual', dryRun: false });
    expect(begun.data.state).to.be.oneOf(['queued', 'running']);
    const events = await eventsOf(`${test.host.url}/api/sync-run-events?id=${begun.data.id}`, admin.cookie);
    expect(events.at(-1)).to.deep.include({ event: 'end' });
    expect(events.at(-1)?.run).to.include({ id: begun.data.id, state: 'succeeded', phase: 'done' });
    expect(events.slice(0, -1).map(({ event }) => event))
      .to.include('progress')
      .and.not.include('end');
    const run = (await admin.get(`/api/get-sync-run?id=${begun.data.id}`)).data;
    expect(run).to.have.all.keys(
      'id',
      'syncer',
      'organization',
      'trigger',
      'dryRun',
      'state',
      'startedAt',
      'finishedAt',
      'phase',
      'progress',
      'counts',
      'warnings',
      'error',
      'supersededBy',
    );
    expect(run.counts.members).to.equal(40);
    expect(await eventsOf(`${test.host.url}/api/sync-run-events?id=${begun.data.id}`, admin.cookie)).to.have.length(1);
  });

  it('begin nothing where a flag is neither yes nor no, and try out for a bare one', async () => {
    const { data: run } = await runNow();
    const { userid } = test.sandbox.company.visibleMembers()[0]!;
    for (const [call, flag] of [
      ['run-syncer?id=acme/wecom', 'dryRun'],
      ['run-syncer?id=acme/wecom', 'wait'],
      [`sync-member?id=acme/wecom&userid=${userid}`, 'dryRun'],
      [`sync-member?id=acme/wecom&userid=${userid}`, 'keepSignIn'],
      [`undo-sync-run?id=${run.id}`, 'dryRun'],
      ['apply-config?dryRun=true', 'prune'],
      ['apply-config?prune=true', 'dryRun'],
    ]) {
      const answer = await admin.post(`/api/${call}&${flag}=yes`, call!.startsWith('apply') ? { yaml: '{}' } : {});
      expect(answer.status, call).to.equal('error');
      expect(answer.msg, call).to.include(`"${flag}" must be true or false`);
    }
    expect((await admin.get('/api/get-sync-runs?id=acme/wecom')).data2).to.equal(1);
    expect((await admin.post('/api/run-syncer?id=acme/wecom&wait=1&dryRun')).data.dryRun).to.equal(true);
  });

  it('list runs newest first, and their changes by kind and by member', async () => {
    await runNow();
    await runNow();
    const runs = await admin.get('/api/get-sync-runs?id=acme/wecom&p=1&pageSize=1');
    expect(runs.data2).to.equal(2);
    expect(runs.data[0].counts).to.include({ created: 0, updated: 0 });
    const first = (await admin.get('/api/get-sync-runs?id=acme/wecom&p=99&pageSize=1')).data[0];
    expect(first.counts.created).to.equal(40);
    const changes = await admin.get(`/api/get-sync-changes?id=${first.id}&p=1&pageSize=5&kind=create`);
    expect(changes.data).to.have.length(5);
    expect(changes.data2).to.equal(40);
    expect(changes.data[0]).to.have.all.keys('n', 'kind', 'userid', 'user', 'displayName', 'fields', 'reason', 'state');
    const one = await admin.get(`/api/get-sync-changes?id=${first.id}&userid=${changes.data[0].userid.toUpperCase()}`);
    expect(one.data).to.deep.equal([changes.data[0]]);
    const numbers = async (filter: string, size: number): Promise<number[]> => {
      const url = `/api/get-sync-changes?id=${first.id}&pageSize=${size}${filter}`;
      const { data2 } = await admin.get(`${url}&p=1`);
      const pages = Array.from({ length: Math.ceil(data2 / size) }, (_, at) => admin.get(`${url}&p=${at + 1}`));
      return (await Promise.all(pages)).flatMap(({ data }) => (data as { n: number }[]).map(({ n }) => n));
    };
    const all = await numbers('', 7);
    expect(all, 'each has a number of its own, whatever the page').to.deep.equal(all.map((_, at) => at + 1));
    expect(await numbers('&kind=create', 9), 'and the same in a part of them').to.deep.equal(
      (await numbers('&kind=create', 100)).toSorted((a, b) => a - b),
    );
    expect(await numbers('&kind=createGroup', 100)).to.not.include.members(await numbers('&kind=create', 100));
    expect((await admin.get(`/api/get-sync-changes?id=${first.id}&kind=everything`)).status).to.equal('error');
  });

  it('preview without touching anybody, nor the syncer’s condition', async () => {
    const preview = await runNow('&dryRun=true');
    expect(preview.data).to.include({ trigger: 'preview', dryRun: true, state: 'succeeded' });
    expect((await admin.get('/api/get-user-count?owner=acme')).data).to.equal(2);
    expect((await syncer())['lastRun']).to.equal(null);
    const [first] = (await admin.get(`/api/get-sync-changes?id=${preview.data.id}`)).data;
    expect(first).to.include({ n: 1, state: 'planned' });
  });

  it('answer a failure with its remedy, keep it as the error text, and clear it with the next good run', async () => {
    test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
    const failed = await admin.get('/api/run-syncer?id=admin/wecom&organization=acme');
    expect(failed.status).to.equal('error');
    expect(failed.msg).to.include('203.0.113.7');
    expect(failed.data.state).to.equal('failed');
    expect((await syncer())['errorText']).to.include('203.0.113.7');
    expect((await syncer())['health']).to.equal('failing');
    await admin.post('/api/update-syncer?id=acme/wecom', { ...(await syncer()), errorText: 'stale form value' });
    expect((await syncer())['errorText']).to.include('203.0.113.7');
    test.sandbox.faults.clear();
    await runNow();
    expect(await syncer()).to.include({ errorText: '', health: 'ok' });
  });

  it('refuse a second run of one syncer, and say since when it goes on, but not where', async () => {
    test.sandbox.faults.set({ latencyMs: 60_000 });
    const first = await admin.post('/api/run-syncer?id=acme/wecom');
    const second = await admin.post('/api/run-syncer?id=acme/wecom');
    expect(second.status).to.equal('error');
    expect(second.msg)
      .to.match(/goes on since \d{4}-/)
      .and.not.include(`:${process.pid}`);
    await admin.post(`/api/cancel-sync-run?id=${first.data.id}`);
  });

  it('cancel a run between pages', async () => {
    test.sandbox.faults.set({ latencyMs: 60_000 });
    const { data } = await admin.post('/api/run-syncer?id=acme/wecom');
    const cancelled = await admin.post(`/api/cancel-sync-run?id=${data.id}`);
    expect(cancelled.data).to.include({ id: data.id, state: 'cancelled' });
    expect((await admin.post(`/api/cancel-sync-run?id=${data.id}`)).data.state).to.equal('cancelled');
  });

  it('that wait for a person are no success to whoever asks as Casdoor does', async () => {
    await runNow();
    test.sandbox.company.leave(25);
    const held = await admin.get('/api/run-syncer?id=acme/wecom', { 'accept-language': 'zh' });
    expect(held.status).to.equal('error');
    expect(held.data.state).to.equal('held');
    const reason = held.data.warnings.find(({ code }: { code: string }) => code === 'held').message as string;
    expect(held.msg).to.include(reason).and.include(`/runs/${held.data.id}`).and.include('批准');
  });

  it('speak of the gravest warning', async () => {
    test.sandbox.company.setField([...test.sandbox.company.members][0]!.userid, { position: '长'.repeat(300) });
    test.sandbox.faults.add({
      path: 'user/list',
      match: { department_id: '2' },
      respond: { errcode: 60011, errmsg: 'x' },
    });
    const run = await admin.get('/api/run-syncer?id=acme/wecom');
    expect(run.status).to.equal('ok');
    expect(run.data.state).to.equal('partial');
    const codes = run.data.warnings.map(({ code }: { code: string }) => code);
    expect(codes).to.include('value-cut').and.include('unread');
    expect(run.msg).to.include('60011');
    expect((await syncer())['errorText']).to.include('60011');
  });

  it('of one member whom nobody knows are no success, and say so in one sentence', async () => {
    await runNow();
    const { status, msg, data } = await admin.post('/api/sync-member?id=acme/wecom&userid=nobody');
    expect(status).to.equal('ok');
    expect(data.run.state).to.equal('partial');
    expect(data.run.warnings.map(({ code }: { code: string }) => code)).to.deep.equal(['member-not-synced']);
    expect(msg).to.equal(data.run.warnings[0].message).and.not.equal('');
  });

  it('of one member whose account is somebody’s speak of the gravest warning, in the language of the reader', async () => {
    const [member] = test.sandbox.company.members;
    const { userid } = member!;
    await admin.post('/api/add-user', { owner: 'acme', name: userid, isAdmin: true });
    const answer = await admin.post(`/api/sync-member?id=acme/wecom&userid=${userid}`, undefined, {
      'accept-language': 'zh',
    });
    expect(answer.status).to.equal('ok');
    expect(answer.data.run).to.include({ state: 'partial' });
    expect(answer.data.run.warnings.map(({ code }: { code: string }) => code)).to.include('conflict');
    expect(answer.msg)
      .to.equal(answer.data.run.warnings[0].message)
      .and.match(/同名的本地账号/);
  });

  it('of one member that are cancelled are no success', async () => {
    test.sandbox.faults.set({ latencyMs: 60_000 });
    const { userid } = [...test.sandbox.company.members][0]!;
    const answer = admin.post(`/api/sync-member?id=acme/wecom&userid=${userid}`);
    const runs = async (): Promise<{ id: string }[]> => (await admin.get('/api/get-sync-runs?id=acme/wecom')).data;
    await until(async () => (await runs()).length > 0);
    await admin.post(`/api/cancel-sync-run?id=${(await runs())[0]?.id}`);
    const { status, msg, data } = await answer;
    expect(status).to.equal('error');
    expect(data.run.state).to.equal('cancelled');
    expect(msg).to.include(data.run.error.message);
  });

  it('hold what would lock out too many, and approve it', async () => {
    await runNow();
    test.sandbox.company.leave(25);
    const held = await runNow();
    expect(held.json).to.deep.include({ status: 'ok' });
    expect(held.data.state).to.equal('held');
    expect(held.msg).to.not.equal('');
    expect((await syncer())['health']).to.equal('held');
    const forbidden = (): Promise<number> =>
      admin
        .get('/api/get-users?owner=acme&p=1&pageSize=1&field=isForbidden&value=true')
        .then(({ data2 }) => Number(data2));
    const before = await forbidden();
    const approved = await admin.post(`/api/approve-sync-run?id=${held.data.id}`);
    expect(approved.status, approved.text).to.equal('ok');
    expect(approved.data).to.include({ id: held.data.id, state: 'succeeded' });
    expect(await forbidden()).to.be.greaterThan(before);
    expect(await syncer()).to.include({ health: 'ok', errorText: '' });
    expect((await admin.post(`/api/approve-sync-run?id=${held.data.id}`)).status).to.equal('error');
  });

  it('approve and reject a part of it, with a comment, while the rest waits', async () => {
    await runNow();
    test.sandbox.company.leave(25);
    const { data: held } = await runNow();
    type Waiting = { readonly n: number; readonly userid: string; readonly user: string; readonly state: string };
    const waiting = async (): Promise<readonly Waiting[]> =>
      (await admin.get(`/api/get-sync-changes?id=${held.id}&state=held`)).data as readonly Waiting[];
    const isForbidden = async ({ user }: Waiting): Promise<boolean> =>
      ((await admin.get(`/api/get-user?id=${user}`)).data as { isForbidden: boolean }).isForbidden;
    const [one, two, three, ...rest] = await waiting();
    const approved = await admin.post(`/api/approve-sync-run?id=${held.id}`, {
      changes: [one!.n],
      userids: [two!.userid.toUpperCase()],
      comment: ' asked HR ',
    });
    expect(approved.status, approved.text).to.equal('ok');
    expect(approved.data).to.include({ id: held.id, state: 'held' });
    expect(await Promise.all([one!, two!, three!].map(isForbidden))).to.deep.equal([true, true, false]);
    expect((await waiting()).map(({ n }) => n)).to.deep.equal([three!, ...rest].map(({ n }) => n));
    const stored = await syncer();
    expect(stored).to.include({ health: 'held' });
    expect(stored['lastRun']).to.include({ trigger: 'approval', state: 'succeeded' });
    const rejected = await admin.post(`/api/reject-sync-run?id=${held.id}`, {
      userids: [three!.userid],
      comment: 'stays',
    });
    expect(rejected.data).to.include({ state: 'held' });
    const last = await admin.post(`/api/approve-sync-run?id=${held.id}`, {});
    expect(last.data).to.include({ state: 'succeeded' });
    expect(await isForbidden(three!)).to.equal(false);
    expect(await syncer()).to.include({ health: 'ok', errorText: '' });
    const entries = await test.host.database.read(({ manager }) =>
      manager.find(AuditRow, { where: { target: held.id as string }, order: { createdMs: 'ASC' } }),
    );
    expect(entries.map(({ action, detail }) => [action, JSON.parse(detail)])).to.deep.equal([
      [
        'approve-run',
        { outcome: 'held', comment: 'asked HR', selected: 2, numbers: [one!.n], userids: [two!.userid.toUpperCase()] },
      ],
      ['reject-run', { outcome: 'held', comment: 'stays', selected: 1, userids: [three!.userid] }],
      ['approve-run', { outcome: 'succeeded' }],
    ]);
  });

  it('apply a preview as it was seen, once', async () => {
    const { data: preview } = await runNow('&dryRun=true');
    const [hired] = test.sandbox.company.hire(1);
    for (const chosen of [{ userids: [hired!.userid] }, { changes: [1] }, { coment: 'seen' }]) {
      const refused = await admin.post(`/api/apply-sync-run?id=${preview.id}`, chosen);
      expect(refused.status, JSON.stringify(chosen)).to.equal('error');
      expect(refused.msg).to.include(`"${Object.keys(chosen)[0]}"`);
    }
    expect((await admin.post(`/api/apply-sync-run?id=${preview.id}&userids=x`)).status).to.equal('error');
    const applied = await admin.post(`/api/apply-sync-run?id=${preview.id}`, { comment: 'seen' });
    expect(applied.status, applied.text).to.equal('ok');
    expect(applied.data).to.include({ trigger: 'approval', dryRun: false, state: 'succeeded' });
    expect(applied.data.id).to.not.equal(preview.id);
    expect(applied.data.counts).to.include({ created: 40 });
    expect((await admin.get(`/api/get-user?id=acme/${hired!.userid}`)).data).to.equal(null);
    expect((await syncer())['lastRun']).to.include({ id: applied.data.id });
    for (const id of [preview.id, applied.data.id]) {
      expect((await admin.post(`/api/apply-sync-run?id=${id}`)).status).to.equal('error');
    }
  });

  it('take back what a run did, and list whom no run locks out for it', async () => {
    await runNow();
    const [gone, renamed] = test.sandbox.company.leave(1).concat(test.sandbox.company.hire(1));
    await runNow();
    test.sandbox.company.rename({ userid: renamed!.userid, name: '新名' });
    const { data: run } = await runNow();
    const { data: runs } = await admin.get('/api/get-sync-runs?id=acme/wecom&p=1&pageSize=2');
    const locked = (runs as { readonly id: string }[])[1]!.id;
    const user = async (name: string): Promise<Record<string, unknown>> =>
      (await admin.get(`/api/get-user?id=acme/${name}`)).data as Record<string, unknown>;
    const preview = await admin.post(`/api/undo-sync-run?id=${run.id}&dryRun=true`);
    expect(preview.data).to.include({ trigger: 'undo', dryRun: true, state: 'succeeded' });
    expect((await user(renamed!.userid))['displayName']).to.equal('新名');
    const undone = await admin.post(`/api/undo-sync-run?id=${run.id}`, { userids: [renamed!.userid] });
    expect(undone.data, undone.text).to.include({ trigger: 'undo', dryRun: false, state: 'succeeded' });
    expect((await user(renamed!.userid))['displayName']).to.not.equal('新名');
    const back = await admin.post(`/api/undo-sync-run?id=${locked}`, { userids: [gone!.userid], comment: 'a mistake' });
    expect(back.status, back.text).to.equal('ok');
    expect((await user(gone!.userid))['isForbidden']).to.equal(false);
    const { data: protections } = await admin.get('/api/get-sync-protections?owner=acme');
    expect(protections).to.have.length(1);
    expect(protections[0]).to.include({ kind: 'userid', value: gone!.userid, by: 'undo', until: null });
    expect((await runNow()).data.counts.forbidden).to.equal(0);
    expect(await syncer()).to.include({ health: 'ok' });
    for (const [id, body] of [
      [preview.data.id, {}],
      [locked, { userids: ['nobody'] }],
      [locked, { changes: 'all' }],
    ] as const) {
      expect((await admin.post(`/api/undo-sync-run?id=${id}`, body)).status).to.equal('error');
    }
  });

  it('decide nothing when it is not clear about what', async () => {
    await runNow();
    test.sandbox.company.leave(25);
    const { data: held } = await runNow();
    const { data: changes } = await admin.get(`/api/get-sync-changes?id=${held.id}&state=held`);
    const { userid } = changes[0] as { readonly userid: string };
    for (const [body, query] of [
      [{ changes: [] }],
      [{ userids: [] }],
      [{ changes: [0] }],
      [{ changes: ['1'] }],
      [{ changes: 1 }],
      [{ changes: [1.5] }],
      [{ changes: [1_000] }],
      [{ userids: userid }],
      [{ userids: [userid, 'nobody'] }],
      [{ userid }],
      [{ comment: 7 }],
      [{ comment: 'x'.repeat(2_001) }],
      [[userid]],
      [undefined, `&userids=${userid}`],
    ] as const) {
      for (const verb of ['approve', 'reject']) {
        const answer = await admin.post(`/api/${verb}-sync-run?id=${held.id}${query ?? ''}`, body);
        expect(answer.status, `${verb} ${JSON.stringify(body)}: ${answer.text}`).to.equal('error');
      }
    }
    const { data: after } = await admin.get(`/api/get-sync-changes?id=${held.id}&state=held`);
    expect(after).to.deep.equal(changes);
  });

  it('reject it, and nobody is touched', async () => {
    await runNow();
    test.sandbox.company.leave(25);
    const held = await runNow();
    const rejected = await admin.post(`/api/reject-sync-run?id=${held.data.id}`);
    expect(rejected.status, rejected.text).to.equal('ok');
    expect(rejected.data.state).to.equal('cancelled');
    expect((await syncer())['health']).to.equal('ok');
    expect((await admin.post(`/api/reject-sync-run?id=${held.data.id}`)).status).to.equal('error');
  });

  it('sync one member, step by step', async () => {
    const { userid } = test.sandbox.company.hire(1)[0]!;
    const report = await admin.post(`/api/sync-member?id=acme/wecom&userid=${userid}`);
    expect(report.status, report.text).to.equal('ok');
    expect(report.data.run).to.include({ trigger: 'member' });
    expect(report.data.steps.every((step: { ok: boolean }) => step.ok)).to.equal(true);
    expect(report.data.change).to.include({ kind: 'create', userid, user: `acme/${userid}` });
    expect((await admin.get(`/api/get-user?id=acme/${userid}`)).data).to.include({
      wecom: userid,
      heldBy: 'acme/wecom',
    });
  });

  it('wait their turn when too many syncers run at once', async () => {
    const crowded = await TestHost.start({ members: 5, departments: 2, settings: { RUN_CONCURRENCY: '1' } });
    try {
      await crowded.addOrganization('acme');
      const client = await crowded.signedIn();
      for (const name of ['one', 'two']) await client.post('/api/add-syncer', crowded.syncer('acme', name));
      crowded.sandbox.faults.set({ latencyMs: 60_000 });
      const first = await client.post('/api/run-syncer?id=acme/one');
      const second = await client.post('/api/run-syncer?id=acme/two');
      expect(second.data.state).to.equal('queued');
      expect((await client.post(`/api/cancel-sync-run?id=${first.data.id}`)).data.state).to.equal('cancelled');
      crowded.sandbox.faults.clear();
      const events = await eventsOf(`${crowded.host.url}/api/sync-run-events?id=${second.data.id}`, client.cookie);
      expect(events.at(-1)?.run).to.include({ id: second.data.id }).and.not.include({ state: 'queued' });
    } finally {
      await crowded.close();
    }
  });

  it('say in Casdoor’s words that there is no such syncer', async () => {
    expect((await admin.get('/api/run-syncer?id=admin/none')).msg).to.equal('The syncer: admin/none does not exist');
    expect((await admin.get(`/api/get-sync-run?id=${'x'.repeat(5000)}`)).status).to.equal('error');
  });

  it('are ended by deleting the syncer, and leave the accounts as they are', async () => {
    await runNow();
    test.sandbox.faults.set({ latencyMs: 60_000 });
    await admin.post('/api/run-syncer?id=acme/wecom');
    expect(
      (await admin.post('/api/delete-syncer', { owner: 'admin', name: 'wecom', organization: 'acme' })).data,
    ).to.equal('Affected');
    expect((await admin.get('/api/get-user-count?owner=acme')).data).to.equal(42);
  });

  it('are written down: who ran, cancelled and decided what', async () => {
    const { data } = await runNow();
    const rows = await test.host.database.read(({ manager }) => manager.findBy(AuditRow, { action: 'run-syncer' }));
    expect(rows).to.have.length(1);
    expect(rows[0]).to.include({ actor: 'built-in/admin', target: 'acme/wecom', organization: 'acme' });
    expect(rows[0]?.detail).to.include(data.id);
  });
});

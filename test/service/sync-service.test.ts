import { inspect } from 'node:util';
import { expect } from 'chai';
import { stub } from 'sinon';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Scheduler } from '../../src/scheduler/scheduler.ts';
import {
  createSyncService,
  type ServiceEvent,
  type SyncerInput,
  type SyncService,
  type SyncServiceOptions,
} from '../../src/service/index.ts';
import { AuditRow, LeaseRow, OrganizationRow, RunRow, SyncerRow, UserRow } from '../../src/storage/entities/index.ts';
import { TypeormRunStore } from '../../src/storage/runs/typeorm-run-store.ts';
import { SyncerRegistry } from '../../src/syncer/registry.ts';
import { defineWecomSyncer } from '../../src/wecom/definition.ts';
import { eachDatabase, type DatabaseSuite } from '../support/databases.ts';
import { ManualScheduler } from '../support/manual-scheduler.ts';
import { rejection, until } from '../support/promises.ts';

const SECRET_KEY = 'a key of the tests, of thirty-two characters or more';

describe('the service, in a host of any kind', function () {
  this.timeout(120_000);

  eachDatabase((suite: DatabaseSuite) => {
    let sandbox: Sandbox;
    let service: SyncService;
    let events: ServiceEvent[];
    let organization: string;
    let count = 0;

    beforeEach(async () => {
      sandbox = await Sandbox.start({ members: 12, departments: 3 });
      organization = `acme${(count += 1)}`;
      events = [];
      await suite.database.transaction(({ manager }) =>
        manager.insert(OrganizationRow, { owner: 'admin', name: organization }),
      );
    });
    afterEach(async () => {
      await service?.close();
      // One syncer at a time: what an earlier test left would come due in the next.
      await suite.database.transaction(({ manager }) => manager.deleteAll(SyncerRow));
      await sandbox.close();
    });

    const open = async (options: Partial<SyncServiceOptions> = {}): Promise<SyncService> => {
      service = await createSyncService({
        dataSource: suite.database.dataSource,
        registry: new SyncerRegistry().register(defineWecomSyncer({ baseUrl: sandbox.url })),
        secretKey: SECRET_KEY,
        onEvent: (event) => void events.push(event),
        ...options,
      });
      return service;
    };
    const wecom = (values: SyncerInput = {}): SyncerInput => ({
      organization,
      name: 'wecom',
      type: 'WeCom',
      user: sandbox.corpId,
      password: sandbox.appSecret,
      ...values,
    });
    const id = (): string => `${organization}/wecom`;
    const typesOf = (runId: string): string[] => events.filter(({ run }) => run?.id === runId).map(({ type }) => type);
    const finish = async () => (await service.runs.begin(id())).ended;
    const dismiss = (people: number): void => {
      sandbox.company.leave([...sandbox.company.members].slice(0, people).map(({ userid }) => userid));
    };
    const refusal = async (work: Promise<unknown>): Promise<Error> => (await rejection(work)) as Error;
    const leases = (): Promise<number> => suite.database.read(({ manager }) => manager.count(LeaseRow));

    it('writes down what is decided by a program, in the name of whoever it says', async () => {
      await open();
      await service.syncers.add(wecom());
      await finish();
      const [member] = [...sandbox.company.members];
      const user = `${organization}/${member!.userid}`;
      const by = { by: `${organization}/eve` };
      await service.decisions.protect({ owner: organization, kind: 'user', value: user, reason: 'on leave' }, by);
      await service.decisions.unprotect(user);
      await service.decisions.unlink(user, by);
      const [question] = (await service.decisions.questions(id())).rows;
      await service.decisions.decide(question!.id, { decision: 'link', user: member!.userid, comment: 'his' }, by);
      await service.decisions.reopen(question!.id, by);
      await service.decisions.link(id(), { userid: member!.userid, user }, by);
      const preview = await (await service.runs.begin(id(), { dryRun: true })).ended;
      const applied = await service.runs.apply(preview.id, { comment: 'as seen', ...by });
      await service.runs.undo(applied.id, { dryRun: true, ...by });
      dismiss(9);
      const held = await finish();
      const some = held.id;
      const [one, two] = (await service.runs.changes(some, { kind: 'forbid' })).rows;
      await service.runs.approve(some, { changes: [one!.n], comment: 'gone' }, by);
      await service.runs.reject(some, { changes: [two!.n] }, by);
      const rows = await suite.database.read(({ manager }) =>
        manager.find(AuditRow, { where: { organization }, order: { createdMs: 'ASC' } }),
      );
      const told = rows.map(({ action, actor, subject, clientIp }) => [action, actor, subject, clientIp]);
      const eve = `${organization}/eve`;
      const begun = [
        ['add-syncer', 'app/service', null, ''],
        ['run-syncer', 'app/service', null, ''],
      ];
      expect(told).to.deep.equal([
        ...begun,
        ['protect-user', eve, user, ''],
        ['unprotect-user', 'app/service', user, ''],
        ['unlink-account', eve, user, ''],
        ['decide-question', eve, user, ''],
        ['reopen-question', eve, user, ''],
        ['link-account', eve, user, ''],
        ['run-syncer', 'app/service', null, ''],
        ['apply-run', eve, applied.id, ''],
        ['undo-run', eve, null, ''],
        ['run-syncer', 'app/service', null, ''],
        ['approve-run', eve, some, ''],
        ['reject-run', eve, some, ''],
      ]);
      expect(rows[5]!.detail).to.include('his');
      expect(rows[12]!.detail).to.include('gone');
    });

    it('writes down what a program does with syncers, with before and after and no secret', async () => {
      await open();
      const by = { by: `${organization}/eve` };
      await service.syncers.test(wecom(), by);
      await service.syncers.add(wecom(), by);
      await service.syncers.update(id(), { syncInterval: 7200, password: 'another secret of eve' }, by);
      await refusal(service.syncers.update(id(), { isEnabled: 'perhaps' }, by));
      const preview = await (await service.runs.begin(id(), { dryRun: true, ...by })).ended;
      const [member] = [...sandbox.company.members];
      const { run } = await service.runs.syncMember(id(), member!.userid, by);
      await service.syncers.delete(id(), by);
      const rows = await suite.database.read(({ manager }) =>
        manager.find(AuditRow, { where: { organization }, order: { createdMs: 'ASC' } }),
      );
      const told = rows.map(({ action, actor, detail }) => ({ action, actor, ...JSON.parse(detail) }));
      const entry = (action: string, outcome: string, more: object = {}) => ({
        action,
        actor: by.by,
        outcome,
        ...more,
      });
      const { changes: added, ...first } = told[1];
      const { changes: removed, ...last } = told[6];
      expect([told[0], first, ...told.slice(2, 6), last]).to.deep.equal([
        entry('test-syncer', 'ok'),
        entry('add-syncer', 'ok'),
        entry('update-syncer', 'ok', {
          changes: [
            { field: 'password', before: '***', after: '***' },
            { field: 'syncInterval', before: '3600', after: '7200' },
          ],
        }),
        entry('update-syncer', 'Refusal'),
        entry('run-syncer', `preview ${preview.id}`),
        entry('sync-member', run.state, { selected: 1, userids: [member!.userid] }),
        entry('delete-syncer', 'ok'),
      ]);
      expect(added).to.deep.include({ field: 'user', before: null, after: sandbox.corpId });
      expect(removed).to.deep.include({ field: 'syncInterval', before: '7200', after: null });
      const everything = JSON.stringify(rows);
      for (const secret of [sandbox.appSecret, 'another secret of eve']) expect(everything).to.not.include(secret);
    });

    it('refuses what is of a wrong kind, and names it', async () => {
      await open();
      const { decisions, runs, syncers } = service;
      const wrong = (value: unknown): never => value as never;
      const good = { owner: organization, kind: 'userid', value: 'x', reason: 'x' };
      const cases: readonly (readonly [() => Promise<unknown>, RegExp])[] = [
        [() => decisions.protect(wrong({ ...good, value: { x: 5 } })), /value/],
        [() => decisions.protect(wrong({ ...good, reason: undefined })), /reason/],
        [() => decisions.protect(wrong({ ...good, owner: undefined })), /owner/],
        [() => decisions.protect({ ...good, reason: 'a\0b' }), /reason/],
        [() => decisions.protect({ ...good, value: 'half \ud800' }), /value/],
        [() => decisions.protect(wrong(undefined)), /object/],
        [() => decisions.protect(good, wrong({ by: 5n })), /by/],
        [() => decisions.protect(good, { by: 'x'.repeat(361) }), /by/],
        [() => decisions.unprotect(wrong(undefined)), /id/],
        [() => decisions.unlink(wrong(['a'])), /user/],
        [() => decisions.link(id(), wrong({ user: 'x' })), /userid/],
        [() => decisions.link(wrong({}), { user: 'x', userid: 'x' }), /id/],
        [() => decisions.decide(wrong(null), { decision: 'ignore' }), /questionId/],
        [() => decisions.reopen('no\0where'), /questionId/],
        [() => decisions.questions(id(), wrong({ state: 'shut' })), /state/],
        [() => runs.undo(wrong(undefined)), /runId/],
        [() => runs.approve(wrong({})), /runId/],
        [() => runs.approve('x', wrong('all')), /selection/],
        [() => runs.reject('x', { comment: 'a\0b' }), /comment/],
        [() => runs.undo('x', { userids: ['a\0b'] }), /userids/],
        [() => runs.undo('x', wrong({ dryRun: 'perhaps' })), /dryRun/],
        [() => runs.apply('x', wrong({ comment: 5 })), /comment/],
        [() => runs.apply('x', wrong({ userids: ['a'] })), /userids/],
        [() => runs.cancel('a\0b'), /runId/],
        [() => runs.begin(wrong(undefined)), /id/],
        [() => runs.begin(wrong({ id: 'x' })), /id/],
        [() => runs.begin(id(), wrong({ dryRun: 'perhaps' })), /dryRun/],
        [() => runs.begin(id(), wrong('preview')), /options/],
        [() => runs.begin(id(), wrong({ by: ['eve'] })), /by/],
        [() => runs.list(wrong(null)), /id/],
        [() => runs.list(id(), wrong({ page: 'first' })), /page/],
        [() => runs.list(id(), wrong(5)), /options/],
        [() => runs.changes('x', wrong({ kind: 'everything' })), /kind/],
        [() => runs.changes('x', wrong({ userid: {} })), /userid/],
        [() => runs.syncMember(wrong(undefined), 'x'), /id/],
        [() => runs.syncMember(id(), wrong(undefined)), /userid/],
        [() => runs.syncMember(id(), 'x', wrong({ dryRun: 2 })), /dryRun/],
        [() => syncers.get(wrong(undefined)), /id/],
        [() => syncers.get(wrong({})), /id/],
        [() => syncers.update(wrong(undefined), {}), /id/],
        [() => syncers.update(id(), wrong(undefined)), /syncer/],
        [() => syncers.update(id(), wrong([])), /syncer/],
        [() => syncers.add(wrong('wecom')), /syncer/],
        [() => syncers.add(wecom({ name: {} })), /name/],
        [() => syncers.add(wecom({ organization: [] })), /organization/],
        [() => syncers.add(wecom(), wrong({ by: {} })), /by/],
        [() => syncers.delete(wrong(undefined)), /id/],
        [() => syncers.delete('a\0b/c'), /id/],
        [() => syncers.test(wrong(null)), /syncer/],
        [() => syncers.list(wrong({ organization })), /organization/],
        [() => decisions.protections(wrong([organization])), /organization/],
      ];
      for (const [work, names] of cases) {
        const error = await refusal(work());
        expect(['Refusal', 'ConfigError'], String(work)).to.include(error.name);
        expect(error.message, String(work)).to.match(names);
      }
    });

    it('asks a person what only he can decide, and does what he says', async () => {
      await open();
      await service.syncers.add(wecom());
      await finish();
      const [member, other] = [...sandbox.company.members].map(({ userid }) => userid);
      await service.decisions.unlink(`${organization}/${member}`);
      expect((await refusal(service.decisions.unlink(`${organization}/${member}`))).message).to.match(/No member/);
      const { rows, total } = await service.decisions.questions(id(), { state: 'open' });
      expect([rows.length, total]).to.deep.equal([1, 1]);
      const [question] = rows;
      expect(question).to.deep.include({ userid: member, kind: 'name-taken', syncer: id(), decidedBy: '' });
      expect(question!.candidates[0]!.reason).to.have.keys('en', 'zh');
      const taken = service.decisions.decide(question!.id, { decision: 'link', user: `${organization}/${other}` });
      expect((await refusal(taken)).message).to.match(/another member/);
      const user = `${organization}/${member}`;
      const decided = await service.decisions.decide(question!.id, { decision: 'link', user }, { by: 'acme/eve' });
      expect(decided).to.include({ state: 'linked', user, decidedBy: 'acme/eve', isPending: false });
      expect(events.findLast(({ type }) => type === 'run.ended')?.run).to.include({ trigger: 'decision' });
      expect(await service.decisions.reopen(question!.id)).to.include({ state: 'open', isPending: false });
      const report = await service.decisions.link(id(), { userid: member!, user });
      expect(report.change).to.include({ kind: 'link', user });
      expect((await service.decisions.questions(id())).total).to.equal(0);
      expect((await finish()).counts.conflicts).to.equal(0);
    });

    it('does what was decided while a run went on, also when the process ended before it could', async () => {
      await open();
      await service.syncers.add(wecom());
      await finish();
      const [member] = [...sandbox.company.members].map(({ userid }) => userid);
      const user = `${organization}/${member}`;
      await service.decisions.unlink(user);
      const [question] = (await service.decisions.questions(id())).rows;
      sandbox.faults.set({ latencyMs: 60_000 });
      const going = await service.runs.begin(id());
      const decided = await service.decisions.decide(question!.id, { decision: 'link', user });
      expect(decided).to.include({ state: 'linked', isPending: true });
      await service.close();
      await going.ended;
      sandbox.faults.clear();
      await open();
      expect((await service.decisions.questions(id())).rows[0]).to.include({ isPending: true });
      const run = await finish();
      expect([run.state, run.counts.linked, run.counts.conflicts]).to.deep.equal(['succeeded', 1, 0]);
      expect((await service.decisions.questions(id())).rows[0]).to.include({ state: 'linked', isPending: false });
    });

    it('stores a syncer and shows it with every key, its secret masked and sealed', async () => {
      await open();
      const added = await service.syncers.add(wecom({ syncInterval: 7200 }));
      const shown = { owner: organization, organization, name: 'wecom', type: 'WeCom', password: '***' };
      expect(added).to.deep.include({ ...shown, user: sandbox.corpId, syncInterval: 7200, isEnabled: false });
      expect(added).to.deep.include({ health: 'ok', lastRun: null, nextRunAt: null, leavers: 'forbid' });
      expect(await service.syncers.get(id())).to.deep.equal(added);
      expect(await service.syncers.list(organization)).to.deep.equal([added]);
      expect(await service.syncers.list('another')).to.deep.equal([]);
      expect(await service.syncers.get('another/wecom')).to.equal(undefined);
      const row = await suite.database.read(({ manager }) => manager.findOneByOrFail(SyncerRow, { organization }));
      expect(JSON.stringify(row)).not.to.include(sandbox.appSecret);
    });

    it('changes, renames and deletes it, and keeps a secret that is sent back masked', async () => {
      await open();
      const added = await service.syncers.add(wecom());
      const changed = await service.syncers.update(id(), { ...added, name: 'contacts', syncInterval: 600 });
      expect(changed).to.deep.include({ id: added.id, name: 'contacts', syncInterval: 600, password: '***' });
      expect(await service.syncers.get(id())).to.equal(undefined);
      const run = await (await service.runs.begin(`${organization}/contacts`)).ended;
      expect(run).to.deep.include({ state: 'succeeded', syncer: `${organization}/contacts` });
      expect((await refusal(service.syncers.update(`${organization}/contacts`, { id: 'x' }))).message).to.include('id');
      expect((await service.syncers.delete(`${organization}/contacts`)).en).to.include('12 accounts');
      expect(await service.syncers.list(organization)).to.deep.equal([]);
      const { name } = await refusal(service.syncers.delete(id()));
      expect(name).to.equal('NotFoundError');
    });

    it('refuses what cannot be stored, and says what to change', async () => {
      await open();
      await service.syncers.add(wecom());
      expect((await refusal(service.syncers.add(wecom()))).message).to.include('wecom');
      expect((await refusal(service.syncers.add(wecom({ organization: 'nobody' })))).message).to.include('nobody');
      expect((await refusal(service.syncers.add(wecom({ name: 'b', organization: 'built-in' })))).name).to.equal(
        'Refusal',
      );
    });

    it('tests a configuration before it is stored, and a stored one by its mask', async () => {
      await open();
      const report = await service.syncers.test(wecom());
      expect(report).to.deep.include({ ok: true, departments: 3 });
      expect(report.checks[0]?.detail).to.have.keys('en', 'zh');
      const refused = await service.syncers.test(wecom({ password: 'wrong-secret' }));
      expect(refused.ok).to.equal(false);
      expect(refused.checks.find(({ ok }) => !ok)?.remedy?.zh).to.match(/\p{Script=Han}/u);
      await service.syncers.add(wecom());
      expect((await service.syncers.test(wecom({ password: '***' }))).ok).to.equal(true);
    });

    it('runs, tells of it in order, and refuses a second run meanwhile', async () => {
      await open();
      await service.syncers.add(wecom());
      sandbox.faults.set({ latencyMs: 60 });
      const { run, ended } = await service.runs.begin(id());
      expect(run).to.deep.include({ syncer: id(), organization, trigger: 'manual', finishedAt: null });
      const { state } = run;
      expect(state, 'as far as it is when the answer is written down').to.be.oneOf(['queued', 'running']);
      expect((await refusal(service.runs.begin(id()))).name).to.equal('LeaseError');
      expect((await refusal(service.runs.syncMember(id(), 'x'))).name).to.equal('LeaseError');
      const last = await ended;
      expect(last).to.deep.include({ id: run.id, state: 'succeeded', phase: 'done', error: null });
      expect(last.counts).to.include({ members: 12, created: 12, groupsCreated: 3 });
      expect(run.state, 'what was answered changes no more').to.equal(state);
      const types = typesOf(run.id);
      expect(types[0]).to.equal('run.started');
      expect(types.at(-1)).to.equal('run.ended');
      expect(types.slice(1, -1)).to.include('run.progress').and.not.include('run.started');
      expect(new Set(types.slice(1, -1))).to.have.all.keys('run.progress');
      expect(new Set(events.map(({ syncer }) => syncer))).to.have.all.keys(id());
      expect(await service.runs.find(run.id)).to.deep.equal(last);
      expect(await service.runs.list(id())).to.deep.equal({ rows: [last], total: 1 });
      expect(await service.syncers.get(id())).to.deep.include({ lastRun: last });
    });

    it('pages the changes of a run, by kind and by member', async () => {
      await open();
      await service.syncers.add(wecom());
      const { id: runId } = await finish();
      const all = await service.runs.changes(runId);
      expect(all.total).to.equal(15);
      expect(all.rows.map(({ n }) => n)).to.deep.equal(all.rows.map(({ n }) => n).toSorted((a, b) => a - b));
      const pages = [];
      for (let page = 1; ; page += 1) {
        const { rows, total } = await service.runs.changes(runId, { page, pageSize: 4 });
        expect(total).to.equal(15);
        if (rows.length === 0) break;
        pages.push(...rows);
      }
      expect(pages).to.deep.equal(all.rows);
      expect((await service.runs.changes(runId, { kind: 'create' })).total).to.equal(12);
      const { userid } = [...sandbox.company.members][0]!;
      const [one, ...rest] = (await service.runs.changes(runId, { userid: userid.toUpperCase() })).rows;
      expect(rest).to.deep.equal([]);
      expect(one).to.deep.include({ kind: 'create', userid, state: 'applied' });
      expect(one?.reason).to.have.keys('en', 'zh');
      expect((await refusal(service.runs.changes(runId, { page: 0 }))).message).to.include('page');
      expect((await refusal(service.runs.changes('nothing'))).name).to.equal('NotFoundError');
    });

    it('applies nothing in a dry run', async () => {
      await open();
      await service.syncers.add(wecom());
      const { run, ended } = await service.runs.begin(id(), { dryRun: true });
      expect(run).to.deep.include({ dryRun: true, trigger: 'preview' });
      expect((await ended).counts.created).to.equal(12);
      expect(typesOf(run.id).at(-1)).to.equal('run.ended');
      const users = await suite.database.read(({ manager }) => manager.countBy(UserRow, { owner: organization }));
      expect(users).to.equal(0);
    });

    it('syncs one member, and says what each step came to', async () => {
      await open();
      await service.syncers.add(wecom());
      const { userid } = [...sandbox.company.members][3]!;
      const { run, steps, change } = await service.runs.syncMember(id(), userid);
      expect(run).to.deep.include({ trigger: 'member', state: 'succeeded' });
      expect([...new Set(steps.map(({ ok }) => ok))]).to.deep.equal([true]);
      expect(steps[0]?.detail).to.have.keys('en', 'zh');
      expect(change).to.deep.include({ kind: 'create', userid, user: `${organization}/${userid}`, state: 'applied' });
      expect(typesOf(run.id)[0]).to.equal('run.started');
      expect(typesOf(run.id)).to.include('run.progress');
      expect(typesOf(run.id).at(-1)).to.equal('run.ended');
    });

    it('holds a run that would lock out too many, and does it once a person approves', async () => {
      await open();
      await service.syncers.add(wecom());
      await finish();
      dismiss(7);
      const held = await finish();
      expect(held.state).to.equal('held');
      const types = typesOf(held.id);
      expect(types.indexOf('run.held')).to.be.within(1, types.indexOf('run.ended') - 1);
      expect(types).to.include('syncer.health');
      expect(await service.syncers.get(id())).to.deep.include({ health: 'held' });
      expect(await service.runs.approve(held.id)).to.deep.include({ id: held.id, state: 'succeeded' });
      const approval = (await service.runs.list(id(), { pageSize: 1 })).rows[0]!;
      expect(approval).to.deep.include({ trigger: 'approval', state: 'succeeded' });
      expect(typesOf(approval.id)[0]).to.equal('run.started');
      expect(typesOf(approval.id)).to.include('syncer.health');
      expect(typesOf(approval.id).at(-1)).to.equal('run.ended');
      const { rows } = await service.runs.changes(held.id, { kind: 'forbid' });
      expect(rows.filter(({ state }) => state === 'applied')).to.have.length(7);
    });

    it('leaves everything as it is when a person rejects', async () => {
      await open();
      await service.syncers.add(wecom());
      await finish();
      dismiss(7);
      const held = await finish();
      events.length = 0;
      expect((await service.runs.reject(held.id)).state).to.equal('cancelled');
      expect(events).to.deep.equal([{ type: 'syncer.health', syncer: id() }]);
      expect(await service.syncers.get(id())).to.deep.include({ health: 'ok' });
    });

    it('ends a run that a person cancels', async () => {
      await open();
      await service.syncers.add(wecom());
      sandbox.faults.set({ latencyMs: 400 });
      const { run, ended } = await service.runs.begin(id());
      expect((await service.runs.cancel(run.id)).state).to.equal('cancelled');
      expect((await ended).state).to.equal('cancelled');
      expect(typesOf(run.id)).to.deep.equal(['run.started', ...typesOf(run.id).slice(1, -1), 'run.ended']);
    });

    it('runs by its schedule once it is started', async () => {
      await open();
      await service.syncers.add(wecom({ isEnabled: true }));
      expect(events).to.deep.equal([]);
      await service.start();
      await until(() => events.some(({ type }) => type === 'run.ended'));
      const [run] = (await service.runs.list(id())).rows;
      expect(run).to.deep.include({ trigger: 'schedule', state: 'succeeded' });
      expect((await service.syncers.get(id()))?.nextRunAt).to.be.a('string');
    });

    it('slows down for what only a person can mend, and takes that back when somebody does', async () => {
      const scheduler = new ManualScheduler();
      await open({ scheduler });
      await service.start();
      await service.syncers.add(wecom({ isEnabled: true, password: 'wrong-secret' }));
      for (let run = 0; run < 3; run += 1) await scheduler.performAll();
      expect(await service.syncers.get(id())).to.deep.include({ health: 'quarantined' });
      const healths = events.filter(({ type }) => type === 'syncer.health');
      expect(healths, 'failing, then quarantined').to.have.length(2);
      events.length = 0;
      const { health } = await service.syncers.update(id(), { password: sandbox.appSecret });
      expect(health).to.equal('failing');
      expect(events).to.deep.equal([{ type: 'syncer.health', syncer: id() }]);
      await finish();
      expect(await service.syncers.get(id())).to.deep.include({ health: 'ok', errorText: '' });
    });

    it('begins anew in another organization, and tells of its health there', async () => {
      await open();
      const other = `${organization}b`;
      await suite.database.transaction(({ manager }) =>
        manager.insert(OrganizationRow, { owner: 'admin', name: other }),
      );
      await service.syncers.add(wecom({ password: 'wrong-secret' }));
      expect((await finish()).state).to.equal('failed');
      events.length = 0;
      const moved = await service.syncers.update(id(), { organization: other });
      expect(moved).to.deep.include({ organization: other, owner: other, health: 'ok', lastRun: null });
      expect(events).to.deep.equal([{ type: 'syncer.health', syncer: `${other}/wecom` }]);
    });

    it('deletes old runs soon after its start, and keeps what is young', async () => {
      const scheduler = new ManualScheduler();
      await open({ scheduler, runRetentionDays: 1 });
      await service.syncers.add(wecom());
      await finish();
      const { id: young } = await finish();
      const { id: youngest } = await finish();
      const before = new Date(Date.now() - 2 * 86_400_000);
      await suite.database.transaction(({ manager }) =>
        manager
          .createQueryBuilder()
          .update(RunRow)
          .set({ finishedMs: before.getTime(), finishedAt: before.toISOString() })
          .where('id NOT IN (:...ids)', { ids: [young, youngest] })
          .execute(),
      );
      // As a schedule on Redis has it from an earlier start.
      await scheduler.put({ id: 'host:prune', everyMs: 86_400_000, dueAt: new Date(Date.now() + 80_000_000) });
      await service.start();
      const soon = scheduler.tasks.get('host:prune')!;
      expect(soon.dueAt.getTime() - Date.now()).to.be.within(0, 60_000);
      expect(soon.everyMs).to.equal(86_400_000);
      await scheduler.perform('host:prune');
      expect((await service.runs.list(id())).rows.map((run) => run.id)).to.have.members([young, youngest]);
    });

    it('has closed what lost its process when its start is answered', async () => {
      await open();
      const { id: syncerId } = await service.syncers.add(wecom());
      const { id: runId } = await finish();
      await suite.database.transaction(({ manager }) =>
        manager.update(RunRow, { id: runId }, { state: 'running', finishedAt: null, finishedMs: null }),
      );
      events.length = 0;
      await service.start();
      expect(await service.runs.find(runId)).to.deep.include({ state: 'failed' });
      expect(events.map(({ type }) => type)).to.deep.equal(['syncer.health', 'run.ended']);
      expect((await service.syncers.get(id()))?.id).to.equal(syncerId);
    });

    it('goes on whatever a listener does', async () => {
      const logged: string[] = [];
      const say = (fields: unknown, message: string): void =>
        void logged.push(inspect({ fields, message }, { depth: 9 }));
      let told = 0;
      await open({
        log: { info: say, warn: say, error: say },
        onEvent: () => {
          told += 1;
          if (told % 2 === 0) throw new Error(`it knows ${sandbox.appSecret}`);
          return Promise.reject(new Error(`it knows ${sandbox.appSecret}`));
        },
      });
      await service.syncers.add(wecom());
      expect((await finish()).state).to.equal('succeeded');
      expect(told).to.be.greaterThan(2);
      await until(() => logged.filter((line) => line.includes('a listener failed')).length === told);
      expect(logged.join('\n')).not.to.include(sandbox.appSecret);
    });

    it('may be told of an end and begin the next run at once', async () => {
      let next: Promise<unknown> | undefined;
      await open({
        onEvent: ({ type, syncer }) => {
          if (type === 'run.ended') next ??= service.runs.begin(syncer).then(({ ended }) => ended);
        },
      });
      await service.syncers.add(wecom());
      await finish();
      expect(await next).to.deep.include({ state: 'succeeded' });
    });

    it('ends what goes on when it closes, tells of it, and gives the leases back', async () => {
      await open();
      await service.syncers.add(wecom());
      await service.start();
      sandbox.faults.set({ latencyMs: 60_000 });
      const { run, ended } = await service.runs.begin(id());
      await until(() => typesOf(run.id).includes('run.progress'));
      const began = Date.now();
      await service.close();
      expect(Date.now() - began).to.be.lessThan(30_000);
      expect((await ended).state).to.equal('cancelled');
      expect(typesOf(run.id).at(-1)).to.equal('run.ended');
      expect(await leases()).to.equal(0);
      expect(suite.database.dataSource.isInitialized).to.equal(true);
      const told = events.length;
      await service.close();
      expect((await refusal(service.runs.begin(id()))).name).to.equal('Refusal');
      expect((await refusal(service.runs.syncMember(id(), 'x'))).name).to.equal('Refusal');
      expect(events).to.have.length(told);
    });

    it('waits, when it closes, for a run that is about to begin', async () => {
      await open();
      await service.syncers.add(wecom());
      let closed: Promise<void> | undefined;
      const create = stub(TypeormRunStore.prototype, 'create');
      create.callsFake(function (this: TypeormRunStore, run) {
        closed = service.close();
        return create.wrappedMethod.call(this, run);
      });
      const beginning = service.runs.begin(id());
      await until(() => closed !== undefined);
      await closed;
      expect(events.map(({ type }) => type)).to.deep.equal(['run.started', 'run.progress', 'run.ended']);
      expect(await leases()).to.equal(0);
      expect((await (await beginning).ended).state).to.equal('cancelled');
    });

    it('starts and closes the scheduler that it is given', async () => {
      const calls: string[] = [];
      const scheduler: Scheduler = new (class extends ManualScheduler {
        override start(...args: Parameters<ManualScheduler['start']>): Promise<void> {
          calls.push('start');
          return super.start(...args);
        }
        override close(): Promise<void> {
          calls.push('close');
          return super.close();
        }
      })();
      await open({ scheduler });
      await service.start();
      await service.close();
      await service.close();
      expect(calls).to.deep.equal(['start', 'close']);
    });

    it('lets no address be named but those that are allowed, in drafts, tests and runs alike', async () => {
      const { host } = new URL(sandbox.url);
      const registry = new SyncerRegistry().register(
        defineWecomSyncer({ baseUrl: sandbox.url, allowedHosts: [`http://${host}`, 'http://127.0.0.1:9'] }),
      );
      await open({ registry, allowedHosts: [host] });
      const elsewhere = { host: 'http://127.0.0.1:9' };
      for (const isEnabled of [false, true]) {
        const { message } = await refusal(service.syncers.add(wecom({ ...elsewhere, isEnabled })));
        expect(message).to.include('host').and.include('allowedHosts');
      }
      const report = await service.syncers.test(wecom(elsewhere));
      expect(report.ok).to.equal(false);
      expect(report.checks[0]?.detail.en).to.include('allowedHosts');
      await service.syncers.add(wecom({ host: sandbox.url }));
      expect((await finish()).state).to.equal('succeeded');
      await service.close();
      await open({ registry, allowedHosts: ['qyapi.weixin.qq.com'] });
      expect((await finish()).error?.message.en).to.include('allowedHosts');
    });

    it('names the option that is missing or wrong', async () => {
      for (const secretKey of ['', '  ', undefined]) {
        const error = await refusal(open({ secretKey } as Partial<SyncServiceOptions>));
        expect(error.message).to.include('secretKey');
      }
      const without = await refusal(open({ registry: undefined } as unknown as Partial<SyncServiceOptions>));
      expect(without.message).to.include('registry');
      expect((await refusal(open({ runConcurrency: 0 }))).message).to.include('runConcurrency');
      expect((await refusal(open({ runRetentionDays: 1.5 }))).message).to.include('runRetentionDays');
      for (const pageUrl of [
        '',
        'sso.example',
        'ftp://sso.example',
        'https://a:b@sso.example',
        'https://sso.example/?a',
      ]) {
        expect((await refusal(open({ pageUrl }))).message, pageUrl).to.include('pageUrl');
      }
    });
  });
});

import { expect } from 'chai';
import type { Run } from '../src/engine/run.ts';
import { gravest } from '../src/engine/warnings.ts';
import type { WorldName } from '../src/sandbox/control/worlds.ts';
import type { ConnectionReport } from '../src/syncer/connection-report.ts';
import { eachDatabase } from './support/databases.ts';
import { DirectoryWorld, storesOn } from './support/directory-world.ts';
import { LocalActs } from './support/local-acts.ts';

const outcome = ({ checks }: ConnectionReport): Record<string, boolean> =>
  Object.fromEntries(checks.map(({ name, ok }) => [name, ok]));
const detail = ({ checks }: ConnectionReport, name: string): string =>
  checks.find((check) => check.name === name)?.detail.en ?? '';
const codes = ({ warnings }: Run): string[] => warnings.map(({ code }) => code).toSorted();

const ALL_GOOD = { token: true, departments: true, members: true, fields: true };

/** Each circumstance that real companies have: what Test Connection says of it, and what a run does. */
describe('worlds', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 80, departments: 24 });
      // Long titles are cut with a warning, which is no matter here.
      for (const { userid } of world.company.members) world.company.setField(userid, { position: '工程师' });
    });
    afterEach(() => world.close());

    type Config = Readonly<Record<string, unknown>>;
    const test = async (config: Config = {}): Promise<ConnectionReport> => {
      world.sandbox.calls.clear();
      const report = await world.connect(config).testConnection(new AbortController().signal);
      expect(world.sandbox.calls.count(), 'a test is a handful of calls').to.be.lessThan(10);
      return report;
    };
    const named = async (run: Run, kind: string): Promise<string[]> =>
      (await world.changes(run))
        .filter((change) => change.kind === kind)
        .map(({ userid }) => userid.toLowerCase())
        .toSorted();
    const visible = (): string[] =>
      world.company
        .visibleMembers()
        .map(({ userid }) => userid.toLowerCase())
        .toSorted();
    const accounts = async (): Promise<string[]> =>
      (await local.accounts('acme')).map(({ name }) => name.toLowerCase()).toSorted();
    const activeAccounts = async (): Promise<number> =>
      (await local.accounts('acme')).filter(({ isForbidden }) => !isForbidden).length;
    const agent = (): Config => ({ agentId: String(world.sandbox.agentId) });
    const roster = (): Config => ({ contactsSecret: world.sandbox.contactsSecret });
    const use = (name: WorldName): void => world.sandbox.use(name);

    for (const [title, more] of [
      ['alone', () => ({})],
      ['with an Agent ID', agent],
      ['with a Contacts Secret', roster],
      ['with both', () => ({ ...agent(), ...roster() })],
    ] as const) {
      it(`whole-corp ${title} brings everybody`, async () => {
        use('whole-corp');
        const report = await test(more());
        expect(outcome(report)).to.deep.equal({
          ...ALL_GOOD,
          ...('agentId' in more() ? { agent: true } : {}),
          ...('contactsSecret' in more() ? { roster: true } : {}),
        });
        expect(detail(report, 'departments')).to.include('the root of the company among them');
        const run = await world.sync({ config: more() });
        expect(run.state).to.equal('succeeded');
        expect(run.counts).to.deep.include({ members: 80, created: 80, groupsCreated: 24, skipped: 0 });
        expect(codes(run)).to.deep.equal([]);
      });

      it(`partial-tree ${title} brings two branches, whose tops are top groups`, async () => {
        use('partial-tree');
        const report = await test(more());
        expect(report.ok).to.equal(true);
        expect(detail(report, 'departments')).to.include('the app sees a part');
        const run = await world.sync({ config: more() });
        expect(run.state).to.equal('succeeded');
        expect(await accounts()).to.deep.equal(visible());
        expect(run.counts.members, 'who is only in the roster is no member here').to.equal(visible().length);
        expect(codes(run)).to.deep.equal([]);
        const tops = (await local.groups('acme')).filter(({ isTopGroup }) => isTopGroup);
        expect(tops.map(({ name }) => Number(name.split('-').at(-1)))).to.have.members([
          ...world.company.scope.departments,
        ]);
      });

      it(`hidden-fields ${title} brings everybody, and says once what is withheld`, async () => {
        use('hidden-fields');
        const report = await test(more());
        expect(report.ok).to.equal(true);
        expect(report.withheldFields).to.have.members([
          'mobile',
          'email',
          'biz_mail',
          'avatar',
          'gender',
          'qr_code',
          'address',
        ]);
        const run = await world.sync({ config: more() });
        expect(run.state).to.equal('succeeded');
        expect(run.counts.created).to.equal(80);
        expect(run.warnings.map(({ code, count }) => [code, count])).to.deep.equal([['fields-withheld', 1]]);
      });
    }

    it('single-members without an Agent ID looks empty, and the hint says what to fill in', async () => {
      use('single-members');
      const report = await test();
      expect(outcome(report)).to.include({ token: true, departments: false });
      expect(report.checks.find(({ name }) => name === 'departments')?.remedy?.en).to.include('agentId');
      const run = await world.sync();
      expect(run.state, 'seeing nobody is no success').to.equal('partial');
      expect(gravest(run.warnings)?.code).to.equal('no-departments');
      expect(run.counts).to.deep.include({ members: 0, created: 0 });
      expect(run.warnings.find(({ code }) => code === 'no-departments')?.message.zh).to.include('AgentId');
    });

    it('single-members with an Agent ID brings each of them', async () => {
      use('single-members');
      expect((await test(agent())).ok).to.equal(true);
      const run = await world.sync({ config: agent() });
      expect(run.state).to.equal('succeeded');
      expect(await accounts()).to.deep.equal(visible());
      expect(codes(run)).to.deep.equal([]);
    });

    it('single-members: one who cannot be read makes the run partial, and locks nobody out', async () => {
      use('single-members');
      await world.sync({ config: agent() });
      const [lost, left] = world.company.visibleMembers();
      world.company.leave([left!.userid]);
      const stop = world.sandbox.faults.add({
        path: 'user/get',
        when: ({ userid }) => userid?.toLowerCase() === lost!.userid.toLowerCase(),
        respond: { errcode: 60111 },
      });
      const run = await world.sync({ config: agent() });
      stop();
      expect(run.state).to.equal('partial');
      expect(codes(run)).to.include('unread');
      expect(run.counts.forbidden).to.equal(0);
      expect((await world.sync({ config: agent() })).counts.forbidden).to.equal(1);
    });

    it('tags brings members and departments that only a tag makes visible', async () => {
      use('tags');
      expect(outcome(await test())).to.include({ departments: false });
      const report = await test(agent());
      expect(outcome(report)).to.include({ agent: true, departments: true });
      const run = await world.sync({ config: agent() });
      expect(run.state).to.equal('succeeded');
      expect(await accounts()).to.deep.equal(visible());
    });

    it('empty-scope locks nobody out: the run is held, and says what it may be', async () => {
      use('whole-corp');
      await world.sync();
      const before = await activeAccounts();
      use('empty-scope');
      expect(outcome(await test())).to.include({ token: true, departments: false });
      const run = await world.sync();
      expect(run.state).to.equal('held');
      expect(codes(run)).to.include('no-departments');
      expect(await activeAccounts()).to.equal(before);
    });

    it('empty-scope with a Contacts Secret: everybody is out of scope, and nobody has left', async () => {
      use('whole-corp');
      await world.sync();
      const before = await local.accounts('acme');
      use('empty-scope');
      const run = await world.sync({ config: roster() });
      expect(run.counts).to.deep.include({ skipped: 80, forbidden: 0, members: 0, groupsRemoved: 0 });
      expect(run.state, 'nobody was shown whole').to.equal('partial');
      expect(await local.accounts('acme')).to.deep.equal(before);
    });

    it('narrowed-scope in mid-life looks like people leaving, so the guard holds', async () => {
      use('partial-tree');
      await world.sync();
      const before = await activeAccounts();
      use('narrowed-scope');
      expect((await test()).ok).to.equal(true);
      const run = await world.sync();
      expect(run.state).to.equal('held');
      expect(await activeAccounts()).to.equal(before);
    });

    it('narrowed-scope with a Contacts Secret tells who is out of scope from who has left', async () => {
      use('partial-tree');
      await world.sync({ config: roster() });
      const wide = visible();
      use('narrowed-scope');
      const outside = wide.filter((userid) => !visible().includes(userid));
      const left = [...world.company.members].find(
        ({ userid, status, enable }) => outside.includes(userid.toLowerCase()) && status === 1 && enable !== 0,
      )!;
      world.company.leave([left.userid]);
      const run = await world.sync({ config: roster() });
      expect(run.state).to.equal('succeeded');
      expect(await named(run, 'forbid')).to.deep.equal([left.userid.toLowerCase()]);
      expect(await named(run, 'skip')).to.deep.equal(outside.filter((userid) => userid !== left.userid.toLowerCase()));
      const changes = await world.changes(run);
      const [skip] = changes.filter(({ kind }) => kind === 'skip');
      const [forbid] = changes.filter(({ kind }) => kind === 'forbid');
      expect(skip).to.deep.include({ state: 'applied', user: `acme/${skip!.userid}` });
      expect(skip!.reason.en).to.include('outside the visible range');
      expect(forbid!.reason.en).to.equal('No longer in the directory.');
      expect(run.warnings.map(({ code, count }) => [code, count])).to.deep.include([
        'outside-visible-range',
        outside.length - 1,
      ]);
      expect(codes(run)).to.not.include('status-unknown');
      const standing = new Set((await local.groups('acme')).map(({ name }) => `acme/${name}`));
      for (const { groups } of await local.accounts('acme')) {
        for (const group of JSON.parse(groups ?? '[]') as string[]) expect(standing.has(group), group).to.equal(true);
      }
    });

    it('contacts-new-ip as Corp Secret: Test Connection says what can be read and which secret to use', async () => {
      use('contacts-new-ip');
      const report = await test({ password: world.sandbox.contactsSecret });
      expect(outcome(report)).to.deep.equal({ token: true, departments: false, members: false, fields: false });
      expect(detail(report, 'departments')).to.include('24 departments').and.to.include('ids');
      expect(report.checks.find(({ name }) => name === 'departments')?.remedy?.en).to.include('self-built app');
    });

    it('contacts-new-ip as Corp Secret creates nobody and updates nobody, but locks out leavers', async () => {
      use('contacts-new-ip');
      const config = { password: world.sandbox.contactsSecret };
      const first = await world.sync({ config });
      expect(first.counts).to.deep.include({ created: 0, skipped: 0, groupsCreated: 0 });
      expect(first.warnings.map(({ code, count }) => [code, count])).to.have.deep.members([
        ['groups-hidden', 1],
        ['ids-only', 1],
        ['nameless', 80],
      ]);
      expect(first.state, 'ids alone are no success').to.equal('partial');
      expect(gravest(first.warnings)?.message.en).to.include('Put the Secret of a self-built app');
      expect(await accounts()).to.deep.equal([]);

      await world.sync();
      const groups = await local.groups('acme');
      const [left, renamed] = [...world.company.members].filter(({ status, enable }) => status === 1 && enable !== 0);
      world.company.leave([left!.userid]);
      world.company.rename({ userid: renamed!.userid, name: '改名' });
      world.company.hire(1);
      world.company.removeDepartment(world.company.visibleDepartments().at(-1)!.id);
      const before = await local.account(renamed!.userid);
      const run = await world.sync({ config });
      expect(run.state).to.equal('partial');
      expect(run.counts).to.deep.include({ created: 0, updated: 0, forbidden: 1, skipped: 0, groupsRemoved: 0 });
      expect((await local.account(left!.userid)).isForbidden).to.equal(true);
      expect(await local.account(renamed!.userid)).to.deep.equal(before);
      expect(await local.groups('acme')).to.deep.equal(groups);
      expect(await world.changes(run)).to.have.lengthOf(1);
    });

    it('contacts-new-ip as Corp Secret locks nobody out when the list of ids cannot be read', async () => {
      use('contacts-new-ip');
      await world.sync();
      const before = await activeAccounts();
      const stop = world.sandbox.faults.add({ path: 'user/list_id', respond: { errcode: 60020 } });
      const run = await world.sync({ config: { password: world.sandbox.contactsSecret } });
      stop();
      expect(run.state).to.equal('failed');
      expect(await activeAccounts()).to.equal(before);
    });

    it('contacts-old-ip as Corp Secret reads everything', async () => {
      use('contacts-old-ip');
      const config = { password: world.sandbox.contactsSecret };
      expect(outcome(await test(config))).to.deep.equal(ALL_GOOD);
      const run = await world.sync({ config });
      expect(run.state).to.equal('succeeded');
      expect(run.counts.created).to.equal(80);
    });

    it('an unknown status is one warning, and the account stays as it is', async () => {
      use('whole-corp');
      await world.sync();
      const [person] = [...world.company.members].filter(({ status, enable }) => status === 1 && enable !== 0);
      world.company.setField(person!.userid, { status: 9 });
      const run = await world.sync();
      expect(run.warnings.map(({ code, count }) => [code, count])).to.deep.equal([['status-unknown', 1]]);
      expect((await local.account(person!.userid)).isForbidden).to.equal(false);
    });
  }));

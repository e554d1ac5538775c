import { expect } from 'chai';
import type { ConnectionReport } from '../../src/syncer/connection-report.ts';
import type { FaultResponse } from '../../src/sandbox/faults/faults.ts';
import { never, Rig } from './rig.ts';

const outcome = (report: ConnectionReport): Record<string, boolean> =>
  Object.fromEntries(report.checks.map(({ name, ok }) => [name, ok]));
const check = (report: ConnectionReport, name: string) => {
  const found = report.checks.find((one) => one.name === name);
  if (!found) throw new Error(`no check ${name}`);
  return found;
};
const sayBoth = (report: ConnectionReport): void => {
  for (const { name, detail, remedy } of report.checks) {
    for (const sentence of remedy ? [detail, remedy] : [detail]) {
      expect(sentence.en, name).to.match(/\S/);
      expect(sentence.zh, name).to.match(/\p{Script=Han}/u);
    }
  }
};

describe('testConnection', () => {
  let rig: Rig;
  before(async () => {
    rig = await Rig.start({ members: 80, departments: 10, seed: 11 });
  });
  after(() => rig.close());
  beforeEach(() => {
    rig.sandbox.faults.clear();
    rig.sandbox.use('whole-corp');
    rig.sandbox.calls.clear();
  });
  afterEach(() => {
    expect(rig.sandbox.calls.count(), 'a test is a handful of calls').to.be.lessThan(10);
  });

  const test = (more: Readonly<Record<string, unknown>> = {}): Promise<ConnectionReport> =>
    rig.syncer(more).testConnection(never());

  it('passes, and shows what would come in', async () => {
    const report = await test();
    expect(outcome(report)).to.deep.equal({ token: true, departments: true, members: true, fields: true });
    expect(report.ok).to.equal(true);
    expect(report.departments).to.equal(rig.sandbox.company.visibleDepartments().length);
    expect(report.members).to.be.greaterThan(0);
    expect(report.sample?.name).to.match(/\S/);
    expect(report.withheldFields).to.deep.equal([]);
    expect(report).not.to.have.property('egressIp');
    sayBoth(report);
  });

  it('tries the Agent ID and the Contacts Secret when they are given', async () => {
    const { agentId, contactsSecret } = rig.sandbox;
    const report = await test({ agentId, contactsSecret });
    expect(outcome(report)).to.deep.equal({
      token: true,
      agent: true,
      departments: true,
      members: true,
      fields: true,
      roster: true,
    });
    sayBoth(report);
  });

  it('says whether members can be asked, and what to enter where in the console', async () => {
    const { agentId, access, company } = rig.sandbox;
    const asked = async (returnTo?: string, more: Record<string, unknown> = { agentId }) => {
      const report = await rig.syncer(more).testConnection(never(), { returnTo });
      sayBoth(report);
      rig.sandbox.calls.clear();
      return check(report, 'oauth');
    };
    const page = 'https://iam.example:8443/me/acme/wecom';
    const { trustedDomain } = access;
    for (const domain of ['iam.example', 'IAM.example:8443']) {
      access.trustedDomain = domain;
      expect(await asked(page), domain).to.include({ ok: true });
    }
    for (const domain of ['', 'other.example', 'iam.example.evil', 'example']) {
      access.trustedDomain = domain;
      const { ok, remedy } = await asked(page);
      expect(ok, domain).to.equal(false);
      expect(remedy?.zh).to.include('可信域名').and.include('iam.example:8443');
    }
    access.trustedDomain = 'iam.example';
    expect((await asked()).remedy?.en).to.include('PUBLIC_URL');
    expect((await asked(page, {})).remedy?.en).to.include('agentId');
    expect((await asked(page, { agentId: '1' })).detail.en).to.equal('Not tried, because the check of the app failed.');
    expect((await asked(page, { agentId, password: 'wrong' })).detail.en).to.include('credentials');
    const { scope } = company;
    company.scope = { departments: [], users: [], tags: [] };
    expect((await asked(page)).detail.en).to.include('可见范围');
    company.scope = scope;
    access.trustedDomain = trustedDomain;
  });

  it('stops at a wrong secret and says where the right one is', async () => {
    const report = await test({ password: 'wrong-secret' });
    expect(outcome(report)).to.deep.equal({ token: false, departments: false, members: false, fields: false });
    expect(check(report, 'token').remedy?.en).to.include('Secret');
    expect(check(report, 'members').detail).to.deep.equal({
      en: 'Not tried, because the check of the credentials failed.',
      zh: '未检查，因为凭证检查未通过。',
    });
    expect(report.ok).to.equal(false);
    expect(rig.sandbox.calls.count('gettoken')).to.equal(1);
    sayBoth(report);
  });

  it('notices a secret that was reset although a token is still cached', async () => {
    const syncer = rig.syncer();
    for await (const page of syncer.fetchGroups(never())) expect(page).to.be.an('array');
    rig.sandbox.faults.add({ path: 'gettoken', respond: { errcode: 40001, errmsg: 'invalid credential' } });
    expect(outcome(await syncer.testConnection(never()))).to.include({ token: false });
  });

  it('shows the address to allow when this server is not trusted', async () => {
    rig.sandbox.faults.set({ untrustedIp: '203.0.113.99' });
    const report = await test();
    expect(outcome(report)).to.deep.equal({ token: true, departments: false, members: false, fields: false });
    expect(report.egressIp).to.equal('203.0.113.99');
    expect(check(report, 'departments').detail.zh).to.include('203.0.113.99');
    expect(check(report, 'departments').remedy?.en).to.include('企业可信IP');
    sayBoth(report);
  });

  it('names the fields that the app does not get, which is no failure', async () => {
    rig.sandbox.use('hidden-fields');
    const report = await test();
    expect(report.ok).to.equal(true);
    expect([...report.withheldFields].sort()).to.deep.equal(
      ['address', 'avatar', 'biz_mail', 'email', 'gender', 'mobile', 'qr_code'].sort(),
    );
    expect(check(report, 'fields').remedy?.en).to.include('2022-06-20');
    sayBoth(report);
  });

  it('says that a part of the company is visible', async () => {
    rig.sandbox.use('partial-tree');
    const report = await test();
    expect(report.ok).to.equal(true);
    expect(check(report, 'departments').detail.en).to.include('the app sees a part');
  });

  it('fails with a hint when no department is visible', async () => {
    for (const world of ['empty-scope', 'single-members'] as const) {
      rig.sandbox.use(world);
      rig.sandbox.calls.clear();
      const report = await test();
      expect(outcome(report)).to.deep.equal({ token: true, departments: false, members: false, fields: false });
      expect(check(report, 'departments').remedy?.en).to.include('agentId').and.to.include('可见范围');
      sayBoth(report);
    }
  });

  it('finds members who are visible one by one with an Agent ID', async () => {
    rig.sandbox.use('single-members');
    const report = await test({ agentId: rig.sandbox.agentId });
    expect(report.ok).to.equal(true);
    expect(report.members).to.equal(1);
    expect(report.sample?.userid).to.match(/\S/);
  });

  it('tells an Agent ID of another app', async () => {
    const report = await test({ agentId: '999' });
    expect(outcome(report)).to.include({ agent: false, token: true, departments: true });
    expect(check(report, 'agent').remedy?.en).to.include('Agent ID');
    sayBoth(report);
  });

  it('tells which secret to use when the Sync-of-Contacts secret was filled in', async () => {
    const report = await test({ password: rig.sandbox.contactsSecret });
    expect(outcome(report)).to.deep.equal({ token: true, departments: false, members: false, fields: false });
    expect(check(report, 'departments').remedy?.en).to.include('self-built app');
  });

  it('says what the Sync-of-Contacts secret can read, and what not', async () => {
    const report = await test({ password: rig.sandbox.contactsSecret });
    expect(check(report, 'departments').detail.en)
      .to.include('10 departments')
      .and.to.include('creates and updates nobody');
    expect(report.departments).to.equal(10);
    sayBoth(report);
  });

  it('says by how much the clock of this server is off, which is no failure', async () => {
    for (const [ahead, word] of [
      [-300_000, 'ahead of'],
      [300_000, 'behind'],
    ] as const) {
      rig.sandbox.faults.set({ clockSkewMs: ahead });
      rig.sandbox.calls.clear();
      const report = await test();
      expect(report.ok).to.equal(true);
      expect(check(report, 'clock').detail.en).to.match(new RegExp(`(299|300|301) seconds ${word}`));
      expect(check(report, 'clock').remedy?.en).to.include('NTP');
      sayBoth(report);
    }
    rig.sandbox.faults.set({ clockSkewMs: 5_000 });
    expect(outcome(await test())).to.not.have.property('clock');
  });

  it('says for how long WeCom limits the calls, where the check that met it stands, too', async () => {
    rig.sandbox.faults.add({ path: 'department/list', respond: { errcode: 45009 } });
    const report = await test();
    expect(outcome(report)).to.include({ departments: false, rate: false });
    expect(check(report, 'rate').detail.en).to.include('60 min');
    expect(check(report, 'rate').remedy?.en).to.include('checkCorpSpamBlock');
    sayBoth(report);
  });

  it('links each remedy for an error code to the guide', async () => {
    rig.sandbox.faults.set({ untrustedIp: '203.0.113.99' });
    const remedy = check(await test(), 'departments').remedy;
    expect(remedy?.en).to.include('docs/troubleshooting.md#60020');
    expect(remedy?.zh).to.include('docs/troubleshooting.md#60020');
  });

  it('tells a Contacts Secret that is none', async () => {
    const report = await test({ contactsSecret: rig.sandbox.appSecret });
    expect(outcome(report)).to.include({ roster: false, members: true });
    expect(check(report, 'roster').remedy?.en).to.include('通讯录同步');
  });

  it('names departments of the scope that are not visible', async () => {
    const report = await test({ scope: { departments: [4_000_000] } });
    expect(outcome(report)).to.include({ departments: false });
    expect(check(report, 'departments').detail.en).to.include('4000000');
  });

  for (const [name, respond] of Object.entries<FaultResponse>({
    'HTTP 502': { httpStatus: 502 },
    'a gateway page': { body: '<html>login</html>' },
    'a cut connection': { broken: 'reset' },
    'an answer without the list': { spoil: 'list-missing' },
    'a null list': { spoil: 'lists-null' },
    'a rate limit': { errcode: 45009, errmsg: 'api freq out of limit' },
    'an unknown code': { errcode: 123_456, errmsg: 'new' },
  })) {
    it(`does not throw for ${name}, wherever it comes`, async () => {
      const lists = ['department/list', 'user/list'];
      // A list can only be missing where there is one.
      for (const path of respond.spoil ? lists : ['gettoken', ...lists]) {
        rig.sandbox.faults.clear();
        rig.sandbox.calls.clear();
        rig.sandbox.faults.add({ path, respond });
        const report = await test();
        const failing = path === 'gettoken' ? 'token' : path === 'user/list' ? 'members' : 'departments';
        expect(check(report, failing).ok, path).to.equal(false);
        expect(report.ok).to.equal(false);
        sayBoth(report);
      }
    });
  }

  it('does not throw when it is cancelled', async () => {
    const report = await rig.syncer().testConnection(AbortSignal.abort());
    expect(report.ok).to.equal(false);
    sayBoth(report);
  });
});

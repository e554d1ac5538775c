import { expect } from 'chai';
import type { Database } from '../src/storage/database.ts';
import { openDatabase } from '../src/storage/open-database.ts';
import { DirectoryWorld, storesOn } from './support/directory-world.ts';
import { LocalActs } from './support/local-acts.ts';

/**
 * The defects of the syncer that this product replaces, each as somebody would have met it. Those of its page, its
 * calls and its schedule are in the host's room.
 */
describe('what went wrong before', () => {
  let database: Database;
  let world: DirectoryWorld;
  let local: LocalActs;

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:');
    local = new LocalActs(database);
    await local.addOrganization('acme');
    world = await DirectoryWorld.open(storesOn(database), { members: 30, departments: 5 });
  });
  afterEach(async () => {
    await world.close();
    await database.close();
  });

  const someone = () => [...world.company.members].find(({ status, enable }) => status === 1 && enable !== 0)!;

  it('D-1: somebody disabled in WeCom could still sign in, and somebody enabled again could not', async () => {
    const { userid } = someone();
    await world.sync();
    world.company.disable([userid]);
    await world.sync();
    expect((await local.account(userid)).isForbidden).to.equal(true);
    world.company.enable([userid]);
    await world.sync();
    expect((await local.account(userid)).isForbidden).to.equal(false);
  });

  it('D-3: everybody was locked out when WeCom left the field "enable" away', async () => {
    for (const { userid, status } of world.company.members) {
      if (status === 1) world.company.setField(userid, { enable: undefined });
    }
    await world.sync();
    for (const { userid, status } of world.company.members) {
      expect((await local.account(userid)).isForbidden, userid).to.equal(status !== 1);
    }
  });

  it('D-3: somebody who activated WeCom later stayed locked out', async () => {
    const { userid } = someone();
    world.company.deactivate([userid]);
    await world.sync();
    expect((await local.account(userid)).isForbidden).to.equal(true);
    world.company.activate([userid]);
    await world.sync();
    expect((await local.account(userid)).isForbidden).to.equal(false);
  });

  it('D-4: whoever left the company kept an active account for ever', async () => {
    await world.sync();
    const { userid } = someone();
    world.company.leave([userid]);
    await world.sync();
    expect((await local.account(userid)).isForbidden).to.equal(true);
  });

  it('D-5: one local account in the organization made every run fail', async () => {
    await local.addAccount('acme', { name: 'local-only' });
    await local.change('local-only', { displayName: 'edited here' });
    await world.sync();
    expect((await world.sync()).state).to.equal('succeeded');
  });

  it('D-6: every account was written again in the second run', async () => {
    await world.sync();
    const before = await local.accounts('acme');
    expect((await world.sync()).counts.updated).to.equal(0);
    expect(await local.accounts('acme')).to.deep.equal(before);
  });

  it('D-7: e-mail, phone, avatar and gender were wiped when WeCom withheld them, and the affiliation always', async () => {
    const { userid } = someone();
    await world.sync();
    await local.change(userid, { affiliation: 'Acme Lab', email: 'kept@example.com', phone: '13800138000' });
    const before = await local.account(userid);
    world.sandbox.use('hidden-fields');
    const run = await world.sync();
    expect(await local.account(userid)).to.deep.equal(before);
    expect(run.warnings.find(({ code }) => code === 'fields-withheld')?.count).to.equal(1);
  });

  it('D-8: one userid that a local account had took up to a hundred others with it', async () => {
    const { userid } = someone();
    await local.addAccount('acme', { name: userid, id: 'somebody-else' });
    const run = await world.sync();
    expect(run.counts).to.deep.include({ created: 29, conflicts: 1 });
    expect((await local.account(userid)).id).to.equal('somebody-else');
  });

  it('D-8: one value that was too long stopped the whole run', async () => {
    const { userid } = someone();
    world.company.setField(userid, { position: '长'.repeat(128) });
    const run = await world.sync();
    expect(run.counts.created).to.equal(30);
    expect((await local.account(userid)).title).to.equal('长'.repeat(100));
  });

  it('D-9: all accounts without an e-mail were overwritten with one member’s data', async () => {
    for (const { userid } of world.company.members) world.company.setField(userid, { email: '', biz_mail: '' });
    const tableColumns = [
      { name: 'email', casdoorName: 'Email', type: 'string', isKey: true, isHashed: true, values: [] },
      { name: 'name', casdoorName: 'DisplayName', type: 'string', isHashed: true, values: [] },
    ];
    await world.sync({ config: { tableColumns } });
    await world.sync({ config: { tableColumns } });
    for (const { userid, name } of world.company.members) {
      expect(await local.account(userid)).to.deep.include({ displayName: name, wecom: userid });
    }
  });

  it('D-23: adding a column, or moving a row, changed who was who', async () => {
    await world.sync();
    const tableColumns = [
      { name: 'position', casdoorName: 'Tag', type: 'string', isKey: true, isHashed: true, values: [] },
      { name: 'name', casdoorName: 'DisplayName', type: 'string', isHashed: true, values: [] },
      null,
      { name: 'userid', casdoorName: 'Id', type: 'string', isHashed: true, values: [] },
    ];
    const run = await world.sync({ config: { tableColumns } });
    expect(run.counts).to.deep.include({ created: 0, conflicts: 0, linked: 0 });
    for (const { userid, name } of world.company.members) {
      expect(await local.account(userid)).to.deep.include({ displayName: name, id: userid, wecom: userid });
    }
  });

  it('D-10: the secret stood in error texts and in the run’s record', async () => {
    for (const respond of [{ broken: 'reset' }, { httpStatus: 500 }, { redirect: 'https://example.com/' }] as const) {
      const stop = world.sandbox.faults.add({ path: '*', respond });
      const run = await world.sync();
      stop();
      expect(run.state).to.equal('failed');
      const stored = JSON.stringify(await world.stores.runs.find(run.id));
      expect(stored).to.not.include(world.sandbox.appSecret).and.not.include('corpsecret');
    }
  });

  it('D-13: the connection test passed although nobody was visible', async () => {
    world.sandbox.use('empty-scope');
    const report = await world.connect().testConnection(new AbortController().signal);
    expect(report.ok).to.equal(false);
    expect(report.checks.find(({ ok }) => !ok)?.remedy?.en).to.be.a('string');
  });

  it('D-14: one department that could not be read ended the run for all', async () => {
    const [department] = [...world.company.departments].filter(({ id }) => id !== 1);
    world.sandbox.faults.add({
      path: 'user/list',
      match: { department_id: String(department!.id) },
      respond: { errcode: 60003 },
    });
    const run = await world.sync();
    expect(run.state).to.equal('partial');
    expect(run.counts.created).to.be.greaterThan(0);
  });

  it('D-14: a null in a list of members ended the process', async () => {
    world.sandbox.faults.add({ path: 'user/list', times: 1, respond: { spoil: 'null-entry' } });
    expect((await world.sync()).state).to.equal('partial');
  });

  it('D-20: departments never became groups, and nobody was in them', async () => {
    await world.sync();
    const { userid, department } = someone();
    expect(await local.groups('acme')).to.have.length([...world.company.departments].length);
    expect(JSON.parse((await local.account(userid)).groups!)).to.have.length(department.length);
  });

  it('D-24: the mapping table changed nothing', async () => {
    const { userid } = someone();
    world.company.setField(userid, {
      alias: 'Speedy',
      extattr: { attrs: [{ type: 0, name: '工号', text: { value: 'A-17' } }] },
    });
    const tableColumns = [
      { name: 'alias', casdoorName: 'FirstName' },
      { name: 'extattr.工号', casdoorName: 'IdCard' },
    ];
    await world.sync({ config: { tableColumns } });
    expect(await local.account(userid)).to.deep.include({ firstName: 'Speedy', idCard: 'A-17', title: '' });
  });

  it('D-24: a mapping onto isAdmin or the password was offered, and obeyed', async () => {
    for (const casdoorName of ['IsAdmin', 'Password', 'Owner', 'Groups', 'Properties', 'IsForbidden']) {
      const run = await world.sync({ config: { tableColumns: [{ name: 'alias', casdoorName }] } });
      expect(run.state, casdoorName).to.equal('failed');
      expect(run.error?.message.en).to.include(casdoorName);
    }
    expect(await local.accounts('acme')).to.deep.equal([]);
  });

  it('D-25: an account that an administrator forbade or deleted came back by itself', async () => {
    await world.sync();
    const [forbidden, deleted] = [...world.company.members].filter(
      ({ status, enable }) => status === 1 && enable !== 0,
    );
    await local.change(forbidden!.userid, { isForbidden: true });
    await local.remove(deleted!.userid);
    await world.sync();
    expect((await local.account(forbidden!.userid)).isForbidden).to.equal(true);
    expect(await local.find(deleted!.userid)).to.equal(undefined);
  });

  it('D-25: two syncers in one organization saw each other’s people as missing', async () => {
    const other = await DirectoryWorld.open(storesOn(database), { members: 8, departments: 2, seed: 99 });
    const second = { settings: { id: 'syncer-2', name: 'second' } };
    await world.sync();
    await other.sync(second);
    await world.sync();
    await other.sync(second);
    for (const { userid, status, enable } of other.company.members) {
      expect((await local.account(userid)).isForbidden).to.equal(status !== 1 || enable === 0);
    }
    await other.close();
  });
});

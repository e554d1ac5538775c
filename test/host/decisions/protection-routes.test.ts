import { expect } from 'chai';
import { AuditRow } from '../../../src/storage/entities/index.ts';
import { Contract } from '../contract.ts';
import { ADMIN_PASSWORD, TestHost, type Client } from '../test-host.ts';

describe('calls on whom runs leave alone', () => {
  let test: TestHost;
  let admin: Client;
  let chief: Client;
  let contract: Contract;

  before(async () => {
    test = await TestHost.start({ members: 12, departments: 3 });
    await test.addOrganization('acme');
    await test.addOrganization('beta');
    admin = await test.signedIn();
    chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
    contract = await Contract.of(test);
    await admin.post('/api/add-syncer', test.syncer('acme'));
    await admin.post('/api/run-syncer?id=acme/wecom&wait=true');
  });
  after(() => test.close());

  const protect = (body: Record<string, unknown>, client = chief) => client.post('/api/protect-user', body);
  const someone = (): string =>
    test.sandbox.company.visibleMembers().find(({ status, enable }) => status === 1 && enable !== 0)!.userid;
  const IN_YEARS = '2099-12-31';

  it('keep somebody who left, and say by whom, until when and why', async () => {
    const userid = someone();
    const made = await protect({
      owner: 'acme',
      kind: 'user',
      value: `acme/${userid}`,
      syncer: 'wecom',
      reason: ' on leave ',
      until: IN_YEARS,
    });
    contract.check('POST', '/api/protect-user', made.json);
    const { id, at, ...rest } = made.data;
    expect(rest).to.deep.equal({
      owner: 'acme',
      kind: 'user',
      value: `acme/${userid}`,
      syncer: 'acme/wecom',
      reason: 'on leave',
      until: IN_YEARS,
      by: 'acme/chief',
    });
    expect(new Date(at).toISOString()).to.equal(at);
    const list = await chief.get('/api/get-sync-protections?owner=acme');
    contract.check('GET', '/api/get-sync-protections', list.json);
    expect(list.data).to.deep.equal([made.data]);
    expect(list.data2).to.equal(1);
    test.sandbox.company.leave(userid);
    const run = await admin.post('/api/run-syncer?id=acme/wecom&wait=true');
    const changes = await chief.get(`/api/get-sync-changes?id=${run.data.id}&userid=${userid}`);
    expect(changes.data).to.have.length(1);
    expect(changes.data[0]).to.include({
      kind: 'skip',
      state: 'applied',
      reason: `left alone by acme/chief, until ${IN_YEARS}: on leave`,
    });
    expect((await chief.get(`/api/get-user?id=acme/${userid}`)).data.isForbidden).to.equal(false);
    const gone = await chief.post(`/api/unprotect-user?id=${id}`);
    contract.check('POST', '/api/unprotect-user', gone.json);
    expect(gone.data).to.equal('Affected');
    expect((await chief.post(`/api/unprotect-user?id=${id}`)).msg).to.equal('There is no such protection.');
    await admin.post('/api/run-syncer?id=acme/wecom&wait=true');
    expect((await chief.get(`/api/get-user?id=acme/${userid}`)).data.isForbidden).to.equal(true);
  });

  it('follow a group, and an account, that is called otherwise from now on, and end with the group', async () => {
    const added = await admin.post('/api/add-group', {
      owner: 'acme',
      name: 'friends',
      displayName: 'F',
      type: 'Virtual',
    });
    expect(added.status, added.text).to.equal('ok');
    const userid = someone();
    const groups = [...(await chief.get(`/api/get-user?id=acme/${userid}`)).data.groups, 'acme/friends'];
    await admin.post(`/api/update-user?id=acme/${userid}&columns=groups`, { groups });
    const { id } = (await protect({ owner: 'acme', kind: 'group', value: 'acme/friends', reason: 'club' })).data;
    const other = (await protect({ owner: 'acme', kind: 'user', value: `acme/${someone()}`, reason: 'boss' })).data;
    const renamed = await admin.post('/api/update-group?id=acme/friends', { owner: 'acme', name: 'club' });
    expect(renamed.status, renamed.text).to.equal('ok');
    await admin.post(`/api/update-user?id=${other.value}&columns=name`, { name: 'called-otherwise' });
    const values = async () =>
      (await chief.get('/api/get-sync-protections?owner=acme')).data.map(({ value }: { value: string }) => value);
    expect(await values()).to.have.members(['acme/club', 'acme/called-otherwise']);
    test.sandbox.company.leave(userid);
    await admin.post('/api/run-syncer?id=acme/wecom&wait=true');
    const now = await chief.get('/api/get-users?owner=acme');
    const left = now.data.filter((row: { groups: string[] }) => row.groups.includes('acme/club'));
    expect(left).to.have.length(1);
    expect(left[0].isForbidden).to.equal(false);
    await admin.post(`/api/update-user?id=acme/${left[0].name}&columns=groups`, { groups: [] });
    const deleted = await admin.post('/api/delete-group', { owner: 'acme', name: 'club' });
    expect(deleted.status, deleted.text).to.equal('ok');
    expect(await values()).to.have.members(['acme/called-otherwise']);
    expect((await chief.post(`/api/unprotect-user?id=${id}`)).status).to.equal('error');
    await chief.post(`/api/unprotect-user?id=${other.id}`);
  });

  it('end with the account: one that is made anew under the name is another', async () => {
    const spare = { owner: 'acme', name: 'spare', displayName: 'Spare' };
    const values = async () =>
      (await chief.get('/api/get-sync-protections?owner=acme')).data.map(({ value }: { value: string }) => value);
    const before = await values();
    expect((await admin.post('/api/add-user', spare)).status).to.equal('ok');
    await protect({ owner: 'acme', kind: 'user', value: 'acme/spare', reason: 'break-glass account' });
    expect(await values()).to.have.members([...before, 'acme/spare']);
    expect((await admin.post('/api/delete-user', spare)).status).to.equal('ok');
    expect(await values()).to.deep.equal(before);
    expect((await admin.post('/api/add-user', spare)).status).to.equal('ok');
    expect(await values()).to.deep.equal(before);
    await admin.post('/api/delete-user', spare);
  });

  it('name an account, a userid, a group or a department that is there', async () => {
    const department = test.sandbox.company.visibleDepartments()[0]!.id;
    const bodies = [
      { kind: 'userid', value: 'whoever' },
      { kind: 'group', value: `acme/acme-wecom-${department}` },
      { kind: 'department', value: department },
      { kind: 'department', value: String(department), syncer: 'acme/wecom' },
    ];
    for (const body of bodies) {
      const answer = await protect({ owner: 'acme', reason: 'x', ...body });
      expect(answer.status, answer.text).to.equal('ok');
      expect(answer.data).to.include({ kind: body.kind, value: String(body.value), until: null });
    }
    expect((await chief.get('/api/get-sync-protections?owner=acme&p=2&pageSize=3')).data).to.have.length(1);
    expect((await chief.get('/api/get-sync-protections')).data2).to.equal(4);
    expect((await admin.get('/api/get-sync-protections')).data2).to.equal(4);
    expect((await admin.get('/api/get-sync-protections?owner=beta')).data).to.deep.equal([]);
  });

  it('refuse what is wrong, and say what to change', async () => {
    const good = { owner: 'acme', kind: 'user', value: 'acme/chief', reason: 'x' };
    const REFUSED: readonly [Record<string, unknown>, string][] = [
      [{ reason: ' ' }, 'Say why: "reason" is missing'],
      [{ reason: 'x'.repeat(501) }, '"reason" is longer'],
      [{ kind: 'role' }, '"kind" must be one of user, userid, group, department.'],
      [{ value: '' }, 'Missing parameter: value'],
      [{ value: 'chief' }, 'ORG/NAME'],
      [{ value: 'acme/nobody' }, "The user: acme/nobody doesn't exist"],
      [{ value: 'beta/chief' }, 'two different objects'],
      [{ kind: 'group', value: 'acme/none' }, "The group: acme/none doesn't exist"],
      [{ kind: 'department', value: '4711' }, 'No group belongs to the department 4711'],
      [{ syncer: 'none' }, 'The syncer "none" does not exist.'],
      [{ until: 'soon' }, '"until" must be a date'],
      [{ until: 5 }, '"until" must be text'],
      [{ until: '2020-01-01' }, '"until" is past already'],
      [{ until: new Date(Date.now() - 60_000).toISOString() }, '"until" is past already'],
      [{ owner: 'none', value: 'none/x' }, 'Organization "none" does not exist'],
    ];
    for (const [wrong, sentence] of REFUSED) {
      const answer = await protect({ ...good, ...wrong }, admin);
      expect(answer.status, JSON.stringify(wrong)).to.equal('error');
      expect(answer.msg).to.include(sentence);
    }
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date());
    expect((await protect({ ...good, until: today })).status).to.equal('ok');
  });

  it('take a protection away by the account that it is about', async () => {
    await protect({ owner: 'acme', kind: 'user', value: 'acme/chief', reason: 'x' });
    expect((await chief.post('/api/unprotect-user?id=acme/chief')).data).to.equal('Affected');
    expect((await chief.post('/api/unprotect-user?id=acme/chief')).status).to.equal('error');
  });

  it('are for the administrators of the organization', async () => {
    const stranger = await test.signedIn('beta', 'chief', ADMIN_PASSWORD);
    const { data } = await protect({ owner: 'acme', kind: 'userid', value: 'x', reason: 'x' });
    expect((await stranger.post(`/api/unprotect-user?id=${data.id}`)).msg).to.equal('There is no such protection.');
    expect((await protect({ kind: 'userid', value: 'x', reason: 'x' }, stranger)).data.owner).to.equal('beta');
    expect((await stranger.get('/api/get-sync-protections')).data2).to.equal(1);
  });

  it('are written down', async () => {
    const rows = await test.host.database.read(({ manager }) => manager.findBy(AuditRow, { actor: 'acme/chief' }));
    const actions = rows.map(({ action }) => action);
    expect(actions).to.include.members(['protect-user', 'unprotect-user']);
    await protect({ owner: 'acme', kind: 'userid', value: 'wordy', reason: '长'.repeat(100_000) });
    const [refused] = await test.host.database.read(({ manager }) =>
      manager.find(AuditRow, { where: { action: 'protect-user', target: 'wordy' } }),
    );
    const { outcome, comment } = JSON.parse(refused!.detail) as { outcome: string; comment: string };
    expect([outcome, comment.length], 'what is refused fills no database').to.deep.equal(['Refusal', 2000]);
  });
});

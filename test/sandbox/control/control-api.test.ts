import { expect } from 'chai';
import { isLoopback } from '../../../src/sandbox/control/control-api.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { ask, WireClient, type WireAnswer } from '../wire-client.ts';

describe('control API', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.start({ members: 200, departments: 20 });
  });
  afterEach(() => sandbox.close());

  const control = (method: string, name: string, body?: unknown): Promise<WireAnswer> =>
    ask(`${sandbox.url}/control/${name}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const post = async (name: string, body: unknown = {}): Promise<Record<string, unknown>> => {
    const { status, json } = await control('POST', name, body);
    expect(status, JSON.stringify(json)).to.equal(200);
    return json;
  };
  const refused = async (name: string, body: unknown): Promise<string> => {
    const { status, json } = await control('POST', name, body);
    expect(status).to.equal(400);
    return String(json['error']);
  };

  it('tells what a syncer needs to know', async () => {
    const { json } = await control('GET', 'state');
    expect(json).to.deep.include({
      url: sandbox.url,
      corpId: sandbox.corpId,
      appSecret: sandbox.appSecret,
      contactsSecret: sandbox.contactsSecret,
      agentId: sandbox.agentId,
      world: 'whole-corp',
      members: 200,
      departments: 20,
    });
    expect((await control('GET', 'headcount')).json).to.deep.equal({
      company: sandbox.company.headcount(),
      visible: sandbox.company.headcount(),
    });
  });

  it('lets ten go, disables three and renames five', async () => {
    const left = await post('leave', { count: 10 });
    const disabled = await post('disable', { count: 3 });
    const renamed = await post('rename', { count: 5 });
    expect(left['userids']).to.have.length(10);
    expect(disabled['userids']).to.have.length(3);
    expect(renamed['renamed']).to.have.length(5);
    expect(sandbox.company.size).to.equal(190);
  });

  it('does each thing that the company can do', async () => {
    const { userids } = await post('hire', { member: { userid: 'newbie', name: '新人', department: [1], mobile: 5 } });
    expect(userids).to.deep.equal(['newbie']);
    const shown = await control('GET', 'member?userid=NEWBIE');
    expect(shown.json).to.deep.include({ userid: 'newbie', name: '新人', department: [1], mobile: 5, status: 1 });
    expect((await post('hire', { count: 4 }))['userids']).to.have.length(4);
    for (const [call, status] of [
      ['disable', 2],
      ['enable', 1],
      ['deactivate', 4],
      ['activate', 1],
      ['quit', 5],
    ] as const) {
      await post(call, { userid: 'newbie' });
      expect(sandbox.company.member('newbie')?.status).to.equal(status);
    }
    await post('rename', { userid: 'newbie', name: '老人' });
    await post('change-userid', { from: 'newbie', to: 'Oldie' });
    expect(sandbox.company.member('oldie')?.name).to.equal('老人');
    const department = await post('add-department', {
      name: '新部门',
      parentid: 1,
      id: 9000,
      order: 5,
      name_en: 'New',
    });
    expect(department).to.include({ id: 9000, order: 5, name_en: 'New' });
    await post('move', { userid: 'oldie', departments: [9000] });
    expect((await post('move', { count: 2 }))['userids']).to.have.length(2);
    await post('set-leaders', { id: 9000, userids: ['oldie'] });
    await post('rename-department', { id: 9000, name: '旧部门' });
    expect(sandbox.company.department(9000)).to.deep.include({ name: '旧部门', department_leader: ['Oldie'] });
    const other = [...sandbox.company.departments].find(({ id }) => id !== 1 && id !== 9000)!;
    expect(await post('move-department', { id: 9000, parentid: other.id })).to.include({ parentid: other.id });
    await post('remove-department', { id: 9000 });
    expect(sandbox.company.member('oldie')?.department).to.deep.equal([other.id]);
    await post('set-field', { userid: 'oldie', set: { email: 'a@b.example', status: 'x' }, unset: ['mobile'] });
    const { json } = await control('GET', 'member?userid=oldie');
    expect(json).to.include({ email: 'a@b.example', status: 'x' }).and.not.to.have.property('mobile');
    await post('leave', { userids: ['oldie'] });
    expect(sandbox.company.member('oldie')).to.equal(undefined);
  });

  it('changes world, scope, tags and the rules of the secrets', async () => {
    expect(await post('world', { name: 'empty-scope' })).to.include({ world: 'empty-scope' });
    await post('scope', { users: ['x'], tags: [4] });
    expect(sandbox.company.scope).to.deep.equal({ departments: [], users: ['x'], tags: [4] });
    await post('tag', { id: 4, name: '四', departments: [1] });
    expect(sandbox.company.visibleMembers()).to.have.length(200);
    await post('access', { withheld: true });
    expect(sandbox.access.rules).to.deep.equal({ withheld: true, contactsIp: 'new', appEnabled: true });
    expect(await refused('access', { contactsIp: 'middle-aged' })).to.match(/contactsIp/);
    expect(await refused('world', { name: 'atlantis' })).to.match(/whole-corp, partial-tree/);
  });

  it('makes things go wrong and well again', async () => {
    const client = await new WireClient(sandbox).signIn();
    await post('faults', {
      settings: { untrustedIp: '198.51.100.1', latencyMs: 1 },
      rules: [{ path: 'user/list', match: { department_id: 1 }, after: 0, times: 1, respond: { errcode: 60003 } }],
    });
    expect((await client.get('user/list', { department_id: 1 }))['errcode']).to.equal(60003);
    expect((await client.get('user/list', { department_id: 1 }))['errcode']).to.equal(60020);
    await post('faults', {
      settings: { untrustedIp: null },
      path: 'tag/get',
      respond: { spoil: 'not-json', delayMs: 1 },
    });
    const { json } = await control('GET', 'faults');
    expect(json['settings']).to.deep.equal({ latencyMs: 1 });
    expect(json['rules']).to.have.length(2);
    await post('faults', { expireTokens: true });
    expect((await client.get('department/list'))['errcode']).to.equal(42001);
    await client.signIn();
    await post('faults', { revokeTokens: true });
    expect((await client.get('department/list'))['errcode']).to.equal(40014);
    expect((await control('DELETE', 'faults')).json).to.deep.equal({ settings: {}, rules: [] });
  });

  it('lets something happen between two answers, once', async () => {
    const client = await new WireClient(sandbox).signIn();
    const [member] = [...sandbox.company.members];
    const { userid } = member!;
    const change = { act: 'rename', with: { userid, name: '读取途中' } };
    expect(await post('after-answer', { path: 'department/list', after: 1, ...change })).to.deep.equal({
      waiting: [change],
    });
    for (const isRenamed of [false, true]) {
      await client.get('department/list');
      expect(sandbox.company.member(userid)?.name === '读取途中').to.equal(isRenamed);
    }
    sandbox.company.rename({ userid, name: '后来' });
    await client.get('department/list');
    expect(sandbox.company.member(userid)?.name).to.equal('后来');
    expect(await refused('after-answer', { act: 'explode' })).to.match(/"act"/);
    await post('after-answer', { act: 'leave', with: { userids: ['nobody'] } });
    await client.get('department/list');
    await post('after-answer', { path: 'user/list', ...change });
    await control('DELETE', 'faults');
    expect(sandbox.faults.turns).to.deep.equal([]);
  });

  it('reports the calls', async () => {
    await new WireClient(sandbox).signIn();
    expect((await control('GET', 'calls')).json).to.deep.include({ total: 1, counts: { gettoken: 1 } });
    await control('DELETE', 'calls');
    expect((await control('GET', 'calls')).json).to.deep.include({ total: 0, list: [] });
  });

  it('says what is wrong with a call, and changes nothing', async () => {
    expect(await refused('leave', { count: 'ten' })).to.match(/"count" must be a whole number/);
    expect(await refused('leave', { count: 100_000 })).to.match(/only \d+ members/);
    expect(await refused('leave', { userids: [1] })).to.match(/list of texts/);
    expect(await refused('move', { userid: 'x', departments: 'y' })).to.match(/list of whole numbers/);
    expect(await refused('rename', { userid: 'nobody', name: 'x' })).to.match(/no member nobody/);
    expect(await refused('rename-department', { id: 1, name: '' })).to.match(/"name" must be a text/);
    expect(await refused('hire', { member: [] })).to.match(/"member" must be a JSON object/);
    expect(await refused('faults', { rules: [{ respond: { errcode: 1 } }, { respond: { broken: 'x' } }] })).to.match(
      /broken/,
    );
    expect(await refused('faults', { rules: {} })).to.match(/list/);
    expect(await refused('faults', { respond: { spoil: 'x' } })).to.match(/spoil/);
    expect(await refused('faults', { respond: { body: 1 } })).to.match(/body/);
    expect(await refused('faults', { respond: { colour: 1 } })).to.match(/colour/);
    expect(await refused('faults', { respond: {}, when: 'now' })).to.match(/settings|rule/);
    expect(await refused('faults', { settings: { gravity: 1 } })).to.match(/gravity/);
    const { status } = await ask(`${sandbox.url}/control/leave`, { method: 'POST', body: '{' });
    expect(status).to.equal(400);
    expect([sandbox.company.size, sandbox.faults.rules]).to.deep.equal([200, []]);
  });

  it('knows only what it knows', async () => {
    expect((await control('GET', 'nothing')).status).to.equal(404);
    expect((await control('GET', 'leave')).status).to.equal(404);
    expect((await control('GET', 'member?userid=nobody')).status).to.equal(400);
  });
});

describe('isLoopback', () => {
  it('knows this machine from any other', () => {
    for (const address of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1']) {
      expect(isLoopback(address), address).to.equal(true);
    }
    for (const address of [undefined, '', '10.0.0.1', '1.127.0.0', '127.0.0.1.example', '::ffff:10.0.0.1', '::2']) {
      expect(isLoopback(address), address).to.equal(false);
    }
  });
});

import { expect } from 'chai';
import type { Department } from '../../../src/sandbox/company/departments/department.ts';
import { userKey } from '../../../src/sandbox/company/member.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { isWorldName, WORLD_NAMES } from '../../../src/sandbox/control/worlds.ts';
import { WireClient } from '../wire-client.ts';

interface Shown {
  userid: string;
  department: number[];
  order: number[];
  is_leader_in_dept: number[];
  main_department?: number;
}

describe('worlds', () => {
  let sandbox: Sandbox;
  let client: WireClient;

  beforeEach(async () => {
    sandbox = await Sandbox.start({ members: 400, departments: 60 });
    client = await new WireClient(sandbox).signIn();
  });
  afterEach(() => sandbox.close());

  const departments = (): Promise<Department[]> => client.list<Department>('department/list', 'department');

  /** What a reader finds who walks the listed departments. */
  const walk = async (): Promise<Map<string, Shown>> => {
    const found = new Map<string, Shown>();
    for (const { id } of await departments()) {
      for (const member of await client.list<Shown>('user/list', 'userlist', { department_id: id })) {
        found.set(userKey(member.userid), member);
      }
    }
    return found;
  };

  it('whole-corp shows the whole company with every field', async () => {
    sandbox.use('whole-corp');
    const found = await walk();
    expect(found.size).to.equal(400);
    const keys = new Set([...found.values()].flatMap((member) => Object.keys(member)));
    expect(keys).to.include.keys(
      'mobile',
      'email',
      'biz_mail',
      'avatar',
      'thumb_avatar',
      'gender',
      'qr_code',
      'address',
    );
  });

  it('hidden-fields leaves out the personal keys and nothing else', async () => {
    sandbox.use('hidden-fields');
    const found = await walk();
    expect(found.size).to.equal(400);
    const keys = new Set([...found.values()].flatMap((member) => Object.keys(member)));
    for (const key of ['mobile', 'email', 'biz_mail', 'avatar', 'thumb_avatar', 'gender', 'qr_code', 'address']) {
      expect(keys.has(key)).to.equal(false);
    }
    expect(keys).to.include.keys('userid', 'name', 'position', 'status', 'enable', 'telephone', 'alias', 'extattr');
    const [person] = [...sandbox.company.members];
    sandbox.company.setField(person!.userid, { mobile: 12_345, shoe_size: 43 });
    const shown = await client.get('user/get', { userid: person!.userid });
    expect(shown).to.include({ shoe_size: 43 }).and.not.to.have.property('mobile');
  });

  it('partial-tree shows two branches whose parents are out of sight', async () => {
    sandbox.use('partial-tree');
    const listed = await departments();
    const ids = new Set(listed.map(({ id }) => id));
    expect(ids.size).to.be.within(2, 59);
    expect(ids.has(1)).to.equal(false);
    const tops = listed.filter(({ parentid }) => !ids.has(parentid));
    expect(tops.map(({ id }) => id)).to.have.members([...sandbox.company.scope.departments]);
    for (const { parentid } of tops) expect(parentid).to.be.greaterThan(0);
    expect((await client.get('department/list', { id: 1 }))['errcode']).to.equal(60011);
    expect((await client.get('user/list', { department_id: 1 }))['errcode']).to.equal(60011);
    expect(await client.list('department/simplelist', 'department_id')).to.have.length(ids.size);

    const found = await walk();
    expect([...found.keys()]).to.have.members(sandbox.company.visibleMembers().map(({ userid }) => userKey(userid)));
    let cut = 0;
    for (const [key, shown] of found) {
      const truth = sandbox.company.member(key)!;
      expect(shown.department).to.deep.equal(truth.department.filter((id) => ids.has(id)));
      expect(shown.order).to.have.length(shown.department.length);
      expect(shown.is_leader_in_dept).to.have.length(shown.department.length);
      expect('main_department' in shown).to.equal(ids.has(truth.main_department));
      if (shown.department.length < truth.department.length) cut += 1;
    }
    expect(cut).to.be.greaterThan(0);
    const hidden = [...sandbox.company.members].find(({ userid }) => !found.has(userKey(userid)))!;
    expect((await client.get('user/get', { userid: hidden.userid }))['errcode']).to.equal(60011);
  });

  it('narrowed-scope shows less of the same than partial-tree', async () => {
    sandbox.use('partial-tree');
    const wide = await walk();
    sandbox.use('narrowed-scope');
    const narrow = await walk();
    expect(narrow.size).to.be.within(1, wide.size - 1);
    for (const key of narrow.keys()) expect(wide.has(key)).to.equal(true);
  });

  it('single-members lists nothing, and each of them can be got', async () => {
    sandbox.use('single-members');
    expect(await departments()).to.deep.equal([]);
    const agent = await client.get('agent/get', { agentid: sandbox.agentId });
    const { user } = agent['allow_userinfos'] as { user: { userid: string }[] };
    expect(user).to.have.length(5);
    for (const { userid } of user) {
      expect(await client.get('user/get', { userid })).to.deep.include({ errcode: 0, userid, department: [] });
    }
    const hidden = [...sandbox.company.members].find(({ userid }) => !user.some((one) => one.userid === userid))!;
    expect((await client.get('user/get', { userid: hidden.userid }))['errcode']).to.equal(60011);
  });

  it('tags lists nothing, and leads to people and departments through tag/get', async () => {
    sandbox.use('tags');
    expect(await departments()).to.deep.equal([]);
    const agent = await client.get('agent/get', { agentid: sandbox.agentId });
    expect(agent['allow_tags']).to.deep.equal({ tagid: [1, 2, 3] });
    const found = new Set<string>();
    for (const tagid of [1, 2, 3]) {
      const tag = await client.get('tag/get', { tagid });
      for (const { userid } of tag['userlist'] as Shown[]) {
        expect((await client.get('user/get', { userid }))['errcode']).to.equal(0);
        found.add(userKey(userid));
      }
      for (const id of tag['partylist'] as number[]) {
        for (const below of sandbox.company.tree.branch(id)) {
          const members = await client.list<Shown>('user/list', 'userlist', { department_id: below });
          for (const { userid } of members) found.add(userKey(userid));
        }
      }
    }
    expect([...found]).to.have.members(sandbox.company.visibleMembers().map(({ userid }) => userKey(userid)));
  });

  it('empty-scope looks like an empty company', async () => {
    sandbox.use('empty-scope');
    expect(await client.get('department/list')).to.deep.equal({ errcode: 0, errmsg: 'ok', department: [] });
    expect(sandbox.company.visibleMembers()).to.deep.equal([]);
  });

  it('contacts-new-ip and contacts-old-ip differ in what the contacts secret may read', async () => {
    const contacts = await new WireClient(sandbox, sandbox.contactsSecret).signIn();
    sandbox.use('contacts-new-ip');
    expect((await contacts.get('department/list'))['errcode']).to.equal(48009);
    sandbox.use('contacts-old-ip');
    expect(await contacts.list('department/list', 'department')).to.have.length(60);
  });

  it('leaves nothing of the world before', async () => {
    for (const before of WORLD_NAMES) {
      sandbox.use(before);
      sandbox.use('whole-corp');
      expect(sandbox.world).to.equal('whole-corp');
      expect((await walk()).size).to.equal(400);
      expect(sandbox.access.rules).to.deep.equal({ withheld: false, contactsIp: 'new', appEnabled: true });
    }
  });

  it('takes any scope', async () => {
    const [branch] = [...sandbox.company.departments].filter(({ id }) => sandbox.company.membersOf(id).size > 2);
    sandbox.company.scope = { departments: [branch!.id] };
    expect((await departments()).map(({ id }) => id)).to.have.members([...sandbox.company.tree.branch(branch!.id)]);
    sandbox.company.setTag({ id: 9, name: '临时', users: [], departments: [1] });
    sandbox.company.scope = { tags: [9] };
    expect(sandbox.company.visibleMembers()).to.have.length(400);
  });

  it('has each of them even in the smallest company', async () => {
    const small = await Sandbox.start({ members: 1, departments: 1 });
    for (const world of WORLD_NAMES) small.use(world);
    await small.close();
    expect(small.world).to.equal('narrowed-scope');
  });

  it('knows its names', () => {
    expect(isWorldName('tags')).to.equal(true);
    expect(isWorldName('atlantis')).to.equal(false);
  });
});

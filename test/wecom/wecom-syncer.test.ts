import { expect } from 'chai';
import {
  CancelledError,
  CredentialsError,
  IncompleteReadError,
  NetworkPolicyError,
  PermissionError,
  ProtocolError,
  RateLimitError,
  SyncError,
  UnavailableError,
} from '../../src/syncer/errors.ts';
import { externalId } from '../../src/syncer/external-id.ts';
import type { FaultResponse } from '../../src/sandbox/faults/faults.ts';
import type { Department } from '../../src/wecom/reading/department.ts';
import { MalformedMember, RosterMember, type WeComMember } from '../../src/wecom/reading/member.ts';
import type { WeComSyncer } from '../../src/wecom/wecom-syncer.ts';
import { never, readAll, rejection, Rig, useridsOf } from './rig.ts';

/** What a read showed before it ended, and how it ended. */
const readWithEnd = async (
  syncer: WeComSyncer,
  signal: AbortSignal = never(),
): Promise<{ readonly members: WeComMember[]; readonly error: unknown }> => {
  const members: WeComMember[] = [];
  try {
    for await (const page of syncer.fetchUsers(signal)) members.push(...page);
  } catch (error) {
    return { members, error };
  }
  return { members, error: undefined };
};

const groupsOf = async (syncer: WeComSyncer): Promise<Department[]> => {
  const departments: Department[] = [];
  for await (const page of syncer.fetchGroups(never())) departments.push(...(page as readonly Department[]));
  return departments;
};

describe('WeComSyncer', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.start({ members: 120, departments: 12, seed: 21 });
  });
  afterEach(() => rig.close());

  const departmentIds = (): number[] => rig.sandbox.company.visibleDepartments().map(({ id }) => id);

  describe('fetchUsers', () => {
    it('shows every visible member once', async () => {
      expect(useridsOf(await readAll(rig.syncer().fetchUsers(never())))).to.deep.equal(rig.visible());
    });

    it('makes one call per department, and one for the list when groups were read before', async () => {
      const syncer = rig.syncer();
      await groupsOf(syncer);
      await readAll(syncer.fetchUsers(never()));
      expect(rig.sandbox.calls.count('department/list')).to.equal(1);
      expect(rig.sandbox.calls.count('user/list')).to.equal(departmentIds().length);
      expect(rig.sandbox.calls.list().every((call) => !('fetch_child' in call.params))).to.equal(true);
      expect(rig.sandbox.calls.count('agent/get') + rig.sandbox.calls.count('user/list_id')).to.equal(0);
    });

    it('reads a fresh list of departments when the same syncer reads again', async () => {
      const syncer = rig.syncer();
      await readAll(syncer.fetchUsers(never()));
      rig.sandbox.company.hire(3);
      expect(useridsOf(await readAll(syncer.fetchUsers(never())))).to.deep.equal(rig.visible());
      expect(rig.sandbox.calls.count('department/list')).to.equal(2);
    });

    it('keeps no more calls in flight than it was given', async () => {
      rig.sandbox.faults.set({ latencyMs: 40 });
      await readAll(rig.syncer().fetchUsers(never()));
      expect(rig.sandbox.calls.maxInFlight).to.be.at.most(4).and.at.least(3);
    });

    it('does not run ahead of a consumer who takes his time', async () => {
      await rig.close();
      rig = await Rig.start({ members: 4_000, departments: 400, seed: 2 });
      const pages = rig.syncer().fetchUsers(never());
      await pages.next();
      await new Promise((resolve) => setTimeout(resolve, 30));
      const ahead = rig.sandbox.calls.count('user/list');
      // One page of 500 members takes some 45 departments of this company.
      expect(ahead).to.be.at.most(100);
      await pages.return();
    });

    it('fills its pages from small departments, for each page is a transaction', async () => {
      await rig.close();
      rig = await Rig.start({ members: 1_200, departments: 60, seed: 2 });
      const sizes: number[] = [];
      for await (const page of rig.syncer().fetchUsers(never())) sizes.push(page.length);
      expect(sizes).to.deep.equal([500, 500, 200]);
    });

    it('cuts large departments into pages of 500', async () => {
      await rig.close();
      rig = await Rig.start({ members: 1_300, departments: 1, seed: 2 });
      const sizes: number[] = [];
      for await (const page of rig.syncer().fetchUsers(never())) sizes.push(page.length);
      expect(sizes).to.deep.equal([500, 500, 300]);
    });

    it('tells how far it has come', async () => {
      const syncer = rig.syncer();
      expect(syncer.readProgress()).to.deep.equal({ departmentsDone: 0, departmentsTotal: 0 });
      await readAll(syncer.fetchUsers(never()));
      const total = departmentIds().length;
      expect(syncer.readProgress()).to.deep.equal({ departmentsDone: total, departmentsTotal: total });
    });

    it('gives every member the departments that are visible', async () => {
      rig.sandbox.use('partial-tree');
      const visible = new Set(departmentIds());
      const syncer = rig.syncer();
      const members = await readAll(syncer.fetchUsers(never()));
      expect(useridsOf(members)).to.deep.equal(rig.visible());
      for (const member of members) {
        const { groups = [], externalId: id } = syncer.mapUser(member);
        expect(groups).not.to.be.empty;
        const truth = rig.sandbox.company.member(id)?.department.filter((one) => visible.has(one));
        expect(groups.map(Number)).to.have.members(truth ?? []);
      }
    });
  });

  describe('a part that cannot be read', () => {
    for (const [name, respond] of Object.entries<FaultResponse>({
      'is gone (60003)': { errcode: 60003, errmsg: 'department not found' },
      'left the visible range (60011)': { errcode: 60011, errmsg: 'no privilege' },
      'is not visible (60111)': { errcode: 60111, errmsg: 'userid not found' },
      'is too large (45029)': { errcode: 45029, errmsg: 'too large' },
      'never answers with JSON': { body: '<html></html>' },
      'answers without the list': { spoil: 'list-missing' },
      'answers with a null list': { spoil: 'lists-null' },
      'answers with HTTP 500': { httpStatus: 500 },
      'answers with HTTP 404': { httpStatus: 404 },
    })) {
      it(`because it ${name} is named at the end, and the rest is shown`, async () => {
        const ids = departmentIds();
        const lost = String(ids[2]);
        rig.sandbox.faults.add({ path: 'user/list', match: { department_id: lost }, respond });
        const { members, error } = await readWithEnd(rig.syncer());
        expect(error).to.be.instanceOf(IncompleteReadError);
        expect((error as IncompleteReadError).parts.map((part) => part.name)).to.deep.equal([`department ${lost}`]);
        const elsewhere = [...rig.sandbox.company.members]
          .filter((member) => member.department.some((id) => String(id) !== lost))
          .map((member) => member.userid.toLowerCase());
        expect(useridsOf(members)).to.deep.equal(elsewhere.sort());
      });
    }

    it('is no part but the whole when every department fails', async () => {
      rig.sandbox.faults.add({ path: 'user/list', respond: { errcode: 60011, errmsg: 'no privilege' } });
      const { members, error } = await readWithEnd(rig.syncer());
      expect(members).to.deep.equal([]);
      expect(error).to.be.instanceOf(PermissionError).with.property('vendorCode', 60011);
    });

    it('ends the run at the third department in a row that does not answer', async () => {
      rig.sandbox.faults.add({ path: 'user/list', after: 2, respond: { httpStatus: 503 } });
      const { error } = await readWithEnd(rig.syncer());
      expect(error).to.be.instanceOf(UnavailableError);
      const asked = new Set(
        rig.sandbox.calls.list().flatMap((call) => (call.path === 'user/list' ? [call.params['department_id']] : [])),
      );
      expect(asked.size).to.be.lessThan(departmentIds().length);
    });

    it('is an entry of the department list without an id', async () => {
      rig.sandbox.faults.add({ path: 'department/list', respond: { spoil: 'null-entry' } });
      const { members, error } = await readWithEnd(rig.syncer());
      expect(useridsOf(members)).to.deep.equal(rig.visible());
      expect(error).to.be.instanceOf(IncompleteReadError);
      const groups = await rejection(groupsOf(rig.syncer()));
      expect(groups).to.be.instanceOf(IncompleteReadError);
    });

    it('is a department of the scope that is not visible', async () => {
      const [known] = departmentIds();
      const { members, error } = await readWithEnd(rig.syncer({ scope: { departments: [known, 4_000_000] } }));
      expect(members).not.to.be.empty;
      expect((error as IncompleteReadError).parts.map((part) => part.name)).to.deep.equal(['department 4000000']);
    });
  });

  describe('what ends a run at once', () => {
    for (const [code, type] of [
      [40013, CredentialsError],
      [48002, PermissionError],
      [48009, PermissionError],
      [50003, PermissionError],
      [60020, NetworkPolicyError],
      [45009, RateLimitError],
    ] as const) {
      it(`${String(code)} in the middle`, async () => {
        rig.sandbox.faults.add({ path: 'user/list', after: 3, respond: { errcode: code, errmsg: 'no' } });
        const { error } = await readWithEnd(rig.syncer());
        expect(error).to.be.instanceOf(type).with.property('vendorCode', code);
        expect(error).not.to.be.instanceOf(IncompleteReadError);
      });
    }

    it('an answer for departments that is no list', async () => {
      for (const spoil of ['list-missing', 'lists-null'] as const) {
        rig.sandbox.faults.clear();
        rig.sandbox.faults.add({ path: 'department/list', respond: { spoil } });
        expect((await readWithEnd(rig.syncer())).error).to.be.instanceOf(ProtocolError);
        expect(await rejection(groupsOf(rig.syncer()))).to.be.instanceOf(ProtocolError);
      }
    });

    it('a cancelled run, between pages and in a call', async () => {
      const run = new AbortController();
      const pages = rig.syncer().fetchUsers(run.signal);
      await pages.next();
      run.abort();
      const rest = async (): Promise<void> => {
        for (;;) if ((await pages.next()).done) return;
      };
      expect(await rejection(rest())).to.be.instanceOf(CancelledError);
      rig.sandbox.faults.add({ path: 'user/list', respond: { broken: 'never' } });
      const stuck = new AbortController();
      rig.sandbox.calls.clear();
      const reading = readWithEnd(rig.syncer(), stuck.signal);
      while (rig.sandbox.calls.count('user/list') === 0) await new Promise((resolve) => setImmediate(resolve));
      stuck.abort();
      expect((await reading).error).to.be.instanceOf(CancelledError);
    });
  });

  describe('odd records', () => {
    it('are one skip each, and nobody else is lost', async () => {
      rig.sandbox.faults.add({ path: 'user/list', times: 1, respond: { spoil: 'no-userid' } });
      const members = await readAll(rig.syncer().fetchUsers(never()));
      const broken = members.filter((member) => member instanceof MalformedMember);
      expect(broken).to.have.lengthOf(1);
      expect(broken[0]?.userid).to.equal(undefined);
      expect(members.length).to.be.within(rig.visible().length, rig.visible().length + 1);
    });

    for (const spoil of ['department-text', 'status-text', 'errcode-absent', 'errcode-text'] as const) {
      it(`are read as what they mean: ${spoil}`, async () => {
        rig.sandbox.faults.add({ path: 'user/list', respond: { spoil } });
        const syncer = rig.syncer();
        const members = await readAll(syncer.fetchUsers(never()));
        expect(useridsOf(members)).to.deep.equal(rig.visible());
        for (const member of members) expect(() => syncer.mapUser(member)).not.to.throw();
      });
    }

    it('include a null among the members', async () => {
      rig.sandbox.faults.add({ path: 'user/list', times: 1, respond: { spoil: 'null-entry' } });
      const members = await readAll(rig.syncer().fetchUsers(never()));
      expect(members.filter((member) => member instanceof MalformedMember)).to.have.lengthOf(1);
      expect(members).to.have.lengthOf(rig.visible().length + 1);
    });
  });

  describe('notes', () => {
    it('name once the fields that nobody came with', async () => {
      rig.sandbox.use('hidden-fields');
      const syncer = rig.syncer();
      await readAll(syncer.fetchUsers(never()));
      const notes = syncer.readNotes();
      expect(notes.map((note) => note.code)).to.deep.equal(['fields-withheld']);
      for (const field of ['mobile', 'email', 'biz_mail', 'avatar', 'gender']) {
        expect(notes[0]?.message.en).to.include(field);
        expect(notes[0]?.message.zh).to.include(field);
      }
    });

    it('stay quiet when fields came, and when nobody was read', async () => {
      const syncer = rig.syncer();
      expect(syncer.readNotes()).to.deep.equal([]);
      await readAll(syncer.fetchUsers(never()));
      expect(syncer.readNotes()).to.deep.equal([]);
    });

    it('are in the profiles of departments that are their own ancestors', async () => {
      const body = JSON.stringify({
        errcode: 0,
        department: [
          { id: 5, name: 'a', parentid: 6 },
          { id: 6, name: 'b', parentid: 5 },
        ],
      });
      rig.sandbox.faults.add({ path: 'department/list', respond: { body } });
      const syncer = rig.syncer();
      const profiles = (await groupsOf(syncer)).map((department) => syncer.mapGroup(department));
      expect(profiles.map(({ externalId: id, parent }) => [id, parent])).to.deep.equal([
        ['5', undefined],
        ['6', undefined],
      ]);
      for (const { notes } of profiles) expect(notes?.[0]?.code).to.equal('department-parent-unknown');
    });
  });

  describe('scope', () => {
    it('reads only the departments that it names, with their children', async () => {
      const { company } = rig.sandbox;
      const chosen = company.visibleDepartments().find(({ parentid }) => parentid === 1)?.id ?? 0;
      const branch = company.tree.branch(chosen);
      const syncer = rig.syncer({ scope: { departments: [chosen] } });
      const groups = await groupsOf(syncer);
      expect(groups.map(({ id }) => id)).to.have.members([...branch]);
      expect(syncer.mapGroup(groups[0] as Department), 'its parent is out of scope').to.have.property('parent', null);
      const expected = [...company.members].filter((member) => member.department.some((id) => branch.has(id)));
      const members = await readAll(syncer.fetchUsers(never()));
      expect(useridsOf(members)).to.deep.equal(expected.map(({ userid }) => userid.toLowerCase()).sort());
      for (const member of members) {
        for (const group of syncer.mapUser(member).groups ?? []) expect(branch.has(Number(group))).to.equal(true);
      }
      expect(rig.sandbox.calls.count('user/list')).to.equal(branch.size);
    });

    it('leaves out members by name, whatever the case', async () => {
      const [one, two] = [...rig.sandbox.company.members];
      const excludeUsers = [one?.userid.toUpperCase(), two?.userid];
      const members = await readAll(rig.syncer({ scope: { excludeUsers } }).fetchUsers(never()));
      expect(useridsOf(members)).to.deep.equal(
        rig.visible().filter((id) => id !== one?.userid.toLowerCase() && id !== two?.userid.toLowerCase()),
      );
    });
  });

  describe('members who are in no visible department', () => {
    for (const world of ['single-members', 'tags'] as const) {
      it(`are read through the Agent ID (${world})`, async () => {
        rig.sandbox.use(world);
        const { agentId } = rig.sandbox;
        expect(rig.visible()).not.to.be.empty;
        expect(useridsOf(await readAll(rig.syncer({ agentId }).fetchUsers(never())))).to.deep.equal(rig.visible());
      });
    }

    it('make the read incomplete when one of them cannot be read', async () => {
      rig.sandbox.use('single-members');
      const [lost = ''] = rig.visible();
      rig.sandbox.faults.add({
        path: 'user/get',
        when: (params) => params['userid']?.toLowerCase() === lost,
        respond: { errcode: 60111, errmsg: 'userid not found' },
      });
      const { members, error } = await readWithEnd(rig.syncer({ agentId: rig.sandbox.agentId }));
      expect(useridsOf(members)).to.deep.equal(rig.visible().filter((userid) => userid !== lost));
      expect((error as IncompleteReadError).parts[0]?.name.toLowerCase()).to.equal(`member ${lost}`);
    });

    it('are not read when the scope names departments', async () => {
      const [department] = departmentIds();
      const syncer = rig.syncer({ agentId: rig.sandbox.agentId, scope: { departments: [department] } });
      await readAll(syncer.fetchUsers(never()));
      expect(rig.sandbox.calls.count('agent/get')).to.equal(0);
    });
  });

  describe('the roster', () => {
    it('shows whoever left the visible range but not the company as existing, without a profile', async () => {
      rig.sandbox.use('partial-tree');
      const { contactsSecret, company } = rig.sandbox;
      const syncer = rig.syncer({ contactsSecret });
      const members = await readAll(syncer.fetchUsers(never()));
      expect(useridsOf(members)).to.deep.equal([...company.members].map(({ userid }) => userid.toLowerCase()).sort());
      const outside = members.filter((member) => member instanceof RosterMember);
      expect(outside).to.have.lengthOf(company.size - rig.visible().length);
      for (const member of outside) expect(syncer.mapUser(member)).to.include({ complete: false });
    });

    it('that fails makes the read incomplete, so that nobody is taken for a leaver', async () => {
      for (const respond of [
        { errcode: 48002, errmsg: 'no' },
        { errcode: 60020, errmsg: 'ip' },
        { spoil: 'lists-null' },
        { spoil: 'no-userid' },
        { httpStatus: 500 },
      ] as const) {
        rig.sandbox.faults.clear();
        rig.sandbox.faults.add({ path: 'user/list_id', respond });
        const { members, error } = await readWithEnd(rig.syncer({ contactsSecret: rig.sandbox.contactsSecret }));
        expect(useridsOf(members)).to.deep.equal(rig.visible());
        expect(error).to.be.instanceOf(IncompleteReadError);
        expect((error as IncompleteReadError).parts.map((part) => part.name)).to.deep.equal(['roster']);
      }
    });

    it('that is not given costs no call', async () => {
      await readAll(rig.syncer().fetchUsers(never()));
      expect(rig.sandbox.calls.count('user/list_id')).to.equal(0);
    });
  });

  describe('fetchGroups and mapGroup', () => {
    it('show every department with name, parent and leader', async () => {
      const { company } = rig.sandbox;
      const child = company
        .visibleDepartments()
        .find(({ id, parentid }) => parentid === 1 && company.membersOf(id).size);
      const [boss] = company.membersOf(child?.id ?? 0);
      company.setLeaders(child?.id ?? 0, [boss?.userid ?? '']);
      const syncer = rig.syncer();
      const groups = (await groupsOf(syncer)).map((department) => syncer.mapGroup(department));
      expect(groups).to.have.lengthOf(departmentIds().length);
      expect(groups[0]).to.deep.include({ externalId: '1', parent: null });
      const led = groups.find((group) => group.externalId === String(child?.id));
      expect(led).to.deep.include({ parent: '1', manager: boss?.userid, displayName: child?.name });
    });

    it('tell "nobody leads it" from "not told"', () => {
      const syncer = rig.syncer();
      const department = { id: 2, name: '研发部', parentId: 0 };
      expect(syncer.mapGroup({ ...department, leaders: [] })).to.have.property('manager', null);
      expect(syncer.mapGroup({ ...department, leaders: undefined })).not.to.have.property('manager');
      expect(syncer.mapGroup({ ...department, name: undefined, leaders: [] })).not.to.have.property('displayName');
    });
  });

  describe('fetchUser and checkScope', () => {
    const someone = (): string => [...rig.sandbox.company.members][3]?.userid ?? '';

    it('find one member whatever the case, as a full run would show him', async () => {
      const syncer = rig.syncer();
      const member = await syncer.fetchUser(externalId(someone().toUpperCase()), never());
      if (!member) throw new Error('not found');
      const [whole] = (await readAll(rig.syncer().fetchUsers(never()))).filter(({ userid }) => userid === someone());
      expect(syncer.mapUser(member)).to.deep.equal(syncer.mapUser(whole as WeComMember));
      expect((await syncer.checkScope(member, never())).inScope).to.equal(true);
    });

    for (const code of [60111, 40003, 46004]) {
      it(`take ${String(code)} for "there is no such member"`, async () => {
        rig.sandbox.faults.add({ path: 'user/get', respond: { errcode: code, errmsg: 'no' } });
        expect(await rig.syncer().fetchUser(externalId(someone()), never())).to.equal(undefined);
      });
    }

    for (const code of [60011, 60021]) {
      it(`take ${String(code)} for "there, and out of sight"`, async () => {
        rig.sandbox.faults.add({ path: 'user/get', respond: { errcode: code, errmsg: 'no' } });
        const syncer = rig.syncer();
        const member = await syncer.fetchUser(externalId(someone()), never());
        expect(syncer.mapUser(member!)).to.deep.include({ externalId: someone(), complete: false });
        expect(syncer.mapUser(member!).access.state).to.equal('outOfScope');
      });
    }

    it('ask the list of ids with the credentials of the Sync of Contacts, which read nothing else', async () => {
      const syncer = rig.syncer({ password: rig.sandbox.contactsSecret });
      expect(await syncer.fetchUser(externalId(someone()), never())).to.deep.include({ isOutOfScope: false });
      expect(await syncer.fetchUser(externalId('nobody'), never())).to.equal(undefined);
    });

    it('do not take a failing call for a missing member', async () => {
      for (const respond of [{ httpStatus: 500 }, { errcode: 48009, errmsg: 'x' }, { errcode: 60020, errmsg: 'x' }]) {
        rig.sandbox.faults.clear();
        rig.sandbox.faults.add({ path: 'user/get', respond });
        expect(await rejection(rig.syncer().fetchUser(externalId(someone()), never()))).to.be.instanceOf(SyncError);
      }
    });

    it('refuse an answer about somebody else', async () => {
      rig.sandbox.faults.add({ path: 'user/get', respond: { body: '{"errcode":0,"userid":"other","status":1}' } });
      expect(await rejection(rig.syncer().fetchUser(externalId(someone()), never()))).to.be.instanceOf(ProtocolError);
    });

    it('keep the id of a member whose record is malformed', async () => {
      rig.sandbox.faults.add({ path: 'user/get', respond: { body: '{"errcode":0,"status":1}' } });
      const member = await rig.syncer().fetchUser(externalId(someone()), never());
      expect(member).to.be.instanceOf(MalformedMember).with.property('userid', someone());
    });

    it('say why a member is out of scope', async () => {
      const byName = rig.syncer({ scope: { excludeUsers: [someone().toUpperCase()] } });
      const member = await byName.fetchUser(externalId(someone()), never());
      if (!member) throw new Error('not found');
      const excluded = await byName.checkScope(member, never());
      expect(excluded.inScope).to.equal(false);
      expect(excluded.detail.en).to.include('excludeUsers');
      const others = departmentIds().filter((id) => !rig.sandbox.company.member(someone())?.department.includes(id));
      const elsewhere = rig.syncer({ scope: { departments: others.slice(-1), includeChildren: false } });
      expect((await elsewhere.checkScope(member, never())).inScope).to.equal(false);
    });

    it('find those in scope whom only a tag makes visible', async () => {
      rig.sandbox.use('tags');
      const syncer = rig.syncer({ agentId: rig.sandbox.agentId });
      for (const userid of rig.visible().slice(0, 6)) {
        const member = await syncer.fetchUser(externalId(userid), never());
        if (!member) throw new Error('not found');
        expect(await syncer.checkScope(member, never()), userid).to.have.property('inScope', true);
      }
    });

    it('tell that somebody who is visible one by one is read with an Agent ID only', async () => {
      rig.sandbox.use('single-members');
      const [userid = ''] = rig.visible();
      const without = rig.syncer();
      const member = await without.fetchUser(externalId(userid), never());
      if (!member) throw new Error('not found');
      expect(await without.checkScope(member, never())).to.have.property('inScope', false);
      const withAgent = rig.syncer({ agentId: rig.sandbox.agentId });
      expect(await withAgent.checkScope(member, never())).to.have.property('inScope', true);
    });
  });
});

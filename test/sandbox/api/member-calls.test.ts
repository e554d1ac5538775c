import { expect } from 'chai';
import { userKey } from '../../../src/sandbox/company/member.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { WireClient } from '../wire-client.ts';

interface WireMember {
  userid: string;
  name: string;
  department: number[];
  order: number[];
  is_leader_in_dept: number[];
  status: number;
}

describe('member calls', () => {
  let sandbox: Sandbox;
  let client: WireClient;

  beforeEach(async () => {
    sandbox = await Sandbox.start({ members: 200, departments: 20 });
    client = await new WireClient(sandbox).signIn();
  });
  afterEach(() => sandbox.close());

  const listed = (department: number): Promise<WireMember[]> =>
    client.list<WireMember>('user/list', 'userlist', { department_id: department });

  it('lists the direct members of each department, together everybody', async () => {
    const seen = new Map<string, WireMember>();
    for (const { id } of sandbox.company.departments) {
      for (const member of await listed(id)) {
        expect(member.department).to.include(id);
        expect(member.order).to.have.length(member.department.length);
        expect(member.is_leader_in_dept).to.have.length(member.department.length);
        seen.set(userKey(member.userid), member);
      }
    }
    expect(seen.size).to.equal(200);
    const fields = JSON.parse(JSON.stringify(sandbox.company.wire([...seen.values()][0]!.userid))) as unknown;
    expect([...seen.values()][0]).to.deep.equal(fields);
  });

  it('shows what the fixtures show: attributes of both kinds, gender as text, enable there or not', async () => {
    const members = [];
    for (const { id } of sandbox.company.departments) members.push(...(await listed(id)));
    const text = JSON.stringify(members);
    expect(text).to.match(/"extattr":\{"attrs":\[\]\}/);
    expect(text).to.match(/\{"type":0,"name":"工号","text":\{"value":"E\d{7}"\}\}/);
    expect(text).to.match(/\{"type":1,"name":"主页","web":\{"url":"https:[^"]+","title":"个人主页"\}\}/);
    expect(text).to.match(/"gender":"[012]"/);
    expect(text)
      .to.match(/"external_position"/)
      .and.match(/"wechat_channels"/)
      .and.match(/"biz_mail"/);
    expect(new Set(members.map((member) => 'enable' in member))).to.deep.equal(new Set([true, false]));
    expect(members.some(({ is_leader_in_dept: leads }) => leads.includes(1))).to.equal(true);
  });

  it('promises no order of keys', async () => {
    const firsts = new Set<string>();
    for (const { id } of sandbox.company.departments) {
      firsts.add((await client.call('user/list', { department_id: id })).text.slice(0, 10));
    }
    expect(firsts).to.deep.equal(new Set(['{"errcode"', '{"userlist']));
  });

  it('still honours fetch_child, and shows each member once', async () => {
    for (const path of ['user/list', 'user/simplelist']) {
      const all = await client.list<WireMember>(path, 'userlist', { department_id: 1, fetch_child: 1 });
      expect(all).to.have.length(200);
      expect(new Set(all.map(({ userid }) => userid)).size).to.equal(200);
    }
  });

  it('lists names alone', async () => {
    const { id } = [...sandbox.company.departments].find(
      (department) => sandbox.company.membersOf(department.id).size > 0,
    )!;
    const [first] = await client.list<WireMember>('user/simplelist', 'userlist', { department_id: id });
    expect(first).to.have.all.keys('userid', 'name', 'department');
  });

  it('refuses a department that is unknown, or missing from the query', async () => {
    for (const path of ['user/list', 'user/simplelist']) {
      expect((await client.get(path, { department_id: 99_999 }))['errcode']).to.equal(60003);
      expect((await client.get(path))['errcode']).to.equal(60123);
    }
  });

  it('finds a member in any spelling of the userid', async () => {
    const person = [...sandbox.company.members].find(({ userid }) => userid !== userid.toUpperCase())!;
    for (const userid of [person.userid, person.userid.toUpperCase(), person.userid.toLowerCase()]) {
      expect(await client.get('user/get', { userid })).to.include({
        errcode: 0,
        userid: person.userid,
        name: person.name,
      });
    }
    expect((await client.get('user/get', { userid: 'nobody' }))['errcode']).to.equal(60111);
    expect((await client.get('user/get'))['errcode']).to.equal(41009);
  });

  it('shows every change at the next call, in each department concerned', async () => {
    const person = [...sandbox.company.members].find(({ department }) => department.length > 1)!;
    const before = [...person.department];
    for (const id of before) await listed(id);
    sandbox.company.rename({ userid: person.userid, name: '改名' });
    for (const id of before) {
      expect((await listed(id)).find(({ userid }) => userid === person.userid)?.name).to.equal('改名');
    }
    const elsewhere = [...sandbox.company.departments].find(({ id }) => !before.includes(id))!.id;
    await listed(elsewhere);
    sandbox.company.move(person.userid, [elsewhere]);
    for (const id of before) expect((await listed(id)).map(({ userid }) => userid)).not.to.include(person.userid);
    expect((await listed(elsewhere)).map(({ userid }) => userid)).to.include(person.userid);
    sandbox.company.leave(person.userid);
    expect((await listed(elsewhere)).map(({ userid }) => userid)).not.to.include(person.userid);
    expect((await client.get('user/get', { userid: person.userid }))['errcode']).to.equal(60111);
  });

  describe('user/list_id', () => {
    let contacts: WireClient;

    beforeEach(async () => {
      contacts = await new WireClient(sandbox, sandbox.contactsSecret).signIn();
    });

    const page = async (body: unknown): Promise<Record<string, unknown>> =>
      (await contacts.call('user/list_id', {}, { method: 'POST', body: JSON.stringify(body) })).json;

    it('gives one row per member and department, on however many pages', async () => {
      const truth = [...sandbox.company.members].flatMap(({ userid, department }) =>
        department.map((id) => ({ userid, department: id })),
      );
      for (const limit of [3, 7, 10_000]) {
        const rows: { userid: string; department: number }[] = [];
        let cursor = '';
        do {
          const answer = await page(cursor === '' ? { limit } : { limit, cursor });
          const part = answer['dept_user'] as typeof rows;
          expect(part.length).to.be.within(1, limit);
          rows.push(...part);
          cursor = String(answer['next_cursor']);
        } while (cursor !== '');
        expect(rows).to.deep.equal(truth);
      }
    });

    it('refuses a cursor that it did not give', async () => {
      const { next_cursor: cursor } = await page({ limit: 5 });
      for (const bad of ['nonsense', `${String(cursor)}x`, 'cm93OjU6MQ', 12]) {
        expect((await page({ cursor: bad }))['errcode']).to.equal(50100);
      }
    });

    it('refuses a limit out of bounds, a body that is no JSON object, and GET', async () => {
      for (const limit of [0, 10_001, 1.5, '5']) expect((await page({ limit }))['errcode']).to.equal(40058);
      expect((await page([]))['errcode']).to.equal(40058);
      expect((await contacts.get('user/list_id'))['errcode']).to.equal(40003);
    });
  });

  describe('tag/list', () => {
    it('shows the tags of the company, or those alone that are in the scope of the app', async () => {
      const tags = await client.list('tag/list', 'taglist');
      expect(tags).to.deep.equal(
        [...sandbox.company.tags.values()].map(({ id, name }) => ({ tagid: id, tagname: name })),
      );
      sandbox.company.scope = { departments: [2], tags: [3] };
      expect(await client.list('tag/list', 'taglist')).to.deep.equal([{ tagid: 3, tagname: '全部' }]);
      sandbox.company.removeTag(3);
      expect(await client.list('tag/list', 'taglist')).to.deep.equal([]);
      expect((await client.get('tag/get', { tagid: 3 }))['errcode']).to.equal(40068);
    });
  });

  describe('tag/get', () => {
    it('shows who carries a tag', async () => {
      const answer = await client.get('tag/get', { tagid: 3 });
      const tag = sandbox.company.tags.get(3)!;
      expect((answer['userlist'] as WireMember[]).map(({ userid }) => userid)).to.deep.equal(tag.users);
      expect(answer['partylist']).to.deep.equal(tag.departments);
    });

    it('forgets who left', async () => {
      const [userid] = sandbox.company.tags.get(1)!.users;
      sandbox.company.leave(userid);
      const people = await client.list<WireMember>('tag/get', 'userlist', { tagid: 1 });
      expect(people.map((person) => person.userid)).not.to.include(userid);
      expect(people).to.have.length(2);
    });

    it('refuses an unknown tag, one out of scope, and none', async () => {
      expect((await client.get('tag/get', { tagid: 9 }))['errcode']).to.equal(40068);
      expect((await client.get('tag/get', { tagid: 'x' }))['errcode']).to.equal(40068);
      expect((await client.get('tag/get'))['errcode']).to.equal(41017);
      sandbox.use('empty-scope');
      expect((await client.get('tag/get', { tagid: 1 }))['errcode']).to.equal(40068);
    });
  });
});

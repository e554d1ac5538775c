import { expect } from 'chai';
import type { Member } from '../../../src/sandbox/company/member.ts';
import { Sandbox } from '../../../src/testing/index.ts';
import { ADMIN_PASSWORD, TestHost, type Answer, type Client } from '../test-host.ts';

interface Field {
  readonly casdoorName: string;
  readonly before: string | null;
  readonly value: string | null;
  readonly steps: readonly { readonly what: string; readonly value: string | null }[];
  readonly warning?: string;
}

describe('a mapping that is tried before it is saved', () => {
  let test: TestHost;
  let chief: Client;
  let member: Member;

  before(async () => {
    test = await TestHost.start({ members: 12, departments: 4 });
    for (const name of ['acme', 'beta']) await test.addOrganization(name);
    chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
    member = test.sandbox.company
      .visibleMembers()
      .find(({ status, enable, position, mobile }) => status === 1 && enable !== 0 && position && mobile) as Member;
  });
  after(() => test.close());

  const attempt = (changes: object, userid = member.userid, who = chief): Promise<Answer> =>
    who.post('/api/try-mapping', { syncer: { ...test.syncer('acme'), ...changes }, userid });
  const fieldsOf = ({ data }: Answer): Readonly<Record<string, Field>> =>
    Object.fromEntries((data.fields as Field[]).map((field) => [field.casdoorName, field]));
  const tableColumns = [
    { name: 'name', casdoorName: 'DisplayName' },
    { name: 'mobile', casdoorName: 'Phone' },
    { expression: 'member.position + "!"', casdoorName: 'title' },
    { expression: 'member.direct_leader[9]', casdoorName: 'Bio' },
    { expression: 'dyn(null)', casdoorName: 'Tag' },
  ];

  it('shows each step of a syncer that nobody saved, and stores nothing', async () => {
    const answer = await attempt({ tableColumns, accountName: '"new." + member.userid' });
    expect(answer.status, answer.msg).to.equal('ok');
    expect(answer.data).to.have.all.keys('member', 'inScope', 'detail', 'fields');
    expect(answer.data.member).to.include({ userid: member.userid, name: member.name, position: member.position });
    expect(answer.data.member.departments[0]).to.have.all.keys('id', 'name', 'path');
    expect(answer.data.inScope).to.equal(true);
    const { DisplayName, Phone, title, Bio, Tag, Name, CountryCode } = fieldsOf(answer);
    expect(DisplayName).to.deep.equal({
      casdoorName: 'DisplayName',
      before: null,
      value: member.name,
      steps: [{ what: "WeCom's name", value: member.name }],
    });
    expect(Phone).to.include({ before: null });
    expect(CountryCode!.steps).to.have.length(1);
    expect(title).to.deep.include({ value: `${member.position}!`, before: null });
    expect(Bio).to.include({ value: null, before: null });
    expect(Bio!.warning)
      .to.match(/Bio|bio/)
      .and.match(/line 1, column \d+/);
    expect(Tag).to.include({ value: null }).and.not.have.property('warning');
    expect(Name).to.include({ value: `new.${member.userid}`, before: null });
    const { data: syncers } = await chief.get('/api/get-syncers?owner=acme');
    expect(syncers).to.deep.equal([]);
    expect((await chief.get('/api/get-users?owner=acme')).data).to.have.length(2);
  });

  it('says in the language of the reader what the condition answers, also where it cannot', async () => {
    const out = await attempt({ condition: 'member.status == 7' });
    expect(out.data.inScope).to.equal(false);
    expect(out.data.detail).to.include('(condition)');
    expect(fieldsOf(out)['DisplayName']!.value).to.equal(member.name);
    const failing = await attempt({ condition: 'member.direct_leader[9] == "x"' });
    expect(failing.data.inScope).to.equal(false);
    expect(failing.data.detail).to.match(/cannot be told.*line 1, column \d+/);
    const body = { syncer: test.syncer('acme'), userid: member.userid };
    const chinese = await chief.post('/api/try-mapping', body, { 'accept-language': 'zh-CN' });
    expect(chinese.data.fields[0].steps[0].what).to.equal('企业微信的 name');
  });

  it('shows what a run would do where expressions use up what one member may cost, the condition first', async () => {
    const half = `[${'1,'.repeat(50)}1].map(a, pinyin("${'汉'.repeat(45)}") == "" ? "a" : "b")`;
    const rows = ['Bio', 'Tag', 'Title'].map((casdoorName) => ({ expression: `${half}.join()`, casdoorName }));
    const answer = await attempt({
      condition: `size(${half}) > 0`,
      tableColumns: [...rows, { name: 'name', casdoorName: 'DisplayName' }],
      accountName: '"called"',
    });
    expect(answer.data.inScope).to.equal(true);
    const { Bio, Tag, Title, DisplayName, Name } = fieldsOf(answer);
    expect(Bio).to.include({ value: 'b'.repeat(51) });
    for (const field of [Tag, Title]) {
      expect(field).to.include({ value: null });
      expect(field!.warning).to.match(/20000 steps for one member/);
    }
    expect(DisplayName).to.include({ value: member.name });
    expect(Name!.warning).to.match(/accountName.*steps/);
    expect(Name).to.include({ value: member.userid });
  });

  it('refuses nobody’s userid, a dangerous target, and an expression that is wrong, at its place', async () => {
    expect((await attempt({}, 'nobody-at-all')).msg).to.match(/userid/);
    expect((await attempt({}, '')).msg).to.match(/userid/);
    const dangerous = await attempt({ tableColumns: [{ name: 'name', casdoorName: 'IsAdmin' }] });
    expect(dangerous).to.include({ status: 'error' });
    expect(dangerous.msg).to.match(/row 1 \(name → IsAdmin\)/);
    const wrong = await attempt({ tableColumns: [{ expression: 'member.nmae', casdoorName: 'Title' }] });
    expect(wrong.msg).to.match(/row 1 .*line 1, column \d+/);
    expect((await attempt({ condition: '"yes"' })).msg).to.match(/\(condition\): line 1, column 1/);
    expect((await chief.post('/api/try-mapping', { syncer: 'acme/wecom', userid: 'x' })).status).to.equal('error');
  });

  describe('of a stored syncer', () => {
    before(async () => {
      expect((await chief.post('/api/add-syncer', test.syncer('acme'))).status).to.equal('ok');
      expect((await chief.post('/api/run-syncer?id=acme/wecom&wait=true')).data.state).to.equal('succeeded');
    });

    const stored = (changes: object = {}): Promise<Answer> => attempt({ password: '***', ...changes });

    it('shows what stands, and what would: authority, column and person have their say', async () => {
      const path = `/api/update-user?id=acme/${member.userid}&columns=title,bio`;
      await chief.post(path, { title: 'Boss', bio: 'mine' });
      const [runs, users] = [
        (await chief.get('/api/get-sync-runs?id=acme/wecom')).data.length,
        JSON.stringify((await chief.get('/api/get-users?owner=acme')).data),
      ];
      const answer = await stored({
        accountName: '"new." + member.userid',
        tableColumns: [
          { name: 'position', casdoorName: 'Title', authority: 'createOnly' },
          {
            expression: '"x".replace("x", "0123456789").replace("0", "a")',
            casdoorName: 'Bio',
            authority: 'whenEmpty',
          },
          { expression: `"${'很'.repeat(200)}"`, casdoorName: 'Affiliation' },
          { expression: 'dyn(null)', casdoorName: 'DisplayName' },
        ],
      });
      expect(answer.status, answer.msg).to.equal('ok');
      const { Title, Bio, Affiliation, DisplayName, Name } = fieldsOf(answer);
      expect(Title).to.include({ before: 'Boss', value: 'Boss' });
      expect(Title!.steps.map(({ value }) => value)).to.deep.equal([member.position, 'Boss']);
      expect(Bio).to.include({ before: 'mine', value: 'mine' });
      expect(Affiliation).to.include({ before: '', value: '很'.repeat(100) });
      expect(Affiliation!.warning).to.match(/cut to 100 characters/);
      expect(DisplayName).to.include({ before: member.name, value: member.name });
      expect(Name).to.include({ before: member.userid, value: member.userid });
      expect((await chief.get('/api/get-sync-runs?id=acme/wecom')).data).to.have.length(runs);
      expect(JSON.stringify((await chief.get('/api/get-users?owner=acme')).data)).to.equal(users);
      expect((await chief.get('/api/get-syncer?id=acme/wecom')).data.accountName).to.equal('');
    });

    it('shows a key of the map of further values beside everything else in it', async () => {
      const path = `/api/update-user?id=acme/${member.userid}&columns=properties`;
      await chief.post(path, { properties: { 工号: '7', mine: 'x' } });
      const rows = [
        { name: 'userid', casdoorName: 'Properties.工号' },
        { expression: '""', casdoorName: 'properties.mine' },
        { name: 'userid', casdoorName: 'Properties.constructor', authority: 'createOnly' },
      ];
      const fields = fieldsOf(await stored({ tableColumns: rows }));
      expect(fields['Properties.工号']).to.deep.include({ before: '7', value: member.userid });
      expect(fields['properties.mine']).to.deep.include({ before: 'x', value: '' });
      expect(fields['Properties.constructor']).to.deep.include({ before: '', value: '' });
      const refused = await stored({ tableColumns: [{ name: 'userid', casdoorName: 'Properties.oauth_WeCom_id' }] });
      expect(refused.msg).to.match(/row 1 \(userid → Properties\.oauth_WeCom_id\)/);
    });

    it('gives a newcomer the userid where the name is somebody’s', async () => {
      const [newcomer] = test.sandbox.company.hire(1);
      const answer = await attempt({ password: '***', accountName: '"CHIEF"' }, newcomer!.userid);
      expect(fieldsOf(answer)['Name']).to.include({ before: null, value: newcomer!.userid });
    });

    it('never sends a stored secret elsewhere, nor lends it to another organization', async () => {
      const elsewhere = await Sandbox.start({ members: 3, departments: 2 });
      try {
        const refused = await stored({ host: elsewhere.url });
        expect(refused.status).to.equal('error');
        expect(refused.msg).to.match(/host/);
      } finally {
        await elsewhere.close();
      }
      const boss = await test.signedIn('beta', 'chief', ADMIN_PASSWORD);
      const lent = await attempt({ owner: 'beta', organization: 'beta', password: '***' }, member.userid, boss);
      expect(lent.status).to.equal('error');
      expect(lent.msg).to.match(/Corp Secret \(password\)/);
      expect((await attempt({ password: '***' }, member.userid, boss)).msg).to.equal('Unauthorized operation');
    });
  });
});

import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { NetworkPolicyError, RateLimitError } from '../../src/syncer/errors.ts';
import type { UserProfile } from '../../src/syncer/profile.ts';
import { listIn } from '../../src/wecom/reading/answer-list.ts';
import { apiError } from '../../src/wecom/api/api-error.ts';
import { compileMapping } from '../../src/wecom/mapping/attribute-mapping.ts';
import { readDepartmentList } from '../../src/wecom/directory/department-list.ts';
import { inTreeOrder } from '../../src/wecom/directory/department-tree.ts';
import { inspect } from '../../src/wecom/reading/dto/check.ts';
import { TOKEN_KEYS, TokenAnswer } from '../../src/wecom/reading/dto/token.ts';
import { readEnvelope } from '../../src/wecom/api/envelope.ts';
import { parseErrmsg } from '../../src/wecom/api/errmsg.ts';
import { mapMember } from '../../src/wecom/mapping/map-member.ts';
import { MalformedMember, readMember } from '../../src/wecom/reading/member.ts';
import { addRows, type RosterEntry } from '../../src/wecom/directory/roster.ts';
import { readVisibility } from '../../src/wecom/directory/visible-members.ts';
import { fixture } from './rig.ts';

const RULES = { mapping: compileMapping([]), notActivated: 'forbid' as const };
const AVATAR = 'https://wework.qpic.example/wwhead/AAAA/0';
const ALLOWED = { state: 'allowed' };

const profilesOf = (name: string): UserProfile[] => {
  const answer = fixture(name);
  expect(readEnvelope(answer).errcode).to.equal(0);
  return listIn(answer, 'userlist', 'user/list').map((raw) => {
    const member = readMember(raw);
    expect(member, 'the record is usable as it came').to.equal(raw);
    return mapMember(member, RULES);
  });
};

const errorOf = (name: string, endpoint: string) => {
  const { errcode, errmsg } = readEnvelope(fixture(name));
  return apiError(errcode ?? 0, errmsg, endpoint);
};

const whole = (
  externalId: string,
  values: UserProfile['values'],
  groups: readonly string[],
  access: unknown = ALLOWED,
): unknown => ({ externalId, values, authority: {}, access, groups });

/** One entry per file: what becomes of it. */
const EXPECTATIONS: Readonly<Record<string, () => void | Promise<void>>> = {
  'users/list_doc_2022_full': () => {
    expect(profilesOf('users/list_doc_2022_full')).to.deep.equal([
      whole(
        'zhangsan',
        {
          displayName: '李四',
          email: 'zhangsan@example.com',
          phone: '13800000000',
          countryCode: 'CN',
          avatar: AVATAR,
          title: '后台工程师',
          gender: 'Male',
        },
        ['1', '2'],
      ),
    ]);
  },
  'users/list_wechatpy': () => {
    expect(profilesOf('users/list_wechatpy')).to.deep.equal([
      whole(
        'zhangthree-userid',
        {
          displayName: '张三',
          email: 'zhangthree@example.com',
          phone: '15723333333',
          countryCode: 'CN',
          avatar: 'http://p.qlogo.cn/bizmail/xxxxxx/0',
          title: 'CEO',
          gender: 'Male',
        },
        ['345678'],
      ),
    ]);
  },
  'users/list_wire_2017_status4': () => {
    const [profile] = profilesOf('users/list_wire_2017_status4');
    expect(profile?.access.state, 'not activated, with enable 1').to.equal('forbidden');
    expect(profile).to.deep.equal(
      whole(
        'demo234',
        { displayName: '李四', phone: '13000000002', countryCode: 'CN', avatar: AVATAR, title: '', gender: 'Male' },
        ['25'],
        profile?.access,
      ),
    );
    const [raw] = listIn(fixture('users/list_wire_2017_status4'), 'userlist', 'user/list');
    expect(mapMember(readMember(raw), { ...RULES, notActivated: 'allow' }).access).to.deep.equal(ALLOWED);
  },
  'users/list_wire_2021_selfbuilt_old_app': () => {
    const unknown = { avatar: AVATAR, title: '' };
    expect(profilesOf('users/list_wire_2021_selfbuilt_old_app'), 'empty mails and mobiles are unknown').to.deep.equal([
      whole(
        'ZhaoMoGe',
        { displayName: '测试昵称', phone: '13000000001', countryCode: 'CN', ...unknown, gender: 'Male' },
        ['1'],
      ),
      whole('WangWu', { displayName: '小测', ...unknown, gender: 'Female' }, ['1']),
      whole('0123456789abcdef0123456789abcdef', { displayName: '。', ...unknown, gender: 'Male' }, ['1']),
      whole('LianY', { displayName: '測試獄', ...unknown, gender: 'Male' }, ['1']),
    ]);
  },
  'users/list_wire_withheld_new_app': () => {
    expect(profilesOf('users/list_wire_withheld_new_app'), 'hidden fields are left out').to.deep.equal([
      whole('tZhangsan', { displayName: '张三', title: '副股长' }, ['2572']),
    ]);
  },
  'users/get_private_deployment': () => {
    const member = readMember(fixture('users/get_private_deployment'));
    const rows = [
      { name: 'name', casdoorName: 'DisplayName' },
      { name: 'extattr.卡号', casdoorName: 'IdCard' },
      { name: 'positions', casdoorName: 'Title' },
    ];
    const profile = mapMember(member, { ...RULES, mapping: compileMapping(rows) });
    expect(profile.values).to.deep.equal({ displayName: '李四', idCard: '1234567234', title: '后台工程师1' });
    expect(profile.access.state, 'status 1 with enable 0').to.equal('forbidden');
    expect(profile.groups).to.deep.equal(['1', '2']);
  },
  'users/list_id_page_multi_dept': () => {
    const answer = fixture('users/list_id_page_multi_dept');
    expect(answer['next_cursor']).to.equal('aaaaaaaaa');
    const roster = new Map<string, RosterEntry>();
    addRows(roster, listIn(answer, 'dept_user', 'user/list_id'));
    const seen = [...roster.values()].map(({ userid, departments }) => [userid, ...departments]);
    expect(seen, 'rows of one person are united').to.deep.equal([
      ['zhangsan', 1, 2],
      ['lisi', 2],
    ]);
  },
  department_list_wire_2022: async () => {
    const { departments, unread } = await readDepartmentList(
      listIn(fixture('department_list_wire_2022'), 'department', 'x'),
    );
    expect(unread).to.deep.equal([]);
    expect(departments).to.deep.equal([
      { id: 1, name: '示例公司', parentId: 0, leaders: [] },
      { id: 2, name: '研发部', parentId: 1, leaders: [] },
      { id: 3, name: '市场部', parentId: 1, leaders: [] },
      { id: 4, name: '其他（待设置部门）', parentId: 1, leaders: [] },
    ]);
  },
  department_list_no_root_no_order: async () => {
    const list = await readDepartmentList(listIn(fixture('department_list_no_root_no_order'), 'department', 'x'));
    const ordered = inTreeOrder(list.departments);
    expect(ordered, 'the invisible root stands above nothing').to.deep.equal([
      { id: 2, name: '广州研发中心', parentId: 1, leaders: undefined },
      { id: 3, name: '邮箱产品部', parentId: 2, leaders: undefined },
    ]);
  },
  department_simplelist: async () => {
    const list = await readDepartmentList(listIn(fixture('department_simplelist'), 'department_id', 'x'));
    expect(list.departments, 'ids without names').to.deep.equal([
      { id: 2, name: undefined, parentId: 1, leaders: undefined },
      { id: 3, name: undefined, parentId: 2, leaders: undefined },
    ]);
  },
  gettoken_no_errcode: () => {
    const answer = fixture('gettoken_no_errcode');
    expect(readEnvelope(answer).errcode, 'an absent errcode is success').to.equal(0);
    const { value, problems } = inspect(TokenAnswer, TOKEN_KEYS, answer);
    expect(problems).to.deep.equal([]);
    expect(value).to.include({ access_token: '1234567890', expires_in: 7200 });
  },
  agent_get: () => {
    const answer = fixture('agent_get');
    expect(readEnvelope(answer).errcode).to.equal(0);
    expect(readVisibility(answer)).to.deep.equal({
      userids: ['zhangshan', 'lisi'],
      departments: [1],
      tags: [1, 2, 3],
      trustedDomain: 'open.work.weixin.qq.com',
    });
  },
  auth_getuserdetail: () => {
    const answer = fixture('auth_getuserdetail');
    expect(readEnvelope(answer).errcode).to.equal(0);
    const profile = mapMember(readMember(answer), RULES);
    expect(profile.values, 'what a person released at sign-in').to.deep.equal({
      email: 'zhangsan@example.com',
      phone: '13800000000',
      countryCode: 'CN',
      avatar: 'http://shp.qpic.cn/bizmp/xxxxxxxxxxx/0',
      gender: 'Male',
    });
    expect(profile.access.state, 'it tells no status').to.equal('unknown');
  },
  export_get_result_done: () => {
    expect(readEnvelope(fixture('export_get_result_done'))).to.deep.equal({ errcode: 0, errmsg: 'ok' });
  },
  callback_change_contact_events: () => {
    expect(Object.keys(fixture('callback_change_contact_events'))).to.have.lengthOf(7);
    expect(readMember(fixture('callback_change_contact_events')), 'events are no members').to.be.instanceOf(
      MalformedMember,
    );
  },
  callback_crypto_vector: () => {
    expect(readMember(fixture('callback_crypto_vector')), 'an encrypted event is no member').to.be.instanceOf(
      MalformedMember,
    );
  },
  'errors/40013_gettoken': () => {
    const error = errorOf('errors/40013_gettoken', 'gettoken');
    expect(error.code).to.equal('credentials');
    expect(error.message).to.include('[1789113600531234567890123]');
    expect(error.remedy?.en).to.include('企业ID');
  },
  'errors/40014_department_simplelist': async () => {
    expect(errorOf('errors/40014_department_simplelist', 'department/simplelist').code).to.equal('credentials');
  },
  'errors/40014_user_get_empty_arrays': () => {
    expect(readEnvelope(fixture('errors/40014_user_get_empty_arrays')).errcode, 'before any array').to.equal(40014);
    expect(errorOf('errors/40014_user_get_empty_arrays', 'user/get').code).to.equal('credentials');
  },
  'errors/42001_list_before_errcode': () => {
    const error = errorOf('errors/42001_list_before_errcode', 'get_api_domain_ip');
    expect(error.code).to.equal('credentials');
    expect(error.message).to.include('1576065934_28_e0fae07666aa64636023c1fa7e8f49a4');
  },
  'errors/45009': () => {
    const error = errorOf('errors/45009', 'user/list');
    expect(error).to.be.instanceOf(RateLimitError);
    expect((error as RateLimitError).retryAfterMs).to.equal(3_600_000);
  },
  'errors/48009_user_list': () => {
    const error = errorOf('errors/48009_user_list', 'user/list');
    expect(error.code).to.equal('permission');
    expect(error.remedy?.zh).to.include('自建应用');
  },
  'errors/60011_space_before_comma': () => {
    const said = parseErrmsg(readEnvelope(fixture('errors/60011_space_before_comma')).errmsg);
    expect(said).to.include({ fromIp: '203.0.113.8', hint: '1584585651_79_4e4820cc23f1dd7483e0141640bc15f1' });
    expect(errorOf('errors/60011_space_before_comma', 'user/list').code).to.equal('permission');
  },
  'errors/60020': () => {
    const error = errorOf('errors/60020', 'department/list');
    expect(error).to.be.instanceOf(NetworkPolicyError);
    expect((error as NetworkPolicyError).egressIp).to.equal('203.0.113.7');
    expect(error.message).to.include('203.0.113.7');
    expect(error.remedy?.zh).to.include('企业可信IP');
  },
};

describe('the collected answers of WeCom', () => {
  it('each have a statement here', () => {
    const files = readdirSync(new URL('../fixtures/wecom/', import.meta.url), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.replace('.json', ''));
    expect(Object.keys(EXPECTATIONS).sort()).to.deep.equal(files.sort());
  });

  for (const [name, check] of Object.entries(EXPECTATIONS)) it(`${name} becomes what the contract says`, check);

  it('never look like an empty company when they failed', () => {
    const failing = Object.keys(EXPECTATIONS).filter((name) => name.startsWith('errors/'));
    for (const name of failing) expect(readEnvelope(fixture(name)).errcode, name).not.to.equal(0);
  });
});

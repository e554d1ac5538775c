import { expect } from 'chai';
import { ConfigError } from '../../../src/syncer/errors.ts';
import { compileMapping } from '../../../src/wecom/mapping/attribute-mapping.ts';
import { mapMember } from '../../../src/wecom/mapping/map-member.ts';
import { aMember } from '../rig.ts';

const row = (name: unknown, casdoorName: unknown, more: Readonly<Record<string, unknown>> = {}) => ({
  name,
  casdoorName,
  type: 'string',
  isKey: false,
  isHashed: true,
  values: [],
  ...more,
});

const CASDOOR_DEFAULT = [
  row('userid', 'Id'),
  row('name', 'DisplayName'),
  row('email', 'Email'),
  row('mobile', 'Phone'),
  row('avatar', 'Avatar'),
  row('position', 'Title'),
  row('gender', 'Gender'),
];

const targets = (tableColumns: unknown): string[] => compileMapping(tableColumns).fields.map(({ target }) => target);
const valuesOf = (fields: Readonly<Record<string, unknown>>, rows: unknown) =>
  mapMember(aMember(fields), { mapping: compileMapping(rows), notActivated: 'forbid' }).values;
const refusal = (tableColumns: unknown): ConfigError => {
  try {
    compileMapping(tableColumns);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the mapping was accepted');
};

describe('compileMapping', () => {
  it("takes an empty table for Casdoor's", () => {
    const usual = targets(CASDOOR_DEFAULT);
    expect(usual).to.deep.equal(['displayName', 'email', 'phone', 'avatar', 'title', 'gender']);
    for (const empty of [undefined, null, [], [null], [null, undefined], [row('', '')]]) {
      expect(targets(empty)).to.deep.equal(usual);
    }
  });

  it('does not care which row comes first or is called key', () => {
    const moved = CASDOOR_DEFAULT.toReversed().map((line) => ({ ...line, isKey: line.name === 'email' }));
    expect(targets(moved).sort()).to.deep.equal(targets(CASDOOR_DEFAULT).sort());
  });

  it('reads iamName where casdoorName is missing', () => {
    expect(targets([{ name: 'name', iamName: 'DisplayName' }])).to.deep.equal(['displayName']);
  });

  it('feeds only the fields that the table names', () => {
    expect(valuesOf({ email: 'a@x.cn', position: 'x' }, [row('name', 'DisplayName')])).to.deep.equal({
      displayName: '张三',
    });
  });

  it('reads every source that the documents name', () => {
    const member = {
      alias: 'jack',
      biz_mail: 'b@x.cn',
      telephone: '020-123456',
      address: '广州',
      english_name: 'Jack',
      external_position: 'PM',
      main_department: 7,
      direct_leader: ['lisi', 'wangwu'],
      thumb_avatar: 'https://a/100',
      qr_code: 'https://q',
      extattr: {
        attrs: [
          { type: 0, name: '工号', text: { value: 'A-17' } },
          { type: 1, name: '主页', web: { url: 'https://me', title: 'me' } },
          { name: '爱好', value: '旅游' },
        ],
      },
    };
    expect(
      valuesOf(member, [
        row('alias', 'RealName'),
        row('biz_mail', 'Email'),
        row('telephone', 'Tag'),
        row('address', 'Location'),
        row('english_name', 'FirstName'),
        row('external_position', 'Title'),
        row('main_department', 'Affiliation'),
        row('direct_leader', 'Bio'),
        row('thumb_avatar', 'Avatar'),
        row('qr_code', 'Education'),
        row('extattr.工号', 'IdCard'),
        row('extattr.主页', 'Homepage'),
        row('extattr.爱好', 'Language'),
      ]),
    ).to.deep.equal({
      realName: 'jack',
      email: 'b@x.cn',
      tag: '020-123456',
      location: '广州',
      firstName: 'Jack',
      title: 'PM',
      affiliation: '7',
      bio: 'lisi',
      avatar: 'https://a/100',
      education: 'https://q',
      idCard: 'A-17',
      homepage: 'https://me',
      language: '旅游',
    });
  });

  it('tells nothing for sources that are absent, and empties what the directory says is empty', () => {
    const rows = [
      row('alias', 'Tag'),
      row('direct_leader', 'Bio'),
      row('extattr.工号', 'IdCard'),
      row('address', 'Location'),
    ];
    expect(valuesOf({}, rows)).to.deep.equal({});
    expect(valuesOf({ alias: '', direct_leader: [], extattr: { attrs: [] }, address: '' }, rows)).to.deep.equal({
      tag: '',
      bio: '',
    });
  });

  it('brings the region with the phone, unless a row of its own feeds it', () => {
    expect(valuesOf({ mobile: '+85251234567' }, [row('mobile', 'Phone')])).to.deep.equal({
      phone: '51234567',
      countryCode: 'HK',
    });
    const own = [row('mobile', 'Phone'), row('extattr.国家', 'CountryCode')];
    expect(valuesOf({ mobile: '+85251234567' }, own)).to.deep.equal({ phone: '51234567' });
  });

  it('carries the authority of a row, and of the phone to its region', () => {
    const rows = [
      row('name', 'DisplayName', { authority: 'createOnly' }),
      row('mobile', 'Phone', { authority: 'whenEmpty' }),
      row('email', 'Email', { authority: 'always' }),
    ];
    expect(compileMapping(rows).authority).to.deep.equal({
      displayName: 'createOnly',
      phone: 'whenEmpty',
      countryCode: 'whenEmpty',
    });
    expect(refusal([row('name', 'DisplayName', { authority: 'sometimes' })]).message).to.include('row 1');
  });

  for (const target of [
    'IsAdmin',
    'isAdmin',
    'Password',
    'PasswordSalt',
    'PasswordType',
    'Owner',
    'Groups',
    'Properties',
    'IsForbidden',
    'IsDeleted',
    'Type',
    'Hash',
    'PreHash',
    'Ldap',
    'TotpSecret',
    'RecoveryCodes',
    'MfaPhoneEnabled',
    'WebauthnCredentials',
    'AccessToken',
    'Score',
    'Balance',
    'SignupApplication',
    'CreatedTime',
    '__proto__',
    'constructor',
    'nonsense',
    '',
  ]) {
    it(`refuses to feed "${target}"`, () => {
      const error = refusal([row('name', 'DisplayName'), null, row('alias', target)]);
      expect(error.message).to.include('row 3').and.to.include('alias');
      expect(error.text.zh).to.include('第 3 行');
    });
  }

  for (const key of [
    '',
    'a b',
    'a/b',
    'a"b',
    'a\u0000',
    '🚀',
    'x'.repeat(65),
    '__proto__',
    'oauth_WeCom_id',
    'OAUTH_x',
    'sshPublicKey',
    'isIdCardVerified',
  ]) {
    it(`refuses to feed the key ${JSON.stringify(key)} of the map of further values`, () => {
      for (const prefix of ['Properties.', 'properties.']) {
        const error = refusal([row('name', 'DisplayName'), row('alias', `${prefix}${key}`)]);
        expect(error.message).to.include('row 2').and.match(/key/);
        expect(error.text.zh).to.include('第 2 行').and.match(/键/);
      }
    });
  }

  it('feeds keys of the map of further values, of any script, each once', () => {
    const keys = ['costCenter', '工号', 'แผนก', 'a.b-c_9', 'x'.repeat(64), '𠮷'.repeat(64), 'constructor', 'oauth'];
    const rows = keys.map((key) => row('alias', `Properties.${key}`));
    expect(targets(rows)).to.deep.equal(keys.map((key) => `properties.${key}`));
    expect(valuesOf({ alias: 'jack' }, rows)).to.deep.equal(
      Object.fromEntries(keys.map((key) => [`properties.${key}`, 'jack'])),
    );
    expect(refusal([row('alias', 'Properties.a'), row('name', 'properties.a')]).message).to.include('row 2');
    expect(targets([row('alias', 'Properties.a'), row('name', 'Properties.A')])).to.have.length(2);
  });

  it('says of a row that was left half filled in what to choose', () => {
    const { en, zh } = refusal([row('name', 'DisplayName'), row('mobile', '')]).text;
    expect(en).to.equal(
      'Attribute mapping (tableColumns), row 2 (mobile → ?): choose the account field that it feeds, or delete the row.',
    );
    expect(zh).to.include('第 2 行').and.include('请选择要写入的账号字段');
    expect(refusal([row('', 'Title')]).text.en).to.include('(? → Title): choose the WeCom field that feeds it');
  });

  it('lets only the userid feed what says who somebody is', () => {
    for (const target of ['Id', 'Name', 'id', 'name', 'Wecom']) {
      expect(targets([row('userid', target), row('name', 'DisplayName')])).to.deep.equal(['displayName']);
      for (const source of ['email', 'mobile', 'name'])
        expect(refusal([row(source, target)]).message).to.include('row 1');
    }
  });

  it('refuses two rows for one account field', () => {
    expect(refusal([row('name', 'DisplayName'), row('alias', 'displayName')]).message).to.include('row 2');
  });

  it('refuses a source that WeCom does not have, naming those that it has', () => {
    for (const source of ['emial', 'extattr.', 'constructor']) {
      expect(refusal([row(source, 'Email')]).message).to.include('biz_mail');
    }
    for (const source of ['', 17]) {
      expect(refusal([row(source, 'Email')]).message).to.include('choose the WeCom field that feeds it');
    }
  });

  it('refuses a table that is none', () => {
    for (const table of ['x', {}, 3, [3], [[]]]) expect(refusal(table)).to.be.instanceOf(ConfigError);
  });
});

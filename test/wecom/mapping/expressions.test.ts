import { expect } from 'chai';
import * as fc from 'fast-check';
import { ConfigError, ProtocolError } from '../../../src/syncer/errors.ts';
import { text } from '../../../src/syncer/text.ts';
import type { Department } from '../../../src/wecom/reading/department.ts';
import { DepartmentPaths } from '../../../src/wecom/mapping/department-paths.ts';
import { compileMapping } from '../../../src/wecom/mapping/attribute-mapping.ts';
import { mapMember } from '../../../src/wecom/mapping/map-member.ts';
import { MemberCondition } from '../../../src/wecom/mapping/member-condition.ts';
import { compileSettings } from '../../../src/wecom/mapping/member-expression.ts';
import { aMember } from '../rig.ts';

type Fields = Readonly<Record<string, unknown>>;

const DEPARTMENTS = [
  [1, 'Acme', 0],
  [2, '研发部', 1],
  [7, '后端', 2],
  [8, undefined, 2],
  [9, '测试', 8],
  [20, '甲', 21],
  [21, '乙', 20],
].map(([id, name, parentId]) => ({ id, name, parentId, leaders: [] }) as Department);
const PATHS = new DepartmentPaths({ departments: DEPARTMENTS, unread: [] });
const UNREAD = { name: 'department list, entry 3', error: new ProtocolError(text('x', 'x')) };

const profileOf = (rows: readonly Fields[], fields: Fields = {}) =>
  mapMember(aMember(fields), { mapping: compileMapping(rows), notActivated: 'forbid' }, PATHS);
const titleBy = (expression: string, fields: Fields = {}) => profileOf([{ expression, casdoorName: 'Title' }], fields);

const refusal = (rows: readonly Fields[]): ConfigError => {
  try {
    compileMapping(rows);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('taken');
};

describe('a mapping row with an expression', () => {
  it('counts in place of the field that the row names', () => {
    expect(
      profileOf([{ name: 'position', expression: 'member.name', casdoorName: 'Title' }], { position: 'x' }),
    ).to.have.nested.property('values.title', '张三');
    expect(
      profileOf([{ name: 'position', expression: '  ', casdoorName: 'Title' }], { position: 'x' }),
    ).to.have.nested.property('values.title', 'x');
  });

  it('states a text, "" among them, and nothing by null', () => {
    expect(titleBy('"Engineer"').values).to.deep.equal({ title: 'Engineer' });
    expect(titleBy('""').values).to.deep.equal({ title: '' });
    expect(titleBy('null').values).to.deep.equal({});
    expect(titleBy('null')).not.to.have.property('notes');
  });

  it('clears nothing that a directory cannot have meant to clear', () => {
    for (const target of ['DisplayName', 'Email', 'Avatar', 'Gender', 'Phone', 'CountryCode']) {
      expect(profileOf([{ expression: '""', casdoorName: target }]).values, target).to.deep.equal({});
    }
  });

  it('costs its value alone when it fails, and says of which target and why', () => {
    const { values, notes } = profileOf(
      [
        { expression: 'member.alias', casdoorName: 'Title' },
        { name: 'name', casdoorName: 'DisplayName' },
      ],
      { name: '李四' },
    );
    expect(values).to.deep.equal({ displayName: '李四' });
    expect(notes).to.have.length(1);
    expect(notes?.[0]?.code).to.equal('expression-failed');
    expect(notes?.[0]?.message.en).to.match(/feeds title .*no field alias \(line 1, column 8\)/);
    expect(notes?.[0]?.message.zh).to.match(/title 的表达式.*alias/);
    expect(JSON.stringify(notes)).not.to.contain('李四');
  });

  it('says the same of two members, whatever is different about them', () => {
    const by = (fields: Fields) => titleBy('{"a": "b"}[member.name]', fields).notes;
    expect(by({ name: '李四' })).to.deep.equal(by({ name: '王五' }));
    expect(by({ name: '李四' })).to.have.length(1);
  });

  it('reads a phone as it reads one from WeCom', () => {
    expect(profileOf([{ expression: '"+49 151 23456789"', casdoorName: 'Phone' }]).values).to.deep.equal({
      phone: '15123456789',
      countryCode: 'DE',
    });
  });

  it('sees the departments of the member, in his order, with their paths', () => {
    const paths = 'member.departments.map(d, d.path).join(";")';
    expect(titleBy(paths, { department: [7, 2] }).values.title).to.equal('Acme/研发部/后端;Acme/研发部');
    expect(titleBy('string(size(member.tags))').values.title).to.equal('0');
  });

  it('says nothing of a path that is not known to its top', () => {
    const named =
      'has(member.departments) ? member.departments.map(d, has(d.path) ? d.path : "?").join(";") : "unknown"';
    const partly = new DepartmentPaths({ departments: DEPARTMENTS.filter(({ id }) => id !== 1), unread: [UNREAD] });
    const range = new DepartmentPaths({ departments: DEPARTMENTS.filter(({ id }) => id !== 1), unread: [] });
    const by = (department: readonly number[], paths: DepartmentPaths) =>
      mapMember(
        aMember({ department }),
        { mapping: compileMapping([{ expression: named, casdoorName: 'Title' }]), notActivated: 'forbid' },
        paths,
      ).values.title;
    // A department without a name, below one, and in a circle.
    expect(by([8, 9, 20], PATHS)).to.equal('?;?;?');
    // The top is outside of the visible range, and the list is whole; the same where an entry of it could not be read.
    expect(by([7, 99], range)).to.equal('研发部/后端');
    expect(by([7], partly)).to.equal('?');
    expect(by([7, 99], partly)).to.equal('unknown');
  });

  it('takes what WeCom withholds for absent, be it "" or missing', () => {
    for (const nothing of [undefined, null, '', '  ']) {
      expect(titleBy('has(member.mobile) ? "told" : "withheld"', { mobile: nothing }).values.title).to.equal(
        'withheld',
      );
    }
    expect(titleBy('has(member.mobile) ? "told" : "withheld"', { mobile: '1' }).values.title).to.equal('told');
  });

  const costly = `[${'1,'.repeat(60)}1].map(a, pinyin("${'汉'.repeat(40)}") == "" ? "a" : "b").join("")`;
  const costlyRows = Array.from({ length: 195 }, (_, at) => ({
    expression: costly,
    casdoorName: `Properties.k${String(at)}`,
  }));

  it('has its share of what one member may cost, and gives nothing where others have used that up', () => {
    const { values, notes } = profileOf([...costlyRows, { name: 'name', casdoorName: 'DisplayName' }]);
    expect(Object.keys(values)).to.deep.equal(['properties.k0', 'displayName']);
    expect(notes).to.have.length(194);
    for (const { code, message } of notes ?? []) {
      expect(code).to.equal('expression-failed');
      expect(message.en).to.match(/20000 steps/);
    }
  });

  it('gives the same as often as it is asked', () => {
    const member = aMember({});
    const rules = { mapping: compileMapping(costlyRows), notActivated: 'forbid' } as const;
    const first = mapMember(member, rules, PATHS);
    expect(mapMember(member, rules, PATHS)).to.deep.equal(first);
  });

  it('has what the condition leaves, which is judged first', () => {
    const member = aMember({});
    const { condition, accountName } = compileSettings({
      condition: `${costly} == "b" || true`,
      accountName: '"called"',
    });
    const rules = {
      mapping: compileMapping(costlyRows.slice(0, 1)),
      notActivated: 'forbid',
      ...(accountName && { accountName }),
    } as const;
    const judge = new MemberCondition(condition);
    for (let time = 0; time < 2; time += 1) {
      expect(judge.judge(member, PATHS)).to.equal(member);
      const profile = mapMember(member, rules, PATHS);
      expect(profile.values).to.deep.equal({});
      expect(profile.notes).to.have.length(1);
      expect(profile.proposeName?.()).to.have.nested.property('note.code', 'account-name-failed');
    }
    expect(mapMember(aMember({}), rules, PATHS).proposeName?.()).to.deep.equal({ name: 'called' });
  });

  it('has enough for twenty rows such as people write', () => {
    const department = Array.from({ length: 100 }, () => [2, 7]).flat();
    const sensible = [
      'member.departments.map(d, d.name).join(";")',
      'member.departments.exists(d, d.path.startsWith("Acme/研发部/后端")) ? "engineering" : "business"',
      'member.extattr.attrs.filter(a, a.name == "工号")[0].text.value',
      'pinyin(member.name)',
      'lookup(member.position, {"Engineer": "工程师", "Manager": "经理"}, "员工")',
    ];
    const twenty = Array.from({ length: 20 }, (_, at) => ({
      expression: sensible[at % sensible.length],
      casdoorName: `Properties.k${String(at)}`,
    }));
    const extattr = {
      attrs: Array.from({ length: 30 }, (_, at) => ({ name: at === 29 ? '工号' : 'x', text: { value: 'E' } })),
    };
    const profile = profileOf(twenty, { department: department.slice(0, 100), extattr, position: 'Engineer' });
    expect(profile).not.to.have.property('notes');
    expect(Object.keys(profile.values)).to.have.length(20);
  });

  it('reads custom fields', () => {
    const extattr = {
      attrs: [
        { type: 0, name: '工号', text: { value: 'A-1' } },
        { type: 1, name: '主页', web: { url: 'https://a.cn', title: 'x' } },
      ],
    };
    expect(
      titleBy('member.extattr.attrs.filter(a, a.name == "工号")[0].text.value', { extattr }).values.title,
    ).to.equal('A-1');
    expect(titleBy('member.extattr.attrs.filter(a, has(a.web))[0].web.url', { extattr }).values.title).to.equal(
      'https://a.cn',
    );
  });

  it('is told, where WeCom never sent a field that it asks for', () => {
    const { sources } = compileMapping([
      { expression: 'has(member.mobile) ? member.mobile : member.alias', casdoorName: 'Phone' },
    ]);
    expect([...sources].toSorted()).to.deep.equal(['alias', 'mobile']);
  });

  const refused: readonly (readonly [what: string, rows: readonly Fields[], says: RegExp, zh: RegExp])[] = [
    [
      'an unknown field, with row, target and place',
      [
        { name: 'name', casdoorName: 'DisplayName' },
        { expression: 'member.name +\n  member.nickname', casdoorName: 'Title' },
      ],
      /row 2 \(expression → Title\): line 2, column 10: there is no field nickname/,
      /第 2 行\(表达式 → Title\)：第 2 行第 10 列：没有字段 nickname/,
    ],
    [
      'a number',
      [{ expression: 'member.status', iamName: 'title' }],
      /row 1 \(expression → title\): line 1, column 1: .*string\(/,
      /文本/,
    ],
    ['a dangerous target', [{ expression: '"true"', casdoorName: 'IsAdmin' }], /IsAdmin.*cannot be fed/, /IsAdmin/],
    ['the id of an account', [{ expression: 'member.alias', casdoorName: 'Id' }], /only userid/, /userid/],
    [
      'the name of an account, by userid and expression',
      [{ name: 'userid', expression: 'member.alias', casdoorName: 'Name' }],
      /only userid/,
      /userid/,
    ],
    ['no target', [{ expression: '"a"' }], /choose the account field/, /账号字段/],
    [
      'the first row of too many',
      Array.from({ length: 501 }, (_, at) => ({ expression: '"a"', casdoorName: `Properties.k${String(at)}` })),
      /row 501 .*at most 500 expressions/,
      /第 501 行.*500/,
    ],
    [
      'the first row that makes them too long together',
      Array.from({ length: 33 }, (_, at) => ({
        expression: `"${'x'.repeat(4_000)}"`,
        casdoorName: `Properties.k${String(at)}`,
      })),
      /row 33 .*131072 characters/,
      /第 33 行.*131072/,
    ],
    [
      'a second row for a target',
      [
        { name: 'position', casdoorName: 'Title' },
        { expression: '"a"', casdoorName: 'Title' },
      ],
      /another row/,
      /其他行/,
    ],
  ];
  for (const [what, rows, en, zh] of refused) {
    it(`is refused: ${what}`, () => {
      const { text } = refusal(rows);
      expect(text.en).to.match(en);
      expect(text.zh).to.match(zh);
    });
  }

  it('gives the same values as rows that name fields', () => {
    const plain = [
      'name',
      'email',
      'mobile',
      'avatar',
      'position',
      'alias',
      'telephone',
      'address',
      'english_name',
      'biz_mail',
    ];
    const targets = [
      'DisplayName',
      'Email',
      'Phone',
      'Avatar',
      'Title',
      'Bio',
      'Location',
      'Affiliation',
      'RealName',
      'Tag',
    ];
    // Each feeds a field of the account and a key of its map, but for the name: a text is a text there, be it invisible.
    const fed = (name: string, at: number) => [targets[at], ...(name === 'name' ? [] : [`Properties.${name}`])];
    const byName = plain.flatMap((name, at) => fed(name, at).map((casdoorName) => ({ name, casdoorName })));
    // The row `email` goes on to the company's mailbox, and a name of blanks is none.
    const expressionFor = (name: string): string =>
      name === 'email'
        ? 'has(member.email) ? member.email : has(member.biz_mail) ? member.biz_mail : dyn(null)'
        : `has(member.${name}) ? member.${name} : dyn(null)`;
    const byExpression = plain.flatMap((name, at) =>
      fed(name, at).map((casdoorName) => ({ expression: expressionFor(name), casdoorName })),
    );
    const told = fc.oneof(
      fc.constantFrom(undefined, null, '', ' ', '张三', ' a@x.cn ', '+86 13800000000', 'ä𠮷\0', true, 12),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.integer(),
    );
    const member = fc.record({
      userid: fc.constant('zhangsan'),
      status: fc.constant(1),
      ...Object.fromEntries(plain.map((name) => [name, told])),
    });
    fc.assert(
      fc.property(member, (fields) => {
        const one = profileOf(byExpression, fields);
        expect(one).to.deep.equal(profileOf(byName, fields));
        expect(one).not.to.have.property('notes');
      }),
      { numRuns: 300 },
    );
  });
});

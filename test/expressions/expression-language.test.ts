import { expect } from 'chai';
import { ExpressionLanguage, type Outcome } from '../../src/expressions/expression-language.ts';
import { ExpressionError } from '../../src/expressions/problem.ts';
import type { RecordShape } from '../../src/expressions/shape.ts';

const SHAPE: RecordShape = {
  name: 'Member',
  fields: {
    userid: 'text',
    name: 'text',
    alias: 'text',
    email: 'text',
    status: 'integer',
    department: { listOf: 'integer' },
    tags: { listOf: 'text' },
    departments: { listOf: { name: 'Department', fields: { id: 'integer', name: 'text', path: 'text' } } },
  },
};

const ZHANG = {
  userid: 'Zhang.San',
  name: '张三',
  email: 'Zhang.San@ACME.cn',
  status: 1,
  department: [2, 7],
  tags: ['A', 'B'],
  departments: [
    { id: 2, name: '研发部', path: 'Acme/研发部' },
    { id: 7, name: '后端', path: 'Acme/研发部/后端' },
  ],
  errcode: 0,
};

const language = new ExpressionLanguage('member', SHAPE);

const given = (source: string, told: object = ZHANG): Outcome<string | undefined> =>
  language.compileText(source).evaluate(language.subject(told));

const refusal = (source: string, gives: 'text' | 'condition' = 'text'): ExpressionError => {
  try {
    if (gives === 'text') language.compileText(source);
    else language.compileCondition(source);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error(`taken: ${source}`);
};

const times = (count: number, what: string): string => what.repeat(count);

describe('an expression', () => {
  const values: readonly (readonly [source: string, value: string | undefined])[] = [
    ['"always this"', 'always this'],
    ['member.name', '张三'],
    ['null', undefined],
    ['""', ''],
    ['has(member.alias) ? member.alias : dyn(null)', undefined],
    ['has(member.alias) ? member.alias : member.name', '张三'],
    ['has(member.status) && member.status == 1 ? "active" : "other"', 'active'],
    ['string(member.status)', '1'],
    ['string(int("12") + 1)', '13'],
    ['string(int("-9223372036854775808")) + string(int("+7")) + string(int(1.9))', '-922337203685477580871'],
    ['string(int(dyn("12"))) + string(int(member.status))', '121'],
    ['string(size(member.name))', '2'],
    ['string(member.departments.size())', '2'],
    ['member.email.lowerAscii()', 'zhang.san@acme.cn'],
    ['"İstanbul äÖ".lowerAscii() + "ß".upperAscii()', 'İstanbul äÖß'],
    ['"abc".upperAscii()', 'ABC'],
    ['"  x ".trim()', 'x'],
    ['member.email.split("@")[0]', 'Zhang.San'],
    ['"a,b,c".split(",", 2)[1]', 'b,c'],
    ['"𠮷野".split("")[0]', '𠮷'],
    ['member.tags.join("+") + member.tags.join()', 'A+BAB'],
    ['"a.b.c".replace(".", "$&")', 'a$&b$&c'],
    ['"𠮷野家".substring(0, 1) + "𠮷野家".substring(2)', '𠮷家'],
    ['"𠮷野家".charAt(1) + "ab".charAt(2)', '野'],
    ['string("𠮷野".indexOf("野")) + string("ab".indexOf("z"))', '1-1'],
    [
      'member.email.contains("@ACME") && member.email.startsWith("Z") && member.email.endsWith(".cn") ? "in" : "out"',
      'in',
    ],
    ['member.departments.exists(d, d.id == 7) ? "yes" : "no"', 'yes'],
    ['member.departments.all(d, d.path.startsWith("Acme/")) ? "yes" : "no"', 'yes'],
    ['member.departments.exists_one(d, d.name == "后端") ? "yes" : "no"', 'yes'],
    ['member.departments.filter(d, d.id != 2).map(d, d.name).join(";")', '后端'],
    ['member.departments.map(d, d.id == 2, d.name).join(";")', '研发部'],
    [
      'member.departments.map(d, d.path.split("/").map(p, p + "!").join("")).join("|")',
      'Acme!研发部!|Acme!研发部!后端!',
    ],
    ['7 in member.department ? "yes" : "no"', 'yes'],
    ['lookup(member.departments[0].name, {"研发部": "R&D", "财务": "FIN"}, "?")', 'R&D'],
    ['lookup(member.name, {"研发部": "R&D"}, "?")', '?'],
    ['lookup(member.name, {"研发部": "R&D"}, null)', undefined],
    ['lookup("toString", {"a": "b"}, "none")', 'none'],
    ['part(member.departments[1].path, 0) + part(member.departments[1].path, 1)', 'Acme研发部'],
    ['part(member.departments[1].path, -1)', '后端'],
    ['part(member.departments[1].path, 9)', ''],
    ['pinyin(member.name)', 'zhangsan'],
    ['pinyin("单雄信") + pinyin("吕布") + pinyin("Li 小明")', 'shanxiongxinlvbuLi xiaoming'],
    [`"${times(2_000, 'x')}"`, times(2_000, 'x')],
    [times(60, '"a" + ') + '"b"', `${times(60, 'a')}b`],
    [`member.name // what is behind is a comment`, '张三'],
  ];
  for (const [source, value] of values) {
    it(`gives ${value === undefined ? 'nothing to say' : `"${value.slice(0, 40)}"`} for ${source.slice(0, 80)}`, () => {
      expect(given(source)).to.deep.equal({ value });
    });
  }

  it('reads what came as text, and leaves out what is of another kind', () => {
    const told = {
      status: '4',
      name: 12,
      department: ['3', 'x', {}],
      tags: 'A',
      departments: [null, { id: 'x', name: 'y' }],
    };
    expect(given('string(member.status) + member.name + string(member.department[0])', told)).to.deep.equal({
      value: '4123',
    });
    expect(
      given('has(member.tags) ? "a" : member.departments.map(d, has(d.id) ? "b" : d.name).join()', told),
    ).to.deep.equal({
      value: 'y',
    });
  });

  it('says which fields it asks for', () => {
    const { fields } = language.compileText(
      'has(member.alias) ? member["email"] : part(member.departments[0].path, 1)',
    );
    expect([...fields].toSorted()).to.deep.equal(['alias', 'departments', 'email']);
  });

  it('decides by true and false', () => {
    const inDepartment = language.compileCondition('member.departments.exists(d, d.id == 7)');
    expect(inDepartment.evaluate(language.subject(ZHANG))).to.deep.equal({ value: true });
    expect(inDepartment.evaluate(language.subject({ departments: [] }))).to.deep.equal({ value: false });
  });
});

describe('an expression that is refused', () => {
  const places: readonly (readonly [source: string, line: number, column: number, says: RegExp])[] = [
    ['', 1, 1, /ends too early/],
    ['1 +', 1, 4, /ends too early/],
    ['member.name + (member.alias', 1, 28, /not closed/],
    ['"abc', 1, 1, /does not end/],
    ['member.name § 2', 1, 13, /character/],
    ['member.nickname', 1, 8, /no field nickname/],
    ['"é𠮷" +\n  member.nickname', 2, 10, /no field nickname/],
    ['"𠮷" + member.nickname', 1, 14, /no field nickname/],
    ['has(member.nickname) ? "a" : "b"', 1, 12, /no field nickname/],
    ['member.departments.exists(d, has(d.nix)) ? "a" : "b"', 1, 36, /no field nix/],
    ['has(member.departments[0].name) ? "a" : "b"', 1, 5, /has\(\) takes a field/],
    ['member["nickname"]', 1, 1, /no field nickname/],
    ['member["nick" + "name"]', 1, 1, /name the field/],
    ['user.name', 1, 1, /no variable user/],
    ['"a" + now', 1, 7, /no variable now/],
    ['member.name + 1', 1, 1, /string \+ int/],
    ['member.name.matches("^(a+)+$") ? "a" : "b"', 1, 1, /matches\(\) cannot be used/],
    ['timestamp("2024-01-01T00:00:00Z")', 1, 1, /timestamp\(\) cannot be used/],
    ['duration("1s")', 1, 1, /duration\(\) cannot be used/],
    ['string(type(member.name))', 1, 8, /type\(\) cannot be used/],
    ['cel.bind(x, "a", x + x)', 1, 1, /bind\(\) cannot be used/],
    ['b"abc".json()', 1, 1, /json\(\) cannot be used/],
    ['member.name.our_join("a")', 1, 1, /our_join\(\) cannot be used/],
    ['HAS(member.name) ? "a" : "b"', 1, 1, /HAS\(\) cannot be used/],
    ['member.constructor', 1, 8, /no field constructor/],
    ['member.__proto__', 1, 8, /no field __proto__/],
    ['"a".constructor', 1, 5, /constructor|index/],
    ['process.env.SECRET_KEY', 1, 1, /no variable process/],
    ['google', 1, 1, /no variable google/],
    ['int', 1, 1, /no variable int/],
    ['member.status', 1, 1, /gives int.*string\(/],
    ['true', 1, 1, /gives bool/],
    ['member', 1, 1, /gives Member/],
    ['has(member.alias) ? member.alias : null', 1, 1, /dyn\(null\)/],
    ['member.name.substring("a")', 1, 1, /string\.substring\(string\)/],
    ['[1, "a"][0]', 1, 5, /same type/],
    ['member.name ? "a" : "b"', 1, 8, /bool/],
    [times(40, '(') + '"a"' + times(40, ')'), 1, 34, /deep/],
    [`${times(33, '!')}true ? "a" : "b"`, 1, 32, /deep/],
    [`${times(4_000, '!')}true ? "a" : "b"`, 1, 32, /deep/],
    [times(33, '[') + '"a"' + times(33, ']'), 1, 34, /deep/],
    [`"${times(4_095, 'x')}"`, 1, 1, /longer than 4096/],
    [times(700, '"a"+') + '"b"', 1, 1, /more than 500 parts/],
    [
      'member.departments.map(a, member.departments.map(b, member.departments.map(c, c.name).join()).join()).join()',
      1,
      53,
      /more than 2/,
    ],
  ];
  for (const [source, line, column, says] of places) {
    it(`says where: ${source.slice(0, 60) || 'nothing'}`, () => {
      const error = refusal(source);
      expect(error.text.en).to.match(says);
      expect([error.line, error.column], error.text.en).to.deep.equal([line, column]);
      expect(error.text.en).to.match(/^line \d+, column \d+: /);
      expect(error.text.zh).to.match(/^第 \d+ 行第 \d+ 列：.*\p{Script=Han}/u);
    });
  }

  it('is one that decides nothing, where true or false is needed', () => {
    expect(refusal('member.name', 'condition').text.en).to.match(/true or false/);
  });

  it('gives a text that every database takes', () => {
    expect(given('"\\u0000a" + member.name')).to.deep.equal({ value: 'a张三' });
  });

  it('may be as long as it may be', () => {
    expect(given(`"${times(3_990, 'x')}" + "${times(8, 'y')}"`)).to.have.property('value');
    expect(given(`"a" //${times(4_090, '文')}`)).to.deep.equal({ value: 'a' });
  });

  it('may be as deep as it may be', () => {
    expect(given(times(32, '(') + '"a"' + times(32, ')'))).to.deep.equal({ value: 'a' });
    expect(given(`${times(30, '!')}true ? "a" : "b"`)).to.deep.equal({ value: 'a' });
  });
});

describe('an expression that fails for a member', () => {
  const failures: readonly (readonly [source: string, says: RegExp])[] = [
    ['member.alias', /no field alias.*line 1, column 8/],
    ['{"a": "b"}[member.name]', /ask with has/],
    ['member.departments[5].name', /nothing at this position/],
    ['"abc".substring(2, 9)', /nothing at this position/],
    ['string(int(member.name))', /cannot be calculated/],
    ['string(int(""))', /cannot be calculated/],
    ['string(int(" 1"))', /cannot be calculated/],
    ['string(int("0x1f"))', /cannot be calculated/],
    ['string(int("9223372036854775808"))', /cannot be calculated/],
    ['dyn(member.status)', /no text/],
    ['dyn(member).constructor.name', /no field constructor/],
    ['dyn(member)["__proto__"]', /ask with has/],
    [`"${times(2_001, 'x')}".replace("x", "yy")`, /longer than 4000/],
  ];
  for (const [source, says] of failures) {
    it(`says why, and quotes nobody: ${source.slice(0, 50)}`, () => {
      const outcome = given(source);
      if (!('failure' in outcome)) throw new Error(JSON.stringify(outcome));
      expect(outcome.failure.en).to.match(says);
      expect(outcome.failure.en).not.to.contain('张三');
      expect(outcome.failure.zh).to.match(/\p{Script=Han}/u);
    });
  }

  it('has its result where the error is on a branch that does not count', () => {
    expect(given('member.alias == "x" || true ? "a" : "b"')).to.deep.equal({ value: 'a' });
  });
});

describe('an expression that costs too much', () => {
  const MANY = { ...ZHANG, department: Array.from({ length: 1_000 }, (_, at) => at), name: times(65_000, 'a') };
  const long = `"${times(1_500, 'a')}"`;
  const hostile: readonly (readonly [what: string, source: string])[] = [
    ['a list in a list', 'string(member.department.map(a, member.department.map(b, a * b)).size())'],
    [
      'a list in a list, where errors are passed over',
      'member.department.exists(a, member.department.exists(b, a + b == -1)) ? "a" : "b"',
    ],
    [
      'an error that is passed over',
      'member.department.exists(a, member.department.all(b, b >= 0) && a < 0) || true ? "a" : "b"',
    ],
    ['a very long text', 'member.name.substring(0, 1)'],
    ['a text that grows', `["ab"]${times(12, '.map(x, x + x + x + x + x + x)')}[0]`],
    ['a list that is joined by a long text', `member.department.map(a, "").join(${long})`],
    ['a replacement that grows', `"${times(1_000, 'a')}".replace("a", ${long})`],
    ['a search', `member.department.exists(a, ${long}.contains("${times(700, 'a')}b")) ? "a" : "b"`],
    ['pinyin of a novel', 'member.department.map(a, pinyin("张三李四王五赵六钱七孙八周九吴十郑")).join()'],
  ];
  for (const [what, source] of hostile) {
    it(`is stopped, and soon: ${what}`, () => {
      const { evaluate } = language.compileText(source);
      const subject = language.subject(MANY);
      const began = performance.now();
      const outcome = evaluate(subject);
      expect(performance.now() - began).to.be.lessThan(500);
      expect(outcome).to.have.nested.property('failure.en').that.matches(/steps/);
    });
  }

  it('costs the next one nothing', () => {
    const { evaluate } = language.compileText('string(member.department.map(a, member.department.map(b, b)).size())');
    evaluate(language.subject(MANY));
    expect(given('member.name')).to.deep.equal({ value: '张三' });
    expect(evaluate(language.subject(ZHANG))).to.deep.equal({ value: '2' });
  });

  it('leaves the others about the same subject what it has not used up', () => {
    const told = { ...ZHANG, department: Array.from({ length: 70 }, (_, at) => at) };
    const { evaluate } = language.compileText('string(member.department.map(a, member.department.map(b, b)).size())');
    const condition = language.compileCondition('member.status == 1');
    const subject = language.subject(told);
    expect(evaluate(subject)).to.deep.equal({ value: '70' });
    expect(condition.evaluate(subject)).to.deep.equal({ value: true });
    for (let more = 0; more < 3; more += 1) evaluate(subject);
    expect(evaluate(subject))
      .to.have.nested.property('failure.en')
      .that.matches(/20000 steps for one member/);
    expect(condition.evaluate(subject)).to.have.nested.property('failure.en').that.matches(/steps/);
    expect(evaluate(language.subject(told))).to.deep.equal({ value: '70' });
  });

  it('is no matter of the others where it makes too long a text', () => {
    const subject = language.subject(MANY);
    expect(language.compileText(`member.department.map(a, "").join(${long})`).evaluate(subject)).to.have.property(
      'failure',
    );
    expect(language.compileText('member.userid').evaluate(subject)).to.deep.equal({ value: ZHANG.userid });
  });

  it('fills no memory together with others: what they give counts as well', () => {
    const { evaluate } = language.compileText(`"${times(1_900, 'x')}".replace("x", "yz")`);
    const subject = language.subject(ZHANG);
    const given = Array.from({ length: 50 }, () => evaluate(subject)).filter((outcome) => 'value' in outcome);
    expect(given).to.have.length.within(4, 6);
  });

  it('may take 20,000 steps', () => {
    const told = { ...ZHANG, department: Array.from({ length: 90 }, (_, at) => at) };
    expect(given('string(member.department.map(a, member.department.map(b, b)).size())', told)).to.deep.equal({
      value: '90',
    });
  });
});

import { expect } from 'chai';
import { refusesKey } from '../../../src/syncer/property.ts';
import { chinese } from '../../../src/web/language/chinese.ts';
import { english } from '../../../src/web/language/english.ts';
import {
  isIdentity,
  keyOf,
  mappingProblem,
  placeIn,
  refusedRow,
  rowProblems,
} from '../../../src/web/syncer-form/mapping-problem.ts';

const words = english.form;

describe('Attribute mapping in the form', () => {
  it('has nothing to say about the usual rows, in either spelling of the target', () => {
    const rows = [
      { name: 'userid', casdoorName: 'Id' },
      { name: 'name', casdoorName: 'DisplayName' },
      { name: 'email', iamName: 'Email' },
    ];
    expect(mappingProblem(rows, words, 'en')).to.equal(undefined);
    expect(mappingProblem(undefined, words, 'en')).to.equal(undefined);
  });

  it('names the first row that is not complete', () => {
    const rows = [
      { name: 'name', casdoorName: 'DisplayName' },
      { name: 'alias', casdoorName: '' },
      { name: ' ', casdoorName: 'Tag' },
    ];
    expect(mappingProblem(rows, words, 'en')).to.equal(`row 2: ${words.mappingTargetNeeded}`);
    expect([...rowProblems(rows, words, 'en')]).to.deep.equal([
      [1, words.mappingTargetNeeded],
      [2, words.mappingSourceNeeded],
    ]);
  });

  it('does not let two rows feed one field, however it is spelt, and lets the identity be named twice', () => {
    const twice = [
      { name: 'name', casdoorName: 'Tag' },
      { name: 'alias', iamName: 'tag' },
    ];
    expect(mappingProblem(twice, words, 'en')).to.equal(`row 2: ${words.mappingTwice}`);
    const identity = [
      { name: 'userid', casdoorName: 'Id' },
      { name: 'userid', casdoorName: 'Id' },
    ];
    expect(mappingProblem(identity, words, 'en')).to.equal(undefined);
    expect(identity.every(isIdentity)).to.equal(true);
  });

  it('takes keys of further values, each as it is spelt, and says which one the host would refuse', () => {
    const rows = [
      { name: 'alias', casdoorName: 'Properties.costCenter' },
      { name: 'alias', iamName: 'properties.CostCenter' },
      { name: 'alias', casdoorName: 'Properties.成本中心' },
    ];
    expect(mappingProblem(rows, words, 'en')).to.equal(undefined);
    expect(rows.map(keyOf)).to.deep.equal(['costCenter', 'CostCenter', '成本中心']);
    const twice = [...rows, { name: 'name', casdoorName: 'properties.costCenter' }];
    expect(mappingProblem(twice, words, 'en')).to.equal(`row 4: ${words.mappingTwice}`);
    for (const key of ['', 'cost center', '__proto__', 'oauth_WeCom_id']) {
      const row = { name: 'alias', casdoorName: `Properties.${key}` };
      expect(mappingProblem([row], words, 'en'), key).to.equal(`row 1: ${refusesKey(key)?.en}`);
      expect(mappingProblem([row], chinese.form, 'zh'), key).to.equal(`第 1 行：${refusesKey(key)?.zh}`);
    }
  });

  it('takes an expression in place of a field, unless it is empty', () => {
    const rows = [
      { name: '', expression: 'member.name', casdoorName: 'Tag' },
      { name: 'alias', expression: ' ', casdoorName: 'Title' },
    ];
    expect(mappingProblem(rows, words, 'en')).to.equal(`row 2: ${words.mappingExpressionNeeded}`);
  });

  it('finds the row that the host refused, in either language', () => {
    expect(refusedRow('Attribute mapping (tableColumns), row 12 (expression → Title): line 1, column 8: no.')).to.equal(
      11,
    );
    expect(refusedRow('属性映射(tableColumns)第 3 行(表达式 → Title)：第 1 行第 8 列：没有字段 nix。')).to.equal(2);
    expect(refusedRow('Who is synced (condition): line 1, column 1: no.')).to.equal(undefined);
  });
});

describe('the place of a refused expression', () => {
  const refusal = 'Attribute mapping (tableColumns), row 3 (expression → Title): line 2, column 3: there is no field.';

  it('is the character that the sentence names, by what people call one', () => {
    expect(placeIn(refusal, 'a\n😀bc')).to.deep.equal({ before: '😀b', at: 'c', after: '' });
    expect(placeIn('属性映射(tableColumns)第 3 行(…)：第 1 行第 2 列：没有字段。', 'abc')).to.deep.equal({
      before: 'a',
      at: 'b',
      after: 'c',
    });
  });

  it('is behind the end where the expression ends too early, and none where there is none', () => {
    expect(placeIn('line 1, column 4: it ends too early.', 'abc')).to.deep.equal({ before: 'abc', at: ' ', after: '' });
    expect(placeIn(refusal, 'one line')).to.equal(undefined);
    expect(placeIn('row 3: choose a field.', 'abc')).to.equal(undefined);
  });
});

import { expect } from 'chai';
import { english } from '../../../src/web/language/english.ts';
import { isIdentity, mappingProblem, rowProblems } from '../../../src/web/syncer-form/mapping-problem.ts';

const words = english.form;

describe('Attribute mapping in the form', () => {
  it('has nothing to say about the usual rows, in either spelling of the target', () => {
    const rows = [
      { name: 'userid', casdoorName: 'Id' },
      { name: 'name', casdoorName: 'DisplayName' },
      { name: 'email', iamName: 'Email' },
    ];
    expect(mappingProblem(rows, words)).to.equal(undefined);
    expect(mappingProblem(undefined, words)).to.equal(undefined);
  });

  it('names the first row that is not complete', () => {
    const rows = [
      { name: 'name', casdoorName: 'DisplayName' },
      { name: 'alias', casdoorName: '' },
      { name: ' ', casdoorName: 'Tag' },
    ];
    expect(mappingProblem(rows, words)).to.equal(`row 2: ${words.mappingTargetNeeded}`);
    expect([...rowProblems(rows, words)]).to.deep.equal([
      [1, words.mappingTargetNeeded],
      [2, words.mappingSourceNeeded],
    ]);
  });

  it('does not let two rows feed one field, however it is spelt, and lets the identity be named twice', () => {
    const twice = [
      { name: 'name', casdoorName: 'Tag' },
      { name: 'alias', iamName: 'tag' },
    ];
    expect(mappingProblem(twice, words)).to.equal(`row 2: ${words.mappingTwice}`);
    const identity = [
      { name: 'userid', casdoorName: 'Id' },
      { name: 'userid', casdoorName: 'Id' },
    ];
    expect(mappingProblem(identity, words)).to.equal(undefined);
    expect(identity.every(isIdentity)).to.equal(true);
  });
});

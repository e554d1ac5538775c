import { expect } from 'chai';
import { choiceTree, isUnnamed, missingFrom, openAt, type ChoiceNode } from '../../../src/web/directory/choice-tree.ts';

const COMPANY = [
  { id: 1, name: 'Acme', parentId: 0 },
  { id: 2, name: 'R&D', parentId: 1 },
  { id: 3, name: 'Tools', parentId: 2 },
  { id: 4, name: 'Sales', parentId: 1 },
  { id: 9, name: '9', parentId: 77 },
];

const lines = (nodes: readonly ChoiceNode[], depth = 0): string[] =>
  nodes.flatMap(({ id, comesAlong, children }) => [
    `${'-'.repeat(depth)}${id}${comesAlong ? '+' : ''}`,
    ...lines(children, depth + 1),
  ]);

describe('the tree of departments to choose from', () => {
  it('hangs each below its parent, and what hangs nowhere at the top', () => {
    const tree = choiceTree(COMPANY, { chosen: new Set(), withChildren: true });
    expect(lines(tree)).to.deep.equal(['1', '-2', '--3', '-4', '9']);
    expect(COMPANY.filter(isUnnamed).map(({ id }) => id)).to.deep.equal([9]);
  });

  it('says which come along with one above them', () => {
    const chosen = new Set([2]);
    expect(lines(choiceTree(COMPANY, { chosen, withChildren: true }))).to.deep.equal(['1', '-2', '--3+', '-4', '9']);
    expect(lines(choiceTree(COMPANY, { chosen, withChildren: false }))).to.deep.equal(['1', '-2', '--3', '-4', '9']);
  });

  it('opens the first level, and the way to everything that is chosen', () => {
    expect(openAt(COMPANY, new Set())).to.have.members([1, 9]);
    expect(openAt(COMPANY, new Set([3, 4711]))).to.have.members([1, 2, 9]);
  });

  it('keeps what is not in the list, whatever it is', () => {
    expect(missingFrom(COMPANY, [2, 4711, 'x'])).to.deep.equal([4711, 'x']);
  });

  it('loses nobody in a circle', () => {
    const circle = [
      { id: 5, name: 'a', parentId: 6 },
      { id: 6, name: 'b', parentId: 5 },
    ];
    expect(lines(choiceTree(circle, { chosen: new Set([6]), withChildren: true }))).to.deep.equal(['5', '-6']);
    expect(openAt(circle, new Set([5, 6]))).to.have.members([5, 6]);
  });
});

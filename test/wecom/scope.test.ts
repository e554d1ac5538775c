import { expect } from 'chai';
import type { Department } from '../../src/wecom/department.ts';
import { WeComScope } from '../../src/wecom/dto/scope.ts';
import { DirectoryScope } from '../../src/wecom/scope.ts';

const tree: readonly Department[] = [
  [5, 3],
  [1, 0],
  [4, 2],
  [2, 1],
  [3, 1],
].map(([id = 0, parentId = 0]) => ({ id, parentId, name: '', leaders: undefined }));

const scope = (fields: Partial<WeComScope>): DirectoryScope =>
  new DirectoryScope(Object.assign(new WeComScope(), fields));
const chosen = (fields: Partial<WeComScope>): number[] =>
  scope(fields)
    .select(tree)
    .departments.map(({ id }) => id);

describe('DirectoryScope', () => {
  it('is everything visible when it names nothing', () => {
    expect(chosen({})).to.have.members([1, 2, 3, 4, 5]);
    expect(scope({}).isPartial).to.equal(false);
  });

  it('brings sub-departments along, or not', () => {
    expect(chosen({ departments: [2] })).to.have.members([2, 4]);
    expect(chosen({ departments: [2, 3] })).to.have.members([2, 3, 4, 5]);
    expect(chosen({ departments: [1], includeChildren: false })).to.have.members([1]);
  });

  it('tells which departments it names in vain', () => {
    expect(scope({ departments: [2, 99] }).select(tree).missing).to.deep.equal([99]);
  });

  it('leaves people out without looking at the case', () => {
    const directory = scope({ excludeUsers: ['ZhangSan'] });
    expect(directory.excludes('zhangsan')).to.equal(true);
    expect(directory.excludes('lisi')).to.equal(false);
  });
});

import { expect } from 'chai';
import type { Department } from '../../../src/wecom/reading/department.ts';
import type { DepartmentList } from '../../../src/wecom/directory/department-list.ts';
import { WeComScope } from '../../../src/wecom/reading/dto/scope.ts';
import { ProtocolError } from '../../../src/syncer/errors.ts';
import { text } from '../../../src/syncer/text.ts';
import { DirectoryScope } from '../../../src/wecom/directory/scope.ts';

const tree: readonly Department[] = [
  [5, 3],
  [1, 0],
  [4, 2],
  [2, 1],
  [3, 1],
].map(([id = 0, parentId = 0]) => ({ id, parentId, name: undefined, leaders: undefined }));
const list: DepartmentList = { departments: tree, unread: [] };

const scope = (fields: Partial<WeComScope>): DirectoryScope =>
  new DirectoryScope(Object.assign(new WeComScope(), fields));
const chosen = (fields: Partial<WeComScope>): number[] =>
  scope(fields)
    .select(list)
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
    expect(scope({ departments: [2, 99] }).select(list).missing).to.deep.equal([99]);
  });

  it('cannot decide about departments below something that is unreadable', () => {
    const unread = [{ name: 'entry 6', error: new ProtocolError(text('x', 'x')) }];
    const hanging = (parentId: number | undefined): Department[] => [
      ...tree,
      { id: 6, parentId, name: undefined, leaders: undefined },
      { id: 7, parentId: 6, name: undefined, leaders: undefined },
    ];
    const select = (departments: Department[], lost: typeof unread) =>
      scope({ departments: [2] }).select({ departments, unread: lost });
    expect(select(hanging(undefined), [])).to.deep.include({ undecided: [6, 7], outside: new Set([5, 1, 3]) });
    expect(select(hanging(99), unread)).to.deep.include({ undecided: [6, 7] });
    expect(select(hanging(99), []), 'out of sight').to.deep.include({ undecided: [] });
    expect(select(hanging(3), unread)).to.deep.include({ undecided: [] });
  });

  it('leaves people out without looking at the case', () => {
    const directory = scope({ excludeUsers: ['ZhangSan'] });
    expect(directory.excludes('zhangsan')).to.equal(true);
    expect(directory.excludes('lisi')).to.equal(false);
  });
});

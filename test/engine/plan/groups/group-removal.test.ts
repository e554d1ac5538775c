import { expect } from 'chai';
import type { Group } from '../../../../src/identity/group.ts';
import { childrenFirst, spareBranches, type StandingGroup } from '../../../../src/engine/plan/groups/group-removal.ts';
import { externalId } from '../../../../src/syncer/external-id.ts';
import { aKey } from '../../../support/builders.ts';

const group = (name: string, parentId: string): StandingGroup => {
  const standing: Group = { owner: 'acme', name, displayName: name, parentId, isTopGroup: false, manager: '' };
  return { link: { key: aKey(name), externalId: externalId(name), groupName: name }, group: standing };
};
const names = (groups: readonly StandingGroup[]): string[] => groups.map((entry) => entry.group.name);
const parentOf = ({ parentId }: Group): string => parentId;
const DEEP = 100_000;
/** Each below the one before it, top first. */
const chain = (): StandingGroup[] => Array.from({ length: DEEP }, (_, n) => group(`d${n}`, n === 0 ? '' : `d${n - 1}`));

describe('groups whose departments are gone', () => {
  it('go before those above them, in whatever order they come', () => {
    const tree = [group('top', 'acme'), group('leaf', 'middle'), group('middle', 'top'), group('beside', 'top')];
    expect(names(childrenFirst(tree))).to.deep.equal(['leaf', 'middle', 'beside', 'top']);
    expect(names(childrenFirst(tree.toReversed()))).to.deep.equal(['leaf', 'beside', 'middle', 'top']);
  });

  it('go where they form a circle, too', () => {
    const circle = [group('a', 'b'), group('b', 'c'), group('c', 'a'), group('below', 'a'), group('self', 'self')];
    const order = names(childrenFirst(circle));
    expect(order).to.have.members(['a', 'b', 'c', 'below', 'self']);
    expect(order.indexOf('below')).to.be.lessThan(order.indexOf('a'));
  });

  it('stay above one that stays', () => {
    const held = [group('top', ''), group('middle', 'top'), group('leaf', 'middle'), group('other', 'top')];
    const free = new Set(['top', 'middle', 'other']);
    spareBranches(free, held, parentOf);
    expect([...free]).to.deep.equal(['other']);
    const circle = new Set(['a']);
    spareBranches(circle, [group('a', 'b'), group('b', 'a')], parentOf);
    expect([...circle]).to.deep.equal([]);
  });

  it('are put in order however deep the tree is', () => {
    const held = chain();
    const began = performance.now();
    expect(names(childrenFirst(held)).slice(0, 2)).to.deep.equal([`d${DEEP - 1}`, `d${DEEP - 2}`]);
    const free = new Set(names(held.slice(0, -1)));
    spareBranches(free, held, parentOf);
    expect(free.size).to.equal(0);
    expect(performance.now() - began).to.be.lessThan(10_000);
  });
});

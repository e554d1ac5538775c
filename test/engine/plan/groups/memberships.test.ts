import { expect } from 'chai';
import * as fc from 'fast-check';
import { mergeMemberships, sameGroups } from '../../../../src/engine/plan/groups/memberships.ts';

describe('memberships', () => {
  it('adds what the directory wants after what stands', () => {
    expect(mergeMemberships(['acme/local'], [], ['acme/d-1', 'acme/d-2'], Infinity)).to.deep.equal({
      groups: ['acme/local', 'acme/d-1', 'acme/d-2'],
      ours: ['acme/d-1', 'acme/d-2'],
    });
  });

  it('takes back only what this syncer made', () => {
    expect(mergeMemberships(['acme/d-1', 'acme/local'], ['acme/d-1'], [], Infinity).groups).to.deep.equal([
      'acme/local',
    ]);
  });

  it('keeps a membership that a person made in one of our groups', () => {
    const merged = mergeMemberships(['acme/d-1'], [], ['acme/d-1'], Infinity);
    expect(merged).to.deep.equal({ groups: ['acme/d-1'], ours: [] });
    expect(mergeMemberships(merged.groups, merged.ours, [], Infinity).groups).to.deep.equal(['acme/d-1']);
  });

  it('gives a membership back that a person took away', () => {
    expect(mergeMemberships([], ['acme/d-1'], ['acme/d-1'], Infinity).groups).to.deep.equal(['acme/d-1']);
  });

  it('leaves out what does not fit the column, and says so', () => {
    const merged = mergeMemberships(['acme/a'], [], ['acme/b', 'acme/c'], '["acme/a","acme/b"]'.length);
    expect(merged.groups).to.deep.equal(['acme/a', 'acme/b']);
    expect(merged.note?.code).to.equal('groups-too-long');
  });

  it('comes to rest: merging the result again changes nothing', () => {
    const names = fc.uniqueArray(fc.constantFrom('acme/a', 'acme/b', 'acme/c', 'acme/d', 'acme/e'));
    fc.assert(
      fc.property(names, names, names, (standing, ours, wanted) => {
        const once = mergeMemberships(standing, ours, wanted, Infinity);
        const twice = mergeMemberships(once.groups, once.ours, wanted, Infinity);
        expect(twice).to.deep.equal(once);
        for (const group of wanted) expect(once.groups).to.include(group);
        for (const group of standing) if (!ours.includes(group)) expect(once.groups).to.include(group);
      }),
    );
  });

  it('compares without order', () => {
    expect(sameGroups(['a', 'b'], ['b', 'a'])).to.equal(true);
    expect(sameGroups(['a', 'b'], ['a', 'c'])).to.equal(false);
    expect(sameGroups(['a'], ['a', 'b'])).to.equal(false);
  });
});

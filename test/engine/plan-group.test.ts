import { expect } from 'chai';
import { planGroup, type GroupContext } from '../../src/engine/plan-group.ts';
import type { Group } from '../../src/identity/group.ts';
import { externalId } from '../../src/syncer/external-id.ts';
import type { GroupProfile } from '../../src/syncer/profile.ts';
import { CASDOOR_LIMITS } from '../../src/identity/column-limits.ts';
import { aKey } from '../support/identity-builders.ts';

const context: GroupContext = {
  organization: 'acme',
  syncerName: 'wecom',
  limits: CASDOOR_LIMITS,
  nameOf: (id) => (id === '1' ? 'acme-wecom-1' : undefined),
  accountOf: (id) => id,
};

const aDepartment = (differences: Partial<GroupProfile> = {}): GroupProfile => ({
  externalId: externalId('2'),
  displayName: '研发部',
  parent: externalId('1'),
  manager: null,
  ...differences,
});

const aGroup = (differences: Partial<Group> = {}): Group => ({
  owner: 'acme',
  name: 'acme-wecom-2',
  displayName: '研发部',
  parentId: 'acme-wecom-1',
  isTopGroup: false,
  manager: '',
  ...differences,
});

const holding = (group: Group | null, groupName = 'acme-wecom-2') => ({
  link: { key: aKey('2'), externalId: externalId('2'), groupName },
  group,
});

describe('planning a department', () => {
  it('creates a group whose name does not contain the department’s', () => {
    const plan = planGroup(aDepartment(), undefined, undefined, context);
    expect(plan.kind).to.equal('createGroup');
    expect(plan.create).to.deep.equal(aGroup());
    expect(plan.link).to.deep.equal({ key: '2', externalId: '2', groupName: 'acme-wecom-2' });
  });

  it('makes a top group of a department without parent, or whose parent is not visible', () => {
    const { parent: _, ...root } = aDepartment();
    for (const department of [root, aDepartment({ parent: externalId('77') })]) {
      expect(planGroup(department, undefined, undefined, context).create).to.deep.include({
        isTopGroup: true,
        parentId: 'acme',
      });
    }
  });

  it('follows a rename, a move and a new leader', () => {
    const plan = planGroup(
      aDepartment({ displayName: 'R&D', parent: externalId('9'), manager: externalId('lisi') }),
      holding(aGroup()),
      undefined,
      context,
    );
    expect(plan.kind).to.equal('updateGroup');
    expect(plan.update).to.deep.equal({
      name: 'acme-wecom-2',
      displayName: 'R&D',
      parentId: 'acme',
      isTopGroup: true,
      manager: 'lisi',
    });
  });

  it('changes nothing when nothing differs, not even for another spelling of the leader', () => {
    const held = holding(aGroup({ manager: 'LiSi' }));
    expect(planGroup(aDepartment({ manager: externalId('lisi') }), held, undefined, context).kind).to.equal(
      'unchanged',
    );
  });

  it('keeps the manager when the directory does not say who leads', () => {
    const { manager: _, ...silent } = aDepartment();
    expect(planGroup(silent, holding(aGroup({ manager: 'lisi' })), undefined, context).kind).to.equal('unchanged');
  });

  it('reports a name that somebody else’s group has', () => {
    const taken = aGroup({ owner: 'other' });
    const plan = planGroup(aDepartment(), undefined, taken, context);
    expect(plan.kind).to.equal('conflict');
    expect(plan.groupName).to.equal(undefined);
  });

  it('makes a group again that was deleted, under its old name', () => {
    const plan = planGroup(aDepartment(), holding(null, 'acme-old-2'), undefined, context);
    expect(plan.create?.name).to.equal('acme-old-2');
  });

  it('reports a name that does not fit the column', () => {
    const long = { ...context, organization: 'o'.repeat(99) };
    expect(planGroup(aDepartment(), undefined, undefined, long).kind).to.equal('conflict');
  });
});

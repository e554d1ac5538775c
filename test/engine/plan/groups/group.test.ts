import { expect } from 'chai';
import { groupNames, planGroup, type GroupContext } from '../../../../src/engine/plan/groups/group.ts';
import type { Group } from '../../../../src/identity/group.ts';
import { externalId } from '../../../../src/syncer/external-id.ts';
import type { GroupProfile } from '../../../../src/syncer/profile.ts';
import { CASDOOR_LIMITS } from '../../../../src/identity/column-limits.ts';
import { aKey } from '../../../support/builders.ts';

const context: GroupContext = {
  organization: 'acme',
  syncerName: 'wecom',
  limits: CASDOOR_LIMITS,
  syncerId: 'syncer-1',
  parentGroup: '',
  parentOf: ({ parent }) => (parent ? `acme-wecom-${parent}` : parent),
  accountOf: (id) => id,
  named: () => undefined,
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
    const plan = planGroup(aDepartment(), undefined, context);
    expect(plan.kind).to.equal('createGroup');
    expect(plan.create).to.deep.equal(aGroup());
    expect(plan.link).to.deep.equal({ key: '2', externalId: '2', groupName: 'acme-wecom-2' });
  });

  it('makes a top group of a department that has no parent', () => {
    expect(planGroup(aDepartment({ parent: null }), undefined, context).create).to.deep.include({
      isTopGroup: true,
      parentId: 'acme',
    });
  });

  it('leaves name and place of a group alone when the directory tells neither', () => {
    const { displayName: _name, parent: _parent, ...silent } = aDepartment();
    const plan = planGroup(silent, holding(aGroup()), context);
    expect(plan.kind).to.equal('unchanged');
    expect(plan.parentId).to.equal('acme-wecom-1');
    expect(plan.notes.map(({ code }) => code)).to.deep.equal(['department-nameless']);
  });

  it('calls a new group by its id, or by its provisional name, while nobody knows a better one', () => {
    const { displayName: _name, parent: _parent, ...silent } = aDepartment();
    const plan = planGroup(silent, undefined, context);
    expect(plan.create).to.deep.include({ displayName: '2', parentId: 'acme', isTopGroup: true });
    expect(plan.notes.map(({ code }) => code)).to.deep.equal(['department-nameless']);
    expect(planGroup({ ...silent, provisionalName: 'R&D' }, undefined, context).create?.displayName).to.equal('R&D');
  });

  it('follows a rename, a move and a new leader', () => {
    const plan = planGroup(
      aDepartment({ displayName: 'R&D', parent: externalId('9'), manager: externalId('lisi') }),
      holding(aGroup()),
      context,
    );
    expect(plan.kind).to.equal('updateGroup');
    expect(plan.update).to.deep.equal({
      name: 'acme-wecom-2',
      displayName: 'R&D',
      parentId: 'acme-wecom-9',
      manager: 'lisi',
    });
  });

  it('changes nothing when nothing differs, not even for another spelling of the leader', () => {
    const held = holding(aGroup({ manager: 'LiSi' }));
    expect(planGroup(aDepartment({ manager: externalId('lisi') }), held, context).kind).to.equal('unchanged');
  });

  it('keeps the manager when the directory does not say who leads', () => {
    const { manager: _, ...silent } = aDepartment();
    expect(planGroup(silent, holding(aGroup({ manager: 'lisi' })), context).kind).to.equal('unchanged');
  });

  describe('whose group name is taken', () => {
    const [first = '', second = ''] = groupNames(context, '2');
    const taken = (...groups: [string, Partial<Group>, string | null][]) => ({
      ...context,
      named: (name: string) => {
        const found = groups.find(([own]) => own === name);
        return found && { group: aGroup({ name, ...found[1] }), heldBy: found[2] };
      },
    });

    it('gets a name of its own when another organization or another syncer has it', () => {
      for (const other of [
        [first, { owner: 'other' }, null],
        [first, { owner: 'other' }, 'syncer-2'],
        [first, {}, 'syncer-2'],
      ] as [string, Partial<Group>, string | null][]) {
        const plan = planGroup(aDepartment(), undefined, taken(other));
        expect(plan.create?.name).to.equal(second);
        expect(plan.link?.groupName).to.equal(second);
      }
    });

    it('gets the same name each time, and one that no other syncer comes to', () => {
      expect(groupNames(context, '2')).to.deep.equal([first, second]);
      expect(second).to.match(/^acme-wecom-2-[\da-f]{12}$/);
      expect(groupNames({ ...context, syncerId: 'syncer-2' }, '2')[1]).to.not.equal(second);
      expect(groupNames({ ...context, organization: 'o'.repeat(99) }, '2')[1]).to.have.lengthOf(100);
    });

    it('is reported, with what to do, when a group of this organization has it that nobody holds', () => {
      for (const held of [undefined, holding(null)]) {
        const plan = planGroup(aDepartment(), held, taken([first, {}, null]));
        expect(plan.kind).to.equal('conflict');
        expect(plan.groupName).to.equal(undefined);
        expect(plan.notes.map(({ code }) => code)).to.deep.equal(['group-conflict']);
      }
    });

    it('gets another name also when its group was deleted and somebody else has the name now', () => {
      const plan = planGroup(aDepartment(), holding(null), taken([first, { owner: 'other' }, null]));
      expect(plan.link?.groupName).to.equal(second);
    });
  });

  it('makes a group again that was deleted, under its old name', () => {
    const plan = planGroup(aDepartment(), holding(null, 'acme-old-2'), context);
    expect(plan.create?.name).to.equal('acme-old-2');
  });

  it('reports a name that does not fit the column, as being about a group', () => {
    const organization = 'o'.repeat(99);
    const plan = planGroup(aDepartment(), undefined, { ...context, organization });
    expect(plan.kind).to.equal('conflict');
    expect(plan.user).to.match(new RegExp(`^${organization}/${organization}-.`));
  });
});

import { expect } from 'chai';
import type { Department } from '../../../src/sandbox/company/departments/department.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { WireClient } from '../wire-client.ts';

describe('department calls', () => {
  let sandbox: Sandbox;
  let client: WireClient;

  beforeEach(async () => {
    sandbox = await Sandbox.start({ members: 100, departments: 30 });
    client = await new WireClient(sandbox).signIn();
  });
  afterEach(() => sandbox.close());

  /** A department with something below it. */
  const branchHead = (): Department =>
    [...sandbox.company.departments].find(({ id }) => id !== 1 && sandbox.company.tree.childrenOf(id).length > 0)!;

  it('lists every department with the keys of the wire, the root under parent 0', async () => {
    const departments = await client.list<Department>('department/list', 'department');
    expect(departments).to.have.length(30);
    const root = departments.find(({ id }) => id === 1)!;
    expect(root).to.deep.include({ parentid: 0, order: 100_000_000 });
    expect(root).not.to.have.property('name_en');
    expect(root.department_leader).to.be.an('array');
    expect(departments.some(({ name_en: english }) => typeof english === 'string')).to.equal(true);
  });

  it('lists one department with everything below it', async () => {
    const { id } = branchHead();
    const departments = await client.list<Department>('department/list', 'department', { id });
    expect(departments.map((department) => department.id)).to.have.members([...sandbox.company.tree.branch(id)]);
  });

  it('lists ids without names under another key', async () => {
    const { id } = branchHead();
    const all = await client.list<Department>('department/simplelist', 'department_id');
    expect(all).to.have.length(30);
    expect(all[0]).to.have.all.keys('id', 'parentid', 'order');
    const below = await client.list<Department>('department/simplelist', 'department_id', { id });
    expect(below.map((department) => department.id)).to.have.members([...sandbox.company.tree.branch(id)]);
  });

  it('gets one department as an object', async () => {
    const { id, name } = branchHead();
    const answer = await client.get('department/get', { id });
    expect(answer['department']).to.include({ id, name });
  });

  it('tells an unknown department from one that is out of sight', async () => {
    for (const path of ['department/list', 'department/simplelist', 'department/get']) {
      expect((await client.get(path, { id: 99_999 }))['errcode']).to.equal(60003);
      expect((await client.get(path, { id: 'x' }))['errcode']).to.equal(60123);
    }
    sandbox.use('partial-tree');
    for (const path of ['department/list', 'department/simplelist', 'department/get']) {
      expect((await client.get(path, { id: 1 }))['errcode']).to.equal(60011);
    }
    expect((await client.get('department/get'))['errcode']).to.equal(60123);
  });

  it('shows a change at the next call', async () => {
    await client.get('department/list');
    const { id } = sandbox.company.addDepartment({ name: '新部门' });
    const departments = await client.list<Department>('department/list', 'department');
    expect(departments.find((department) => department.id === id)?.name).to.equal('新部门');
    sandbox.company.renameDepartment(id, '旧部门');
    sandbox.company.moveDepartment(id, branchHead().id);
    expect((await client.get('department/get', { id }))['department']).to.include({
      name: '旧部门',
      parentid: branchHead().id,
    });
    sandbox.company.removeDepartment(id);
    expect((await client.get('department/get', { id }))['errcode']).to.equal(60003);
  });
});

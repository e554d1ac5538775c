import { fromText, succeed } from './answer.ts';
import { departmentId, refusalFor, viewStamp, type Caller, type Reply, type Responder } from './caller.ts';
import type { Department } from '../company/departments/department.ts';

/** GET department/list (doc 90208): the department and all below it, or all that is visible. */
export const listDepartments: Responder = (caller) =>
  list(caller, 'list', (departments) => ({ department: departments.map(full) }));

/** GET department/simplelist (doc 95350): the same without names, under another key. */
export const listDepartmentIds: Responder = (caller) =>
  list(caller, 'simplelist', (departments) => ({
    department_id: departments.map(({ id, parentid, order }) => ({ id, parentid, order })),
  }));

/** GET department/get (doc 95351): one, as an object. */
export const getDepartment: Responder = (caller) => {
  const id = departmentId(caller.params['id']);
  if (id === undefined) return 60123;
  const department = caller.company.department(id);
  if (department === undefined) return 60003;
  return refusalFor(id, caller) ?? succeed({ department: full(department) });
};

function list(caller: Caller, call: string, write: (departments: readonly Department[]) => object): Reply {
  const { company, visibility, params } = caller;
  let wanted = (id: number): boolean => visibility.lists(id);
  if (params['id'] !== undefined && params['id'] !== '') {
    const id = departmentId(params['id']);
    if (id === undefined) return 60123;
    const refusal = refusalFor(id, caller);
    if (refusal !== undefined) return refusal;
    const branch = company.tree.branch(id);
    wanted = (other) => branch.has(other);
  }
  const key = `department/${call} ${caller.kind} ${params['id'] ?? ''}`;
  const body = caller.cache.get(key, viewStamp(caller), () => {
    const departments = [...company.departments].filter(({ id }) => wanted(id));
    return JSON.stringify({ errcode: 0, errmsg: 'ok', ...write(departments) });
  });
  return fromText(body);
}

function full({ id, name, name_en, parentid, order, department_leader }: Department): object {
  return { id, name, name_en, parentid, order, department_leader };
}

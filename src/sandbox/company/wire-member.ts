import { userKey, type Member } from './member.ts';
import type { DepartmentTree } from './departments/department-tree.ts';
import type { Visibility } from './visibility.ts';

/** How a member is written out for one credential. */
export interface MemberView {
  readonly visibility: Visibility;
  /** Apps made after 2022-06-20 20:00 do not get the personal fields: their keys are absent (doc 90196). */
  readonly withheld: boolean;
}

/** A member as user/list and user/get write it; keys that are `undefined` fall out when it becomes JSON. */
export function wireMember(member: Member, tree: DepartmentTree, view: MemberView): Record<string, unknown> {
  const { visibility } = view;
  const department = visibility.everything
    ? member.department
    : member.department.filter((id) => visibility.seesDepartment(id));
  const leads = department.map((id) => (isLeader(member, id, tree) ? 1 : 0));
  const fields = view.withheld
    ? withheldFields(member, department, leads, visibility)
    : fullFields(member, department, leads, visibility);
  return member.overrides === undefined ? fields : overridden(fields, member.overrides, view);
}

/** In the key order of a capture from before 2022, userid first. */
function fullFields(
  member: Member,
  department: readonly number[],
  leads: readonly number[],
  visibility: Visibility,
): Record<string, unknown> {
  const { serial } = member;
  return {
    userid: member.userid,
    name: member.name,
    department,
    position: member.position,
    mobile: member.mobile,
    gender: member.gender,
    email: member.email,
    biz_mail: member.biz_mail,
    avatar: serial % 13 === 0 ? '' : `https://wework.qpic.example/wwhead/${serial.toString(36)}/0`,
    status: member.status,
    enable: member.enable,
    isleader: leads.includes(1) ? 1 : 0,
    extattr: customAttributes(serial),
    hide_mobile: serial % 17 === 0 ? 1 : 0,
    english_name: member.english_name,
    telephone: member.telephone,
    order: department.map((id) => positionIn(id, serial)),
    external_position: member.external_position,
    external_profile: externalProfile(serial),
    main_department: mainDepartment(member, visibility),
    qr_code: `https://open.work.weixin.qq.com/wwopen/userQRCode?vcode=vc${serial.toString(36).padStart(12, '0')}`,
    alias: member.alias,
    is_leader_in_dept: leads,
    address: member.address,
    thumb_avatar: serial % 13 === 0 ? '' : `https://wework.qpic.example/wwhead/${serial.toString(36)}/100`,
    direct_leader: member.direct_leader,
  };
}

/** In the key order of a capture from after 2022, userid near the end. */
function withheldFields(
  member: Member,
  department: readonly number[],
  leads: readonly number[],
  visibility: Visibility,
): Record<string, unknown> {
  const { serial } = member;
  return {
    name: member.name,
    department,
    position: member.position,
    status: member.status,
    enable: member.enable,
    isleader: leads.includes(1) ? 1 : 0,
    extattr: customAttributes(serial),
    hide_mobile: serial % 17 === 0 ? 1 : 0,
    telephone: member.telephone,
    order: department.map((id) => positionIn(id, serial)),
    external_position: member.external_position,
    external_profile: externalProfile(serial),
    main_department: mainDepartment(member, visibility),
    alias: member.alias,
    is_leader_in_dept: leads,
    userid: member.userid,
    direct_leader: member.direct_leader,
  };
}

const PERSONAL = new Set(['avatar', 'thumb_avatar', 'gender', 'mobile', 'email', 'biz_mail', 'qr_code', 'address']);

function overridden(
  fields: Record<string, unknown>,
  overrides: Readonly<Record<string, unknown>>,
  view: MemberView,
): Record<string, unknown> {
  const allowed = view.withheld
    ? Object.fromEntries(Object.entries(overrides).filter(([key]) => !PERSONAL.has(key)))
    : overrides;
  return { ...fields, ...allowed };
}

function isLeader(member: Member, department: number, tree: DepartmentTree): boolean {
  const leaders = tree.get(department)?.department_leader ?? [];
  if (leaders.length === 0) return false;
  const key = userKey(member.userid);
  return leaders.some((leader) => userKey(leader) === key);
}

/** Only when it is inside the caller's scope (doc 90201). */
function mainDepartment(member: Member, visibility: Visibility): number | undefined {
  return visibility.seesDepartment(member.main_department) ? member.main_department : undefined;
}

/** Mostly 0; sometimes anywhere in the unsigned 32 bits that the documentation allows. */
function positionIn(department: number, serial: number): number {
  const mixed = Math.imul(serial + 1, 2_654_435_761) ^ Math.imul(department, 40_503);
  return mixed % 5 === 0 ? mixed >>> 0 : 0;
}

const NO_ATTRIBUTES = { attrs: [] };

function customAttributes(serial: number): object {
  if (serial % 4 !== 0) return NO_ATTRIBUTES;
  const number = { type: 0, name: '工号', text: { value: `E${String(serial).padStart(7, '0')}` } };
  if (serial % 8 !== 0) return { attrs: [number] };
  const page = { url: `https://people.acme.example/${serial}`, title: '个人主页' };
  return { attrs: [number, { type: 1, name: '主页', web: page }] };
}

function externalProfile(serial: number): object | undefined {
  if (serial % 10 !== 3) return undefined;
  return { external_attr: [], external_corp_name: '', wechat_channels: { nickname: '示例视频号', status: 0 } };
}

import type { ProfileNote } from '../../syncer/profile.ts';
import { text } from '../../syncer/text.ts';

const IDS_ONLY = text(
  'The Corp Secret is the one of 通讯录同步, which reads only ids: nobody was created or updated, groups stay as they are, and accounts of members who left are locked out. Put the Secret of a self-built app (应用管理 → 自建) into Corp Secret, and this one into Contacts Secret.',
  '“企业 Secret”填写的是通讯录同步的 Secret，只能读取 ID：未创建或更新任何账号，群组保持不变，仅锁定已离职成员的账号。请在“企业 Secret”填写自建应用(应用管理 → 自建)的 Secret，并把此 Secret 填入“通讯录同步 Secret”。',
);
export const GROUPS_HIDDEN = text(
  'Departments are readable without names only; groups and memberships stay as they are.',
  '只能读取没有名称的部门；群组与成员关系保持不变。',
);
const NO_DEPARTMENTS = text(
  'WeCom shows this app no department. If members are in its visible range (可见范围) one by one or by tag, fill in the Agent ID (agentId); otherwise add departments to the range.',
  '企业微信未向该应用返回任何部门。若可见范围内的成员是单独或按标签添加的，请填写 AgentId(agentId)；否则请把部门加入可见范围。',
);

export const PARENT_UNKNOWN: readonly ProfileNote[] = [
  {
    code: 'department-parent-unknown',
    message: text(
      'WeCom does not say in a usable way where these departments belong: their groups stay where they are, and new ones are at the top.',
      '企业微信未以可用的方式说明这些部门的上级部门：其群组位置保持不变，新群组作为顶级群组。',
    ),
  },
];

/** What a whole read taught. */
export const notesOf = (read: {
  readonly hidden: ProfileNote | undefined;
  readonly idsOnly: boolean;
  readonly isEmpty: boolean;
}): readonly ProfileNote[] => [
  ...(read.hidden ? [read.hidden] : []),
  ...(read.idsOnly ? [{ code: 'ids-only', message: IDS_ONLY }] : []),
  ...(read.isEmpty ? [{ code: 'no-departments', message: NO_DEPARTMENTS }] : []),
];

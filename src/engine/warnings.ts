import { text, type Text } from '../syncer/text.ts';
import type { RunWarning } from './run.ts';

/**
 * Codes of warnings, the gravest first: who reads one sentence about a run reads the one that matters most. First what
 * decides about access, then what was not read, then what waits for a person, then single values, then what merely is so.
 */
const GRAVITY: readonly string[] = [
  'held',
  'would-be-held',
  'rejected-before',
  'sign-out-failed',
  'sessions-left',
  'ids-only',
  'no-departments',
  'nobody-seen',
  'unread',
  'member-unread',
  'member-not-synced',
  'decision-refused',
  'undo-frozen',
  'member-unmappable',
  'condition-failed',
  'department-unmappable',
  'write-refused',
  'group-conflict',
  'conflict',
  'changed-since',
  'groups-hidden',
  'admin-kept',
  'admin-contact-kept',
  'casdoor-syncer-enabled',
  'status-unknown',
  'department-parent-unknown',
  'department-not-listed',
  'department-nameless',
  // A code that is not here: a connector's own, of which nobody here knows more.
  '*',
  'groups-too-long',
  'properties-unreadable',
  'value-not-storable',
  'value-too-long',
  'value-cut',
  'expression-failed',
  'account-name-failed',
  'nameless',
  'outside-visible-range',
  'freeze',
  'leavers-kept',
  'forbidden-by-person',
  'group-kept',
  'rename-suggested',
  'nudges-not-sent',
  'fields-withheld',
  'accounts-one-by-one',
  'not-listed',
  'more-warnings',
];

const rankOf = ({ code }: Pick<RunWarning, 'code'>): number => {
  const rank = GRAVITY.indexOf(code);
  return rank < 0 ? GRAVITY.indexOf('*') : rank;
};

/** The gravest first; equals in the order in which they were met. */
export const byGravity = (warnings: readonly RunWarning[]): readonly RunWarning[] =>
  warnings.toSorted((one, other) => rankOf(one) - rankOf(other));

/** The warning that a person has to read if he reads one; undefined: there is none. */
export const gravest = (warnings: readonly RunWarning[]): RunWarning | undefined => byGravity(warnings)[0];

/** Whether a run was shown nobody whom it could have stored: whatever its state, nothing is kept in step. */
export const sawNobody = (warnings: readonly RunWarning[]): boolean =>
  warnings.some(({ code }) => code === 'nobody-seen' || code === 'ids-only');

export const MORE_WARNINGS = text(
  'There were more kinds of warnings than a run keeps; these were only counted. Mend the others first, then sync again.',
  '警告种类超过单次同步可保留的数量，其余仅计数。请先处理已列出的警告，再重新同步。',
);
export const NOT_LISTED = text(
  'There were more conflicts and skipped members than a run lists; these were only counted. Mend what is listed, then sync again.',
  '冲突和跳过的成员超过单次同步可列出的数量，其余仅计数。请先处理已列出的内容，再重新同步。',
);
export const NOBODY_SEEN = text(
  'The directory showed nobody. Add departments or members to the visible range (可见范围) of the app in 应用管理 → 自建, and check the scope of this syncer.',
  '通讯录没有返回任何成员。请在 应用管理 → 自建 中把部门或成员加入应用的可见范围，并检查此同步器的同步范围。',
);
export const ONLY_IDS = text(
  'The directory showed userids and nothing else, so nobody was created or updated. Add departments to the visible range (可见范围) of the app, and check which Secret is in which field.',
  '通讯录只返回了 userid，因此未创建或更新任何账号。请把部门加入应用的可见范围，并检查各 Secret 是否填写在正确的字段。',
);
export const SIGN_OUT_FAILED = text(
  'People who may no longer sign in are still signed in at the IAM, which did not end their sessions; the next full run tries again. Check IAM_URL, IAM_CLIENT_ID and IAM_CLIENT_SECRET, and that the IAM answers.',
  '部分已被禁止登录的人员在 IAM 中仍处于登录状态，因为 IAM 未能结束其会话；下次完整同步会重试。请检查 IAM_URL、IAM_CLIENT_ID 和 IAM_CLIENT_SECRET，以及 IAM 是否有响应。',
);
export const SESSIONS_LEFT = text(
  'People who were locked out are still signed in at the IAM. Sign them out there, or set IAM_URL, IAM_CLIENT_ID and IAM_CLIENT_SECRET: then runs do.',
  '被禁用的人员在 IAM 中仍处于登录状态。请在 IAM 中让其退出登录，或设置 IAM_URL、IAM_CLIENT_ID 和 IAM_CLIENT_SECRET，由同步自动完成。',
);
export const CONFLICT = text(
  'Accounts stand in the way of members, and only a person can say whether they are the same people: open the questions of this syncer and decide, or allow linking (linkBy).',
  '有账号与成员冲突，只能由人工判断是否为同一人：请打开此同步器的待决问题作出决定，或设置允许关联的字段(linkBy)。',
);
export const GROUP_CONFLICT = text(
  'Departments have no group, because one of that name exists which this syncer does not hold, or the name is too long: open the questions of this syncer and decide, rename or delete the other group, or shorten the names.',
  '部分部门没有对应的群组，因为已有同名群组且不由此同步器管理，或名称过长：请打开此同步器的待决问题作出决定，或重命名、删除该群组，或缩短名称。',
);

/** @param why in words that may be told, see `kindOf` */
export const accountsOneByOne = (why: string): Text =>
  text(
    `All accounts could not be compared at once (${why}), so each member was looked up: nothing is missing, the run only took longer. Have the operator of this server look at the database, such as at its limit for the time of a statement.`,
    `无法一次性比较全部账号(${why})，因此逐个查找了成员：没有任何遗漏，只是同步耗时更长。请联系服务器运维人员检查数据库，例如语句执行时间限制。`,
  );

import type { Question } from '../../engine/question.ts';
import { text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';

export const DECISIONS = ['link', 'create', 'ignore'] as const;

export const UNKNOWN_DECISION = new Refusal(
  text(`"decision" must be one of ${DECISIONS.join(', ')}.`, `“decision”必须是 ${DECISIONS.join('、')} 之一。`),
);
export const NO_USER = new Refusal(text('Missing parameter: user', '缺少参数：user'));
export const ONLY_IGNORE = new Refusal(
  text(
    'This question can only be ignored; change the value at one of the two.',
    '此问题只能忽略；请更改其中一方的值。',
  ),
);
export const IS_OPEN = new Refusal(text('The question is open.', '该问题尚未决定。'));
export const STILL_UNDONE = new Refusal(
  text(
    'A run of this syncer goes on; the decision of before is taken back once it has ended. Try again then.',
    '此同步器正在同步；结束后将撤回之前的决定。请稍后重试。',
  ),
);
export const notOpen = ({ decidedBy }: Pick<Question, 'decidedBy'>): Refusal =>
  new Refusal(
    text(
      `The question is decided${decidedBy === '' ? '' : ` by ${decidedBy}`} already. Open it again first.`,
      `该问题已${decidedBy === '' ? '' : `由 ${decidedBy} `}作出决定。请先重新打开。`,
    ),
  );
export const elsewhere = (organization: string): Refusal =>
  new Refusal(
    text(
      `"user" must name something of this organization: ${organization}/NAME.`,
      `“user”必须是本组织中的名称：${organization}/NAME。`,
    ),
  );
export const ADMINISTRATOR = new Refusal(
  text(
    'An administrator’s account is never linked to a member. Take the administrator’s rights away first.',
    '管理员账号不会关联到任何成员。请先取消其管理员权限。',
  ),
);
export const TAKEN = new Refusal(
  text('Another member has this account. Unlink it first.', '该账号属于其他成员。请先解除关联。'),
);
export const NOT_FREE = new Refusal(
  text(
    'There is no such account in this organization, or another member has it. Choose another one, or unlink it first.',
    '该组织中没有此账号，或该账号属于其他成员。请选择其他账号，或先解除关联。',
  ),
);
export const HAS_ACCOUNT = new Refusal(
  text(
    'The member has an account of his own already, which keeps its name. Decide without a name.',
    '该成员已有自己的账号，其名称不变。请不要指定名称。',
  ),
);
export const IMPOSSIBLE_NAME = new Refusal(
  text(
    '"name" may have letters, digits and _ . @ - only, and at most 100 of them.',
    '“name”只能包含字母、数字和 _ . @ -，且最多 100 个字符。',
  ),
);
export const nameTaken = (name: string): Refusal =>
  new Refusal(
    text(
      `An account or a member is called "${name}" already. Choose another name.`,
      `已有名为“${name}”的账号或成员。请使用其他名称。`,
    ),
  );
export const groupNameTaken = (name: string): Refusal =>
  new Refusal(
    text(
      `A group or an organization is called "${name}" already. Choose another name.`,
      `已有名为“${name}”的群组或组织。请使用其他名称。`,
    ),
  );
export const CANNOT_BE = text(
  'This cannot be done as things stand now; the question is open.',
  '按目前情况无法执行；该问题仍待决定。',
);
export const DEPARTMENT_GONE = text(
  'The directory does not show this department any more, so there is nothing to decide.',
  '通讯录中已没有该部门，无需决定。',
);
export const MEMBER_GONE = text(
  'The directory does not show this member any more, so there is nothing to decide.',
  '通讯录中已没有该成员，无需决定。',
);

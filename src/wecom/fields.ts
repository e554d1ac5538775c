import type { FormField } from '../syncer/definition.ts';
import { WeComConfig } from './config.ts';
import { SOURCE_NAMES } from './mapping/member-source.ts';

/** Where the settings begin, said once. */
const DEFAULTS = new WeComConfig();
export const CALLBACK_PATH = 'wecom-callback';

const FIELDS: readonly FormField[] = [
  {
    name: 'user',
    label: 'Corp ID',
    labelZh: '企业 ID',
    kind: 'text',
    required: true,
    secret: false,
    help: 'WeCom console: 我的企业 → 企业信息 → 企业ID.',
    helpZh: '企业微信管理后台：我的企业 → 企业信息 → 企业ID。',
  },
  {
    name: 'password',
    label: 'Corp Secret',
    labelZh: '企业 Secret',
    kind: 'password',
    required: true,
    secret: true,
    help: 'WeCom console: 应用管理 → 自建 → your app → Secret. Put every department to be read into its 可见范围, and the address of this server into its 企业可信IP.',
    helpZh:
      '企业微信管理后台：应用管理 → 自建 → 应用 → Secret。请把要同步的部门加入“可见范围”，并把本服务器 IP 加入“企业可信IP”。',
  },
  {
    name: 'agentId',
    label: 'Agent ID',
    labelZh: 'AgentId',
    kind: 'text',
    required: false,
    secret: false,
    asksMembers: {
      steps: [
        'In the app: 网页授权及JS-SDK → 可信域名: the host of this address.',
        'In the app: 应用主页: this address. It then opens from the workbench (工作台).',
        'Where the app has 成员敏感信息: tick the fields above. What is not ticked, nobody can give.',
        '可见范围 of the app: whoever is in it can open the page.',
      ],
      stepsZh: [
        '应用 → 网页授权及JS-SDK → 可信域名：填写此地址的域名。',
        '应用 → 应用主页：填写此地址，成员即可从工作台打开。',
        '如应用中有“成员敏感信息”：请勾选以上字段；未勾选的字段无法提供。',
        '应用的可见范围：范围内的成员才能打开该页面。',
      ],
    },
    help: 'On the page of the same app. Needed when members are in its visible range one by one or by tag, and when they complete their own data.',
    helpZh: '位于同一应用的详情页。可见范围中有单独添加的成员或标签，或由成员自助完善资料时需要。',
  },
  {
    name: 'contactsSecret',
    label: 'Contacts Secret',
    labelZh: '通讯录同步 Secret',
    kind: 'password',
    required: false,
    secret: true,
    listsMembers: true,
    help: 'WeCom console: 管理工具 → 通讯录同步 → Secret. Tells who left the company from who only left the visible range of the app.',
    helpZh: '企业微信管理后台：管理工具 → 通讯录同步 → Secret。用于区分“已离职”与“仅离开应用可见范围”。',
  },
  {
    name: 'callbackToken',
    label: 'Callback token',
    labelZh: '回调 Token',
    kind: 'password',
    required: false,
    secret: true,
    neverSent: true,
    help: `WeCom console: 管理工具 → 通讯录同步 → 设置接收事件服务器 → Token. With it, changes arrive in seconds at /api/${CALLBACK_PATH}/ORG/NAME; the schedule stays necessary.`,
    helpZh: `企业微信管理后台：管理工具 → 通讯录同步 → 设置接收事件服务器 → Token。URL 填写 /api/${CALLBACK_PATH}/组织/名称；变更会在数秒内同步，但仍需定时同步。`,
  },
  {
    name: 'callbackAesKey',
    label: 'Callback key (EncodingAESKey)',
    labelZh: '回调密钥(EncodingAESKey)',
    kind: 'password',
    required: false,
    secret: true,
    neverSent: true,
    help: 'On the same page of the WeCom console: EncodingAESKey, 43 characters.',
    helpZh: '位于同一页面：EncodingAESKey，43 个字符。',
  },
  {
    name: 'host',
    label: 'Base URL',
    labelZh: 'API 地址',
    kind: 'url',
    required: false,
    secret: false,
    help: 'Leave it empty for WeCom itself; set it for a private deployment or a gateway that the operator of this server allows.',
    helpZh: '使用企业微信官方服务时留空；私有部署或网关请填写其地址(须由服务器运维人员允许)。',
  },
  {
    name: 'notActivated',
    label: 'Members who have not activated WeCom',
    labelZh: '未激活成员',
    kind: 'select',
    required: false,
    secret: false,
    default: DEFAULTS.notActivated,
    help: 'Whether their accounts may sign in.',
    helpZh: '其账号是否允许登录。',
    options: [
      { value: 'forbid', label: 'May not sign in', labelZh: '禁止登录' },
      { value: 'allow', label: 'May sign in', labelZh: '允许登录' },
    ],
  },
  {
    name: 'scope.departments',
    label: 'Only these departments',
    labelZh: '仅同步这些部门',
    kind: 'departments',
    required: false,
    secret: false,
    help: 'Of those that the app may see (可见范围), by name or by id. Empty: all of them.',
    helpZh: '从应用可见范围内按名称或 ID 选择。留空表示全部。',
  },
  {
    name: 'scope.includeChildren',
    label: 'With sub-departments',
    labelZh: '包含子部门',
    kind: 'boolean',
    required: false,
    secret: false,
    default: DEFAULTS.scope.includeChildren,
    help: 'Whether the departments above bring their sub-departments along.',
    helpZh: '是否同时包含上述部门的子部门。',
  },
  {
    name: 'scope.excludeUsers',
    label: 'Without these members',
    labelZh: '排除这些成员',
    kind: 'users',
    required: false,
    secret: false,
    help: 'Userids, compared without case. What happens to their accounts is chosen below.',
    helpZh: 'userid 列表，不区分大小写。其账号如何处理由下一项决定。',
  },
  {
    name: 'scope.excluded',
    label: 'Members whom the scope leaves out',
    labelZh: '被同步范围排除的成员',
    kind: 'select',
    required: false,
    secret: false,
    default: 'leave',
    formerly: 'leaver',
    help: 'Whether their accounts stay as they are, or are treated as those of leavers.',
    helpZh: '其账号保持不变，还是按离职处理。',
    options: [
      { value: 'leave', label: 'Stay as they are', labelZh: '保持不变' },
      { value: 'leaver', label: 'Count as leavers', labelZh: '按离职处理' },
    ],
  },
  {
    name: 'syncTags',
    label: 'Tags that become groups',
    labelZh: '同步为群组的标签',
    kind: 'tags',
    required: false,
    secret: false,
    help: 'Of those that the app may use (通讯录 → 标签), by name or by id. Each becomes a group of whoever is synced and carries the tag, below one group of all tags.',
    helpZh:
      '从应用可使用的标签(通讯录 → 标签)中按名称或 ID 选择。每个标签成为一个群组，包含被同步且带有该标签的成员；它们都位于同一个标签群组之下。',
  },
  {
    name: 'condition',
    label: 'Who is synced',
    labelZh: '同步条件',
    kind: 'expression',
    required: false,
    secret: false,
    help: 'An expression (CEL) over `member` that is true for whoever belongs, such as `member.departments.exists(d, d.path.startsWith("Acme/R&D"))`. Whoever it is false for counts as left out by the scope. Empty: everybody.',
    helpZh:
      '以 `member` 为变量的 CEL 表达式，结果为 true 的成员才会同步，例如 `member.departments.exists(d, d.path.startsWith("Acme/研发"))`。结果为 false 的成员视为被同步范围排除。留空表示全部。',
  },
  {
    name: 'accountName',
    label: 'Name of a new account',
    labelZh: '新账号的用户名',
    kind: 'expression',
    required: false,
    secret: false,
    help: 'An expression (CEL) over `member` for the name of an account that is created, such as `pinyin(member.name)`. Letters, digits and `_ . @ -` only; where it gives no such name, or one that is taken, the userid is the name. Nobody is ever renamed.',
    helpZh:
      '以 `member` 为变量的 CEL 表达式，决定新建账号的用户名，例如 `pinyin(member.name)`。只能包含字母、数字和 `_ . @ -`；没有得到可用的名称或名称已被占用时使用 userid。已有账号不会改名。',
  },
  {
    name: 'tableColumns',
    label: 'Attribute mapping',
    labelZh: '属性映射',
    kind: 'mapping',
    required: false,
    secret: false,
    options: SOURCE_NAMES.map((value) => ({ value, label: value, labelZh: value })),
    help: 'Which WeCom field, or which expression (CEL) over `member`, feeds which account field. Custom fields are `extattr.NAME`. Empty: the usual seven.',
    helpZh:
      '企业微信字段(或以 `member` 为变量的 CEL 表达式)与账号字段的对应关系。自定义字段写作 `extattr.名称`。留空使用默认的七项。',
  },
];

/**
 * The form of a WeCom syncer.
 *
 * @param baseUrl where WeCom is looked for when the form names no address
 */
export const fieldsWith = (baseUrl: string): readonly FormField[] =>
  FIELDS.map((field) => (field.name === 'host' ? { ...field, emptyMeans: baseUrl } : field));

import { present } from '../../syncer/present.ts';
import { text, type Text } from '../../syncer/text.ts';

/**
 * Which error class a code becomes. `consent` is of what one member brought from WeCom's page, and says nothing of the
 * credentials: whoever brings the same again must not use up what a company may be refused for a wrong secret.
 */
type ErrorKind =
  'config' | 'credentials' | 'permission' | 'network' | 'rate' | 'unavailable' | 'missing' | 'consent' | 'protocol';

/**
 * What the client does before anybody hears of a code: nothing; get a new token and repeat once; wait and repeat;
 * repeat with fewer calls in flight; stop all calls for a while; start the list from its beginning.
 */
export type RetryKind = 'none' | 'renew' | 'backoff' | 'slow' | 'pause' | 'restart';

export interface ErrorCode {
  readonly kind: ErrorKind;
  readonly retry: RetryKind;
  readonly meaning: Text;
  readonly remedy: Text;
  /** How long everything stops, where `retry` is `pause`. */
  readonly pauseMs?: number;
}

const MINUTE = 60_000;

const code = (
  kind: ErrorKind,
  retry: RetryKind,
  meaning: readonly [en: string, zh: string],
  remedy: readonly [en: string, zh: string],
  pauseMs?: number,
): ErrorCode => ({
  kind,
  retry,
  meaning: text(...meaning),
  remedy: text(...remedy),
  ...present({ pauseMs }),
});

const REPORT_IT = [
  'This is a fault of the syncer, not of a setting: report it with the error code.',
  '这是同步程序自身的问题，与配置无关：请附上错误码反馈。',
] as const;
const WRITER_ONLY = [
  'This code belongs to calls that write, and the syncer only reads: report it with the error code.',
  '该错误码只出现在写接口，而同步程序只读取：请附上错误码反馈。',
] as const;
const SIGN_IN_AGAIN = [
  'The sign-in has to be started again; the directory sync itself does not use this code.',
  '请重新发起登录；通讯录同步本身不使用该凭证。',
] as const;
const WAIT = [
  'Nothing to change: the next run tries again. If it lasts, look at the status of the WeCom service.',
  '无需修改配置：下次同步会自动重试；若持续出现，请查看企业微信服务状态。',
] as const;
const GONE = [
  'The member left, was deleted, or is outside the visible range (可见范围) of the app; widen the range if the member should be read.',
  '该成员已离职、被删除，或不在应用可见范围内；如需读取，请扩大应用的可见范围。',
] as const;
const WIDEN = [
  'In the WeCom console open the app (应用管理 → 自建应用) and add the departments or members to its visible range (可见范围).',
  '在企业微信管理后台打开该应用(应用管理 → 自建)，把相应部门或成员加入“可见范围”。',
] as const;
const RELIST = [
  'The department was deleted or moved while it was read; the next run reads the list again.',
  '读取期间该部门被删除或移动；下次同步会重新读取部门列表。',
] as const;
const COPY_SECRET = [
  'Copy the Corp ID (我的企业 → 企业信息 → 企业ID) and the Secret of the app (应用管理 → 自建应用 → Secret) again, from the same company.',
  '请重新复制企业 ID(我的企业 → 企业信息 → 企业ID)和应用 Secret(应用管理 → 自建应用 → Secret)，两者须属于同一企业。',
] as const;
const COPY_CORP_ID = [
  'Copy the Corp ID from 我的企业 → 企业信息 → 企业ID; it begins with "ww" or "wx" and is not the Agent ID.',
  '请在 我的企业 → 企业信息 → 企业ID 处复制企业 ID；它以“ww”或“wx”开头，不是 AgentId。',
] as const;
const CHECK_AGENT = [
  'Copy the Agent ID and the Secret from one and the same app (应用管理 → 自建应用).',
  '请从同一个自建应用中复制 AgentId 和 Secret(应用管理 → 自建应用)。',
] as const;
const SLOW_DOWN = [
  'Look for a second program that reads this directory with the same company; lengthen the sync interval, or lower WECOM_CONCURRENCY.',
  '请检查是否有其他程序也在读取同一企业的通讯录；可延长同步间隔，或调小 WECOM_CONCURRENCY。',
] as const;
const NEW_JOB = ['The export has to be started again.', '需要重新发起导出任务。'] as const;

/**
 * Every code that a directory syncer can meet (doc 90313 in its 2026 state). 45011 is not in WeCom's table, but has
 * been seen with the meaning of 45009.
 */
export const ERROR_CODES: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [-1, code('unavailable', 'backoff', ['WeCom is busy', '企业微信系统繁忙'], WAIT)],
  [6000, code('unavailable', 'backoff', ['somebody else changes the same records', '数据正被并发修改'], WAIT)],
  [
    40001,
    code(
      'credentials',
      'renew',
      ['the Corp Secret is not accepted', '企业 Secret 不被接受'],
      [
        'Copy the Corp ID and the Secret of the app again (应用管理 → 自建应用 → Secret); it may have been reset, belong to another company, or the app is stopped.',
        '请重新复制企业 ID 与应用 Secret(应用管理 → 自建应用 → Secret);Secret 可能已被重置、属于其他企业，或应用已停用。',
      ],
    ),
  ],
  [
    40003,
    code('missing', 'none', ['the userid is not valid, or the member has left', 'userid 无效，或成员已离职'], GONE),
  ],
  [40013, code('credentials', 'none', ['the Corp ID is not valid', '企业 ID 无效'], COPY_CORP_ID)],
  [
    40014,
    code(
      'credentials',
      'renew',
      ['the access token is not accepted', 'access_token 不被接受'],
      [
        'WeCom refused a token that it had just given out: check that Corp Secret and Agent ID belong to one app, and that no proxy changes requests.',
        '企业微信拒绝了刚签发的 access_token：请确认 Secret 与 AgentId 属于同一应用，且代理没有改写请求。',
      ],
    ),
  ],
  [40029, code('consent', 'none', ['the sign-in code is not valid', '登录 code 无效'], SIGN_IN_AGAIN)],
  [
    40031,
    code(
      'missing',
      'none',
      ['the list of userids is not valid or out of the visible range', 'userid 列表无效或超出可见范围'],
      WIDEN,
    ),
  ],
  [40035, code('protocol', 'none', ['a parameter is not valid', '参数无效'], REPORT_IT)],
  [40056, code('config', 'none', ['the Agent ID is not valid', 'AgentId 无效'], CHECK_AGENT)],
  [40058, code('protocol', 'none', ['a parameter is malformed', '参数格式错误'], REPORT_IT)],
  [40063, code('protocol', 'none', ['a required parameter is empty', '必填参数为空'], REPORT_IT)],
  [40066, code('missing', 'none', ['the list of departments is not valid', '部门列表无效'], RELIST)],
  [
    40068,
    code(
      'missing',
      'none',
      ['the tag is not valid', '标签 ID 无效'],
      [
        'The tag was deleted: take it out of the visible range (可见范围) of the app.',
        '该标签已被删除：请从应用可见范围中移除。',
      ],
    ),
  ],
  [40088, code('missing', 'none', ['the export job is unknown', '导出任务不存在'], NEW_JOB)],
  [40089, code('missing', 'none', ['the result of the export was cleaned up', '导出结果已被清理'], NEW_JOB)],
  [40091, code('credentials', 'none', ['the Corp Secret is not valid', '企业 Secret 无效'], COPY_SECRET)],
  [41001, code('protocol', 'none', ['the access token is missing', '缺少 access_token'], REPORT_IT)],
  [41002, code('config', 'none', ['the Corp ID is missing', '缺少企业 ID'], COPY_CORP_ID)],
  [41004, code('config', 'none', ['the Corp Secret is missing', '缺少企业 Secret'], COPY_SECRET)],
  [41009, code('protocol', 'none', ['the userid is missing', '缺少 userid'], REPORT_IT)],
  [41011, code('protocol', 'none', ['the Agent ID is missing', '缺少 AgentId'], REPORT_IT)],
  [41017, code('protocol', 'none', ['the tag id is missing', '缺少标签 ID'], REPORT_IT)],
  [
    42001,
    code(
      'credentials',
      'renew',
      ['the access token has expired', 'access_token 已过期'],
      [
        'A token that was just given out is called expired: check that no proxy answers in the name of WeCom.',
        '刚签发的 access_token 即被判定过期：请检查是否有代理代替企业微信应答。',
      ],
    ),
  ],
  [42003, code('consent', 'none', ['the sign-in code has expired', '登录 code 已过期'], SIGN_IN_AGAIN)],
  [42022, code('consent', 'none', ['the sign-in code was used already', '登录 code 已被使用'], SIGN_IN_AGAIN)],
  [
    45009,
    code(
      'rate',
      'pause',
      ['too many calls', '接口调用超过频率限制'],
      [
        'Look for a second program that reads with the same company, or wait an hour; an administrator can lift the block at https://open.work.weixin.qq.com/wwopen/devtool/checkCorpSpamBlock',
        '请检查是否有其他程序使用同一企业调用接口，或等待一小时；管理员也可在 https://open.work.weixin.qq.com/wwopen/devtool/checkCorpSpamBlock 自助解封。',
      ],
      MINUTE,
    ),
  ],
  [45011, code('rate', 'pause', ['too many calls', '接口调用过于频繁'], SLOW_DOWN, MINUTE)],
  [45024, code('protocol', 'none', ['the company has as many members as it may', '企业人数已达上限'], WRITER_ONLY)],
  [
    45029,
    code(
      'protocol',
      'none',
      ['the answer would be too large', '返回数据过大'],
      [
        'The department has too many direct members for one answer: divide it into smaller departments.',
        '该部门的直属成员过多，无法一次返回：请拆分为更小的部门。',
      ],
    ),
  ],
  [
    45031,
    code(
      'credentials',
      'none',
      ['WeCom considers the Secret as leaked', '企业微信判定该 Secret 已泄露'],
      [
        'Reset the Secret of the app (应用管理 → 自建应用 → Secret → 重新获取) and save the new one here.',
        '请重置应用 Secret(应用管理 → 自建应用 → Secret → 重新获取)，并在此保存新值。',
      ],
    ),
  ],
  [45033, code('rate', 'slow', ['too many calls at the same time', '并发调用超过限制'], SLOW_DOWN)],
  [45035, code('unavailable', 'backoff', ['a concurrent operation is in the way', '并发操作冲突'], WAIT)],
  [
    45036,
    code(
      'rate',
      'pause',
      ['access to the directory is limited after unusual traffic', '因流量异常，数据访问受限'],
      [
        'Lower WECOM_CONCURRENCY, lengthen the sync interval, and look for unofficial WeCom clients in the company.',
        '请调小 WECOM_CONCURRENCY、延长同步间隔，并排查企业内是否有人使用非官方客户端。',
      ],
      3 * MINUTE,
    ),
  ],
  [46004, code('missing', 'none', ['the member does not exist', '成员不存在'], GONE)],
  [
    48001,
    code(
      'permission',
      'none',
      ['the app may not call this API', '应用未获该接口权限'],
      [
        'Use the Secret of a self-built app (应用管理 → 自建) with the members in its visible range.',
        '请使用自建应用(应用管理 → 自建)的 Secret，并在其可见范围内包含相应成员。',
      ],
    ),
  ],
  [
    48002,
    code(
      'permission',
      'none',
      ['this kind of Secret may not call this API', '该类型的 Secret 无权调用此接口'],
      [
        'The roster needs the Secret of 管理工具 → 通讯录同步 (with the API switched on) as Contacts Secret; everything else needs the Secret of a self-built app.',
        '花名册接口需要“管理工具 → 通讯录同步”的 Secret(并已开启 API 接口同步)，请填入通讯录同步 Secret；其余接口需要自建应用的 Secret。',
      ],
    ),
  ],
  [
    48005,
    code(
      'permission',
      'none',
      ['WeCom has withdrawn this API', '该接口已停用'],
      ['Update the syncer to a newer version.', '请升级同步程序。'],
    ),
  ],
  [
    48006,
    code(
      'permission',
      'none',
      ['the permission was withdrawn because the app was not used for long', '应用长期未使用，接口权限已被回收'],
      ['An administrator enables the app again in 应用管理.', '请管理员在“应用管理”中重新启用该应用。'],
    ),
  ],
  [
    48009,
    code(
      'permission',
      'none',
      ['the Sync-of-Contacts Secret may not read this', '通讯录同步 Secret 无权读取此内容'],
      [
        'Put the Secret of a self-built app (应用管理 → 自建) into Corp Secret, and the one of 通讯录同步 into Contacts Secret: since 2022-08-15 the latter reads only ids.',
        '请在“企业 Secret”填写自建应用(应用管理 → 自建)的 Secret，并把通讯录同步的 Secret 填入“通讯录同步 Secret”：自 2022-08-15 起后者只能读取 ID。',
      ],
    ),
  ],
  [
    48010,
    code(
      'config',
      'none',
      ['the TLS version is too old', 'TLS 版本过低'],
      ['Update Node.js, or the proxy in WECOM_PROXY_URL.', '请升级 Node.js 或 WECOM_PROXY_URL 所指的代理。'],
    ),
  ],
  [
    50001,
    code(
      'config',
      'none',
      ['the redirect address is not in a trusted domain', '回调地址不在可信域名内'],
      SIGN_IN_AGAIN,
    ),
  ],
  [50002, code('missing', 'none', ['the member is not in the allowed range', '成员不在授权范围内'], WIDEN)],
  [
    50003,
    code(
      'permission',
      'none',
      ['the app is disabled', '应用已停用'],
      [
        'Enable the app in the WeCom console (应用管理 → 自建应用 → 启用).',
        '请在企业微信管理后台启用该应用(应用管理 → 自建应用)。',
      ],
    ),
  ],
  [
    50006,
    code(
      'permission',
      'none',
      ['the system app is disabled', '系统应用已停用'],
      ['An administrator enables it in the WeCom console.', '请管理员在企业微信管理后台启用。'],
    ),
  ],
  [
    50100,
    code(
      'protocol',
      'restart',
      ['the cursor of the list is not valid', '分页游标无效'],
      ['Nothing to change: the next run reads the list from its beginning.', '无需修改：下次同步将从头读取列表。'],
    ),
  ],
  [60003, code('missing', 'none', ['the department does not exist', '部门不存在'], RELIST)],
  [60008, code('protocol', 'none', ['the department exists already', '部门已存在'], WRITER_ONLY)],
  [60011, code('permission', 'none', ['this is outside the visible range of the app', '超出应用可见范围'], WIDEN)],
  [
    60020,
    code(
      'network',
      'none',
      ['the address of this server is not trusted', '服务器 IP 不在企业可信 IP 内'],
      [
        'Add the address to the trusted IPs of the app (应用管理 → 自建应用 → 企业可信IP), and for the Contacts Secret to those of 管理工具 → 通讯录同步; it works about a minute after saving. WeCom asks for a trusted domain or a message URL first.',
        '请把该 IP 加入应用的企业可信 IP(应用管理 → 自建应用 → 企业可信IP)，通讯录同步 Secret 则在“管理工具 → 通讯录同步”中添加；保存约一分钟后生效。设置前需先配置可信域名或接收消息服务器 URL。',
      ],
    ),
  ],
  [
    60021,
    code('missing', 'none', ['the member is outside the visible range of the app', '成员不在应用可见范围内'], GONE),
  ],
  [
    60031,
    code(
      'permission',
      'none',
      ['the app is barred from calling APIs at present', '该应用目前被禁止调用接口'],
      ['An administrator of the company asks WeCom support to lift the bar.', '请企业管理员联系企业微信客服解除限制。'],
    ),
  ],
  [60110, code('protocol', 'none', ['a member would be in too many departments', '成员所属部门数超限'], WRITER_ONLY)],
  [60111, code('missing', 'none', ['the userid is not found or not visible', 'userid 不存在或不可见'], GONE)],
  [60123, code('missing', 'none', ['the department is not found', '部门不存在'], RELIST)],
  [60124, code('missing', 'none', ['the parent department is not found', '上级部门不存在'], RELIST)],
  [
    60132,
    code(
      'protocol',
      'none',
      ['the lists of leaders and departments differ in length', '部门负责人列表长度不一致'],
      WRITER_ONLY,
    ),
  ],
  [60257, code('protocol', 'none', ['a member would have too many direct leaders', '直属上级数超限'], WRITER_ONLY)],
  [
    60268,
    code(
      'protocol',
      'restart',
      ['the cursor of the list is not valid', '分页游标无效'],
      ['Nothing to change: the next run reads the list from its beginning.', '无需修改：下次同步将从头读取列表。'],
    ),
  ],
  [81001, code('protocol', 'none', ['a department would have too many nodes', '部门节点数超限'], WRITER_ONLY)],
  [81002, code('protocol', 'none', ['the department tree would be too deep', '部门层级过深'], WRITER_ONLY)],
  [
    81013,
    code(
      'missing',
      'none',
      ['none of the given members, departments or tags is valid', '指定的成员、部门或标签均无效'],
      WIDEN,
    ),
  ],
  [84014, code('consent', 'none', ['the user ticket has expired', 'user_ticket 已过期'], SIGN_IN_AGAIN)],
  [84015, code('consent', 'none', ['the user ticket is not valid', 'user_ticket 无效'], SIGN_IN_AGAIN)],
  [
    301002,
    code('config', 'none', ['the Agent ID does not belong to this Secret', 'AgentId 与 Secret 不匹配'], CHECK_AGENT),
  ],
  [
    301007,
    code(
      'credentials',
      'none',
      ['the company is not available or was dissolved', '企业不可用或已解散'],
      [
        'Check in the WeCom console whether the company still exists; switch this syncer off if not.',
        '请在企业微信管理后台确认该企业是否仍存在；若已解散，请停用此同步器。',
      ],
    ),
  ],
  [301036, code('protocol', 'none', ['the userid may not be changed again', 'userid 不可再次修改'], WRITER_ONLY)],
  [2000002, code('credentials', 'none', ['the Corp ID does not exist', '企业 ID 不存在'], COPY_CORP_ID)],
  [2000111, code('unavailable', 'backoff', ['WeCom failed internally', '企业微信内部错误'], WAIT)],
  [2000141, code('unavailable', 'backoff', ['WeCom failed internally', '企业微信内部错误'], WAIT)],
]);

/**
 * What the Sync-of-Contacts secret is told by whatever shows more than ids, from an address that is new to WeCom
 * (doc 96079).
 */
export const ONLY_IDS_READABLE = 48009;

/** Where the operator's guide explains a code, with the place in the WeCom console. */
export const guideTo = (errcode: number): string => `docs/troubleshooting.md#${String(errcode)}`;

/** A remedy, and where more about it stands. */
export const withGuide = (remedy: Text, errcode: number): Text =>
  text(`${remedy.en} (${guideTo(errcode)})`, `${remedy.zh}(${guideTo(errcode)})`);

/** WeCom's own page about a code. */
export const lookUpUrl = (errcode: number): string =>
  `https://open.work.weixin.qq.com/devtool/query?e=${String(errcode)}`;

/** What may stand in labels of metrics: the calls that this connector makes, and the codes that it knows (0 = ok). */
export const KNOWN_LABELS = {
  endpoints: new Set([
    'gettoken',
    'agent/get',
    'department/list',
    'department/simplelist',
    'tag/get',
    'user/get',
    'user/list',
    'user/list_id',
  ]),
  codes: new Set(['0', ...[...ERROR_CODES.keys()].map(String)]),
};

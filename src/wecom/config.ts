import 'reflect-metadata';
import { plainToInstance, Transform, Type } from 'class-transformer';
import type { ValidationError } from 'class-validator';
import { MASK, type SyncerConfig } from '../syncer/definition.ts';
import { ConfigError } from '../syncer/errors.ts';
import { text, type Text } from '../syncer/text.ts';
import type { NotActivated } from './mapping/access.ts';
import { compileMapping, type AttributeMapping } from './mapping/attribute-mapping.ts';
import { compileSettings, type SettingExpressions } from './mapping/member-expression.ts';
import { shallow } from './reading/dto/check.ts';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsNotIn,
  Matches,
  Min,
  validator,
  ValidateNested,
} from './reading/dto/rules.ts';
import { ListOf } from './reading/dto/transforms.ts';
import { WeComScope } from './reading/dto/scope.ts';
import { integerOf, textOf } from './reading/lenient-json.ts';
import { isObject } from '../http-client/transport.ts';

const Trimmed = (): PropertyDecorator => Transform(({ value }: { value: unknown }) => textOf(value)?.trim() ?? value);

const CORP_ID = {
  context: text(
    'Corp ID (user): fill in the ID from 我的企业 → 企业信息 → 企业ID; it is letters and digits and begins with "ww" or "wx" (a bare number is an Agent ID).',
    '企业 ID(user)：请填写 我的企业 → 企业信息 → 企业ID 处的 ID；由字母和数字组成，以“ww”或“wx”开头(纯数字是 AgentId)。',
  ),
};
const CORP_ID_LEFTOVER = {
  context: text(
    'Corp ID (user): "root" is what the form of a database syncer begins with, not a Corp ID; fill in the one from 我的企业 → 企业信息.',
    '企业 ID(user)：“root”是数据库同步器表单的默认值，不是企业 ID；请填写 我的企业 → 企业信息 处的企业ID。',
  ),
};
const SECRET = {
  context: text(
    'Corp Secret (password): fill in the Secret of the self-built app (应用管理 → 自建应用 → Secret).',
    '企业 Secret(password)：请填写自建应用的 Secret(应用管理 → 自建应用 → Secret)。',
  ),
};
const SECRET_LEFTOVER = {
  context: text(
    'Corp Secret (password): this is what the form began with, not a Secret; fill in the one of the self-built app (应用管理 → 自建应用 → Secret).',
    '企业 Secret(password)：这是表单的默认值，不是 Secret；请填写自建应用的 Secret(应用管理 → 自建应用 → Secret)。',
  ),
};
const HOST = { context: text('Base URL (host): this is not text.', 'API 地址(host)：必须是文本。') };
const AGENT_ID = {
  context: text(
    'Agent ID (agentId): digits only; it stands on the page of the app (应用管理 → 自建应用). Leave it empty if unsure.',
    'AgentId(agentId)：只能是数字，位于应用详情页(应用管理 → 自建应用)；不确定时请留空。',
  ),
};
const CONTACTS_SECRET = {
  context: text(
    'Contacts Secret (contactsSecret): the Secret from 管理工具 → 通讯录同步, or nothing.',
    '通讯录同步 Secret(contactsSecret)：请填写“管理工具 → 通讯录同步”的 Secret，或留空。',
  ),
};
const CALLBACK_TOKEN_TEXT = {
  context: text(
    'Callback token (callbackToken): up to 32 letters and digits, the Token of 管理工具 → 通讯录同步 → 设置接收事件服务器, or nothing.',
    '回调 Token(callbackToken)：最多 32 位字母和数字，即“管理工具 → 通讯录同步 → 设置接收事件服务器”的 Token，或留空。',
  ),
};
const CALLBACK_KEY_TEXT = {
  context: text(
    'Callback key (callbackAesKey): the EncodingAESKey of 管理工具 → 通讯录同步 → 设置接收事件服务器, 43 letters and digits, or nothing.',
    '回调密钥(callbackAesKey)：即“管理工具 → 通讯录同步 → 设置接收事件服务器”的 EncodingAESKey，43 位字母和数字，或留空。',
  ),
};
const CALLBACK_PAIR = text(
  'Callbacks need both: the callback token (callbackToken) and the callback key (callbackAesKey); fill in both or neither.',
  '接收回调需同时填写回调 Token(callbackToken)和回调密钥(callbackAesKey)；请都填写或都留空。',
);
const NOT_ACTIVATED = {
  context: text(
    'Not activated (notActivated): "forbid" or "allow".',
    '未激活成员(notActivated)：只能是 forbid 或 allow。',
  ),
};

/** WeCom lets a company have so many. */
const MOST_TAGS = 3000;
const SYNC_TAGS = {
  context: text(
    'Tags that become groups (syncTags): a list of tag ids, which are whole numbers from 1.',
    '同步为群组的标签(syncTags)：应为标签 ID 列表，ID 是从 1 开始的整数。',
  ),
};

/** The settings of one WeCom syncer, under the names of Casdoor's syncer object. */
export class WeComConfig {
  /** Corp ID. */
  @Trimmed()
  @Matches(/^(?!\d+$)[A-Za-z0-9_-]{2,64}$/, CORP_ID)
  @IsNotIn(['root'], CORP_ID_LEFTOVER)
  user = '';

  /** Corp Secret: the one of a self-built app. */
  @Trimmed()
  @Matches(/^[\x21-\x7e]{1,256}$/, SECRET)
  @IsNotIn(['123456', MASK], SECRET_LEFTOVER)
  password = '';

  /** Base URL; empty = the host's default. */
  @Trimmed()
  @Matches(/^[^\0]{0,500}$/, HOST)
  host = '';

  @Trimmed()
  @Matches(/^\d{0,10}$/, AGENT_ID)
  agentId = '';

  /** Sync-of-Contacts secret: the authoritative list of userids. */
  @Trimmed()
  @Matches(/^[\x21-\x7e]{0,256}$/, CONTACTS_SECRET)
  @IsNotIn([MASK], CONTACTS_SECRET)
  contactsSecret = '';

  /** Token of the address that WeCom sends contact changes to. */
  @Trimmed()
  @Matches(/^[A-Za-z0-9]{0,32}$/, CALLBACK_TOKEN_TEXT)
  callbackToken = '';

  /** EncodingAESKey of the same. */
  @Trimmed()
  @Matches(/^([A-Za-z0-9]{43})?$/, CALLBACK_KEY_TEXT)
  callbackAesKey = '';

  @IsIn(['forbid', 'allow'], NOT_ACTIVATED)
  notActivated: NotActivated = 'forbid';

  /** Tags that become groups. */
  @ListOf(integerOf)
  @IsArray(SYNC_TAGS)
  @ArrayMaxSize(MOST_TAGS, SYNC_TAGS)
  @IsInt({ ...SYNC_TAGS, each: true })
  @Min(1, { ...SYNC_TAGS, each: true })
  syncTags: number[] = [];

  @Type(() => WeComScope)
  @ValidateNested()
  scope: WeComScope = new WeComScope();
}

const KEYS = [
  'user',
  'password',
  'host',
  'agentId',
  'contactsSecret',
  'callbackToken',
  'callbackAesKey',
  'notActivated',
  'syncTags',
  'scope',
] as const;
const SCOPE_KEYS = ['departments', 'includeChildren', 'excludeUsers'] as const;

const pick = (from: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> => {
  const picked: Record<string, unknown> = {};
  for (const key of keys) if (from[key] !== undefined && from[key] !== null) picked[key] = shallow(from[key]);
  return picked;
};

const firstSentence = (errors: readonly ValidationError[]): Text | undefined => {
  for (const error of errors) {
    const failed = Object.keys(error.constraints ?? {});
    const contexts = (error.contexts ?? {}) as Readonly<Record<string, Text>>;
    for (const constraint of failed) if (contexts[constraint]) return contexts[constraint];
    const nested = firstSentence(error.children ?? []);
    if (nested) return nested;
  }
  return undefined;
};

/**
 * Checks the settings as they were entered; keys of other syncer types (port, table, …) are left unread.
 *
 * @throws ConfigError naming the field, never its value
 */
export const readConfig = (
  entered: SyncerConfig,
): { readonly config: WeComConfig; readonly mapping: AttributeMapping; readonly expressions: SettingExpressions } => {
  const picked = pick(entered, KEYS);
  const { scope } = entered;
  if (isObject(scope)) {
    picked['scope'] = pick(scope, SCOPE_KEYS);
  } else if (scope !== undefined && scope !== null) {
    // A list would pass for a list of scopes.
    throw new ConfigError(text('Scope (scope): this is not an object.', '同步范围(scope)：必须是对象。'));
  }
  if (picked['notActivated'] === '') delete picked['notActivated'];
  const config = plainToInstance(WeComConfig, picked, { exposeDefaultValues: true });
  const errors = validator().validateSync(config, {
    forbidUnknownValues: false,
    validationError: { target: false, value: false },
  });
  if (errors.length > 0) {
    throw new ConfigError(firstSentence(errors) ?? text('The settings are not valid.', '配置无效。'));
  }
  if ((config.callbackToken === '') !== (config.callbackAesKey === '')) throw new ConfigError(CALLBACK_PAIR);
  return { config, mapping: compileMapping(entered['tableColumns']), expressions: compileSettings(entered) };
};

import { ExpressionLanguage, type Expression, type Outcome } from '../../expressions/expression-language.ts';
import type { Subject } from '../../expressions/limits.ts';
import { ExpressionError } from '../../expressions/problem.ts';
import type { RecordShape } from '../../expressions/shape.ts';
import type { SyncerConfig } from '../../syncer/definition.ts';
import { ConfigError } from '../../syncer/errors.ts';
import { present } from '../../syncer/present.ts';
import { text } from '../../syncer/text.ts';
import { textOf } from '../reading/lenient-json.ts';
import { departmentsTold, type Member } from '../reading/member.ts';
import type { DepartmentPaths } from './department-paths.ts';

/** An expression for one account field, compiled once per run. */
export type MemberExpression = Expression<string | undefined>;

const LINK: RecordShape = { name: 'Link', fields: { url: 'text', title: 'text' } };
const PLAIN_TEXT: RecordShape = { name: 'PlainText', fields: { value: 'text' } };
const MINI_PROGRAM: RecordShape = { name: 'MiniProgram', fields: { appid: 'text', pagepath: 'text', title: 'text' } };

/** A custom field; private deployments put its value beside the name. */
const ATTRIBUTE = { type: 'integer', name: 'text', value: 'text' } as const;

/** What `user/get` answers (doc 90196), as far as it is about the member, and what is ours: departments and tags. */
const MEMBER: RecordShape = {
  name: 'Member',
  fields: {
    userid: 'text',
    name: 'text',
    department: { listOf: 'integer' },
    order: { listOf: 'integer' },
    position: 'text',
    positions: { listOf: 'text' },
    mobile: 'text',
    gender: 'text',
    email: 'text',
    biz_mail: 'text',
    is_leader_in_dept: { listOf: 'integer' },
    direct_leader: { listOf: 'text' },
    avatar: 'text',
    thumb_avatar: 'text',
    telephone: 'text',
    alias: 'text',
    english_name: 'text',
    status: 'integer',
    enable: 'integer',
    isleader: 'integer',
    hide_mobile: 'integer',
    address: 'text',
    open_userid: 'text',
    main_department: 'integer',
    qr_code: 'text',
    external_position: 'text',
    extattr: {
      name: 'ExtendedAttributes',
      fields: {
        attrs: { listOf: { name: 'ExtendedAttribute', fields: { ...ATTRIBUTE, text: PLAIN_TEXT, web: LINK } } },
      },
    },
    external_profile: {
      name: 'ExternalProfile',
      fields: {
        external_corp_name: 'text',
        wechat_channels: { name: 'WechatChannels', fields: { nickname: 'text', status: 'integer' } },
        external_attr: {
          listOf: {
            name: 'ExternalAttribute',
            fields: {
              ...ATTRIBUTE,
              text: { ...PLAIN_TEXT, name: 'ExternalText' },
              web: { ...LINK, name: 'ExternalLink' },
              miniprogram: MINI_PROGRAM,
            },
          },
        },
      },
    },
    departments: { listOf: { name: 'Department', fields: { id: 'integer', name: 'text', path: 'text' } } },
    tags: { listOf: 'text' },
  },
};

export const memberLanguage = new ExpressionLanguage('member', MEMBER);

/**
 * Fields that WeCom withholds from most apps since 2022-06-20: "" cannot be told apart from "not for you", and is as good
 * as absent to an expression as well.
 */
const WITHHELD = ['email', 'biz_mail', 'mobile', 'avatar', 'thumb_avatar', 'qr_code', 'address'] as const;

/** The settings that are expressions, as forms call them. */
const TITLES = {
  condition: text('Who is synced', '同步条件'),
  accountName: text('Name of a new account', '新账号的用户名'),
} as const;

/**
 * @returns undefined where nothing was entered
 * @throws ConfigError naming the setting, and line and column in it
 */
function compileSetting<T>(
  entered: SyncerConfig,
  key: keyof typeof TITLES,
  compile: (source: string) => T,
): T | undefined {
  const source = entered[key];
  if (source === undefined || source === null || (typeof source === 'string' && source.trim() === '')) return undefined;
  const { en, zh } = TITLES[key];
  if (typeof source !== 'string') {
    throw new ConfigError(text(`${en} (${key}): this is not text.`, `${zh}(${key})：必须是文本。`));
  }
  try {
    return compile(source);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new ConfigError(text(`${en} (${key}): ${error.text.en}`, `${zh}(${key})：${error.text.zh}`));
  }
}

/** Who is in scope, and what the account of a new member is called. */
export interface SettingExpressions {
  readonly condition?: Expression<boolean>;
  readonly accountName?: MemberExpression;
}

/** @throws ConfigError naming the setting, and line and column in it */
export const compileSettings = (entered: SyncerConfig): SettingExpressions =>
  present({
    condition: compileSetting(entered, 'condition', (source) => memberLanguage.compileCondition(source)),
    accountName: compileSetting(entered, 'accountName', (source) => memberLanguage.compileText(source)),
  });

/** What the condition took, of those of whom it was asked: rows and name have the rest. */
const spentOnCondition = new WeakMap<Member, number>();

/**
 * What expressions see of a member.
 *
 * @param spent steps that others have taken before, of those that one member may cost
 */
export function memberSubject(
  member: Member,
  paths: DepartmentPaths,
  spent = spentOnCondition.get(member) ?? 0,
): Subject {
  const told: Record<string, unknown> = { ...member };
  for (const key of WITHHELD) if (key in told) told[key] = textOf(told[key])?.trim() || undefined;
  // The scope decides who is synced and into which groups, and hides no department of his from an expression.
  const department = departmentsTold(member);
  const departments = department && paths.of(department);
  // Ours, whatever WeCom may call so one day.
  return memberLanguage.subject({ ...told, department, departments, tags: paths.tags.of(member).names }, spent);
}

/** Asks first of all whether he belongs, as often as it is asked: with all that he may cost. */
export function decide(condition: Expression<boolean>, member: Member, paths: DepartmentPaths): Outcome<boolean> {
  const subject = memberSubject(member, paths, 0);
  const outcome = condition.evaluate(subject);
  spentOnCondition.set(member, subject.spent);
  return outcome;
}

import type { Subject } from '../../expressions/limits.ts';
import { MappingError } from '../../syncer/errors.ts';
import { externalId, type ExternalId } from '../../syncer/external-id.ts';
import { present } from '../../syncer/present.ts';
import type { Access, ProfileNote, ProposedName, UserProfile, ValueField } from '../../syncer/profile.ts';
import { text, type Text } from '../../syncer/text.ts';
import { readAccess, type NotActivated } from './access.ts';
import type { AttributeMapping, MappedField } from './attribute-mapping.ts';
import { conditionFailed } from './member-condition.ts';
import { memberSubject, type MemberExpression } from './member-expression.ts';
import { NO_PATHS, type DepartmentPaths } from './department-paths.ts';
import { MalformedMember, RosterMember, UndecidedMember, type Member, type WeComMember } from '../reading/member.ts';
import { readPhone } from './phone.ts';

export interface MappingRules {
  readonly mapping: AttributeMapping;
  readonly notActivated: NotActivated;
  /** What the account of a new member is called; absent: by the userid. */
  readonly accountName?: MemberExpression;
}

/** A blank at the end of an address makes it another address, and nobody sees it. */
const TRIMMED: ReadonlySet<ValueField> = new Set<ValueField>(['displayName', 'email']);

/** These never become empty: an account without a name or an avatar is a loss, and the directory cannot have meant it. */
const NEVER_EMPTIED: ReadonlySet<ValueField> = new Set<ValueField>([
  'displayName',
  'email',
  'avatar',
  'gender',
  'phone',
  'countryCode',
]);

const OUT_OF_SCOPE: Access = {
  state: 'outOfScope',
  reason: text(
    'The member is in the company but outside the visible range of the app; the account stays as it is.',
    '该成员仍在企业中，但不在应用可见范围内；账号保持不变。',
  ),
};
const OUT_OF_SCOPE_NOTES: readonly ProfileNote[] = [{ code: 'outside-visible-range', message: OUT_OF_SCOPE.reason }];

const ID_ONLY: Access = {
  state: 'unknown',
  reason: text(
    'Only the userid of this member is readable; the account stays as it is.',
    '只能读取该成员的 userid；账号保持不变。',
  ),
};

/** The sentence names the problem alone, so that a thousand such records are one warning; who it is stands beside it. */
const unmappable = ({ userid, problem }: MalformedMember): MappingError =>
  userid === undefined
    ? new MappingError(
        text(
          `The record of a member without a usable userid cannot be read: ${problem}.`,
          `无法读取一名没有可用 userid 的成员的记录：${problem}。`,
        ),
        { remedy: CHECK_GATEWAY },
      )
    : new MappingError(text(`The record of a member cannot be read: ${problem}.`, `无法读取成员的记录：${problem}。`), {
        externalId: externalId(userid),
        remedy: CHECK_MEMBER,
      });

const CHECK_MEMBER = text(
  'Look at this member in the WeCom console (通讯录); the account stays as it is until the record can be read.',
  '请在企业微信管理后台(通讯录)检查该成员；在记录可读之前，账号保持不变。',
);
const CHECK_GATEWAY = text(
  'Look at what answers at the base URL (host); nobody loses access until every record names its member.',
  '请检查 API 地址(host)处的应答方；在每条记录都有成员标识之前，不会锁定任何账号。',
);

/** Reads what feeds one member, target by target. An expression that fails costs its value alone. */
class FeedReader {
  readonly notes: ProfileNote[] = [];
  readonly #member: Member;
  readonly #paths: DepartmentPaths;
  #subject: Subject | undefined;

  constructor(member: Member, paths: DepartmentPaths) {
    this.#member = member;
    this.#paths = paths;
  }

  /** Steps that the expressions have taken; undefined: there was none. */
  get spent(): number | undefined {
    return this.#subject?.spent;
  }

  read(field: MappedField): string | undefined {
    if ('source' in field) return field.source(this.#member);
    const outcome = field.expression.evaluate((this.#subject ??= memberSubject(this.#member, this.#paths)));
    if ('value' in outcome) return outcome.value;
    this.notes.push({ code: 'expression-failed', message: expressionFailed(field.target, outcome.failure) });
    return undefined;
  }
}

/** The target and the reason, so that what many members have in common is one warning. */
export const expressionFailed = (target: ValueField, why: Text): Text =>
  text(
    `The expression that feeds ${target} gave no value, and what is stored stays: ${why.en}. Change it in the attribute mapping, and try it on one of these members.`,
    `写入 ${target} 的表达式没有得到值，已存储的值保持不变：${why.zh}。请在属性映射中修改，并用列出的成员试运行。`,
  );

/** Blanks around a name are nobody's intention. */
const proposedBy = (
  accountName: MemberExpression,
  member: Member,
  paths: DepartmentPaths,
  spent: number | undefined,
): ProposedName => {
  const outcome = accountName.evaluate(memberSubject(member, paths, spent));
  if ('value' in outcome) return present({ name: outcome.value?.trim() || undefined });
  return { note: { code: 'account-name-failed', message: accountNameFailed(outcome.failure) } };
};

export const accountNameFailed = (why: Text): Text =>
  text(
    `The expression for the name of a new account (accountName) gave none, and the account is called by the userid: ${why.en}.`,
    `新账号用户名的表达式(accountName)没有得到名称，账号以 userid 命名：${why.zh}。`,
  );

/** Values that are being put together. */
export type MappedValues = Partial<Record<ValueField, string>>;

/** Adds what a field becomes, and nothing where what was read is no statement. */
export function mapField(values: MappedValues, target: ValueField, read: string, mapping: AttributeMapping): void {
  if (target === 'phone') {
    const phone = readPhone(read);
    if (!phone) return;
    values.phone = phone.phone;
    if (mapping.regionFromPhone) values.countryCode = phone.countryCode;
    return;
  }
  const value = TRIMMED.has(target) ? read.trim() : read;
  if (value === '' && NEVER_EMPTIED.has(target)) return;
  values[target] = value;
}

const undecided = (id: ExternalId, { reason: why }: UndecidedMember): UserProfile => {
  const reason = conditionFailed(why);
  return {
    externalId: id,
    values: {},
    complete: false,
    access: { state: 'outOfScope', reason },
    notes: [{ code: 'condition-failed', message: reason, ofNewcomersToo: true }],
  };
};

/**
 * What an account becomes from a member, without looking at anything else.
 *
 * @param paths of the departments that were read last
 * @throws MappingError for a record that could not be read
 */
export const mapMember = (member: WeComMember, rules: MappingRules, paths = NO_PATHS): UserProfile => {
  if (member instanceof MalformedMember) throw unmappable(member);
  const id = externalId(member.userid);
  if (member instanceof RosterMember) {
    return member.isOutOfScope
      ? { externalId: id, values: {}, access: OUT_OF_SCOPE, notes: OUT_OF_SCOPE_NOTES, complete: false }
      : { externalId: id, values: {}, access: ID_ONLY, complete: false };
  }
  if (member instanceof UndecidedMember) return undecided(id, member);
  const { mapping, accountName } = rules;
  const values: MappedValues = {};
  const feeds = new FeedReader(member, paths);
  for (const field of mapping.fields) {
    const read = feeds.read(field);
    if (read !== undefined) mapField(values, field.target, read, mapping);
  }
  const { groups: tagged, undecided: undecidedGroups } = paths.tags.of(member);
  const departments = member.department?.map((department) => externalId(String(department)));
  const access = readAccess(member, rules.notActivated);
  const { notes, spent } = feeds;
  return {
    externalId: id,
    values,
    authority: mapping.authority,
    access,
    ...(notes.length > 0 && { notes }),
    ...present({ proposeName: accountName && (() => proposedBy(accountName, member, paths, spent)) }),
    ...(departments && { groups: tagged.length > 0 ? [...departments, ...tagged] : departments }),
    ...(undecidedGroups.length > 0 && { undecidedGroups }),
  };
};

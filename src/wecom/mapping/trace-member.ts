import type { Subject } from '../../expressions/limits.ts';
import { present } from '../../syncer/present.ts';
import type { FieldTrial, TrialStep } from '../../syncer/syncer.ts';
import { text } from '../../syncer/text.ts';
import { departmentsTold, type Member } from '../reading/member.ts';
import type { MappedField } from './attribute-mapping.ts';
import type { DepartmentPaths } from './department-paths.ts';
import { accountNameFailed, expressionFailed, mapField, type MappedValues, type MappingRules } from './map-member.ts';
import { memberSubject } from './member-expression.ts';

const GIVES = text('The expression gives', '表达式的结果');
const NUMBER = text('As a phone number', '解析为手机号');
const TRIMMED = text('Without blanks around it', '去除首尾空白');
const NOTHING_SAID = text('Nothing to write: what is stored stays', '没有可写入的值：保持已存储的值');
const REGION = text('The region of the phone number', '手机号所属地区');

const saidAs = (source: string): TrialStep['what'] => text(`WeCom's ${source}`, `企业微信的 ${source}`);

/** How each field of one member comes by its value: the same calculations as in a run, written down. */
export function traceFields(member: Member, rules: MappingRules, paths: DepartmentPaths): readonly FieldTrial[] {
  const subject = memberSubject(member, paths);
  const fields: FieldTrial[] = [];
  for (const field of rules.mapping.fields) {
    const { said, warning } = saidIn(field, member, subject);
    const values: MappedValues = {};
    if (said.value !== null) mapField(values, field.target, said.value, rules.mapping);
    const value = values[field.target] ?? null;
    const how = value === null ? NOTHING_SAID : field.target === 'phone' ? NUMBER : TRIMMED;
    const steps = value === said.value ? [said] : [said, { what: how, value }];
    fields.push({ name: field.written, field: field.target, steps, ...present({ warning }) });
    if (field.target === 'phone' && rules.mapping.regionFromPhone) {
      const region = { what: REGION, value: values.countryCode ?? null };
      fields.push({ name: 'CountryCode', field: 'countryCode', steps: [region] });
    }
  }
  if (rules.accountName) {
    const outcome = rules.accountName.evaluate(subject);
    const name = 'value' in outcome ? outcome.value?.trim() || null : null;
    const warning = 'failure' in outcome ? accountNameFailed(outcome.failure) : undefined;
    fields.unshift({ name: 'Name', field: 'name', steps: [{ what: GIVES, value: name }], ...present({ warning }) });
  }
  return fields;
}

function saidIn(
  field: MappedField,
  member: Member,
  subject: Subject,
): { readonly said: TrialStep } & Pick<FieldTrial, 'warning'> {
  if ('source' in field) return { said: { what: saidAs(field.sourceName), value: field.source(member) ?? null } };
  const outcome = field.expression.evaluate(subject);
  return 'value' in outcome
    ? { said: { what: GIVES, value: outcome.value ?? null } }
    : { said: { what: GIVES, value: null }, warning: expressionFailed(field.target, outcome.failure) };
}

/** What the directory said, with the departments as expressions see them. */
export function toldOf(member: Member, paths: DepartmentPaths): Readonly<Record<string, unknown>> {
  const { names = [] } = paths.tags.of(member);
  const department = departmentsTold(member);
  const departments = department && paths.of(department);
  return { ...member, ...present({ department, departments, tags: names.length > 0 ? names : undefined }) };
}

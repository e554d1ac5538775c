import { Form, Input, InputNumber, Select, Switch, type FormItemProps } from 'antd';
import type { ReactNode } from 'react';
import type { FormFieldJson } from '../../host/api.ts';
import type { Messages } from '../language/english.ts';
import { useLanguage, useMessages, type Language } from '../language/language.ts';
import { ExpressionInput } from './expression-input.tsx';
import { MappingTable } from './mapping-table.tsx';
import { mappingProblem } from './mapping-problem.ts';
import { DirectoryChoice, SEPARATORS } from '../directory/directory-choice.tsx';

const pathOf = (name: string): string[] => name.split('.');
export const labelOf = (field: FormFieldJson, language: Language): string =>
  language === 'zh' ? field.labelZh : field.label;

type Rules = NonNullable<FormItemProps['rules']>;

function rulesOf(field: FormFieldJson, label: string, words: Messages['form'], language: Language): Rules {
  const rules: Rules = [];
  if (field.required) rules.push({ required: true, whitespace: true, message: words.fieldNeeded(label) });
  if (field.kind === 'departments' || field.kind === 'tags') {
    rules.push({
      validator: (_, ids: readonly unknown[] = []) =>
        ids.every((id) => /^\d+$/.test(String(id)))
          ? Promise.resolve()
          : Promise.reject(new Error(field.kind === 'tags' ? words.tagNumber : words.departmentNumber)),
    });
  }
  if (field.kind === 'mapping') {
    rules.push({
      validator: (_, rows) => {
        const problem = mappingProblem(rows, words, language);
        return problem === undefined ? Promise.resolve() : Promise.reject(new Error(problem));
      },
    });
  }
  return rules;
}

function inputOf(field: FormFieldJson, language: Language, words: Messages['form']): ReactNode {
  const options = field.options?.map(({ value, label, labelZh }) => ({
    value,
    label: language === 'zh' ? labelZh : label,
  }));
  if (field.multiline) return <Input.TextArea rows={4} autoComplete="off" spellCheck={false} />;
  if (field.secret) {
    // A password manager must not put the administrator's own password here.
    return <Input.Password autoComplete="new-password" onFocus={(event) => event.target.select()} />;
  }
  switch (field.kind) {
    case 'text':
      return <Input autoComplete="off" spellCheck={false} />;
    case 'expression':
      return <ExpressionInput />;
    case 'url':
      return <Input type="url" inputMode="url" autoComplete="off" placeholder="https://" />;
    case 'password':
      return <Input.Password autoComplete="new-password" />;
    case 'number':
      return <InputNumber />;
    case 'boolean':
      return <Switch />;
    case 'select':
      return <Select options={options ?? []} />;
    case 'departments':
    case 'tags':
      return <DirectoryChoice of={field.kind} />;
    case 'users':
      return (
        <Select
          mode="tags"
          open={false}
          suffixIcon={null}
          tokenSeparators={SEPARATORS}
          placeholder={words.usersPlaceholder}
        />
      );
    case 'mapping':
      return <MappingTable sources={(field.options ?? []).map(({ value }) => value)} />;
  }
}

/** What stands between backticks is meant letter by letter. */
const Help = ({ text }: { readonly text: string }): ReactNode =>
  text.split('`').map((part, place) => (place % 2 === 0 ? part : <code key={place}>{part}</code>));

/** One input of the form, as the syncer's type describes it. */
export function TypeField({ field }: { readonly field: FormFieldJson }): ReactNode {
  const { language } = useLanguage();
  const words = useMessages().form;
  const label = labelOf(field, language);
  const help = language === 'zh' ? field.helpZh : field.help;
  return (
    <Form.Item
      name={pathOf(field.name)}
      // The section of the mapping says the same, and a table has no label.
      label={field.kind === 'mapping' ? undefined : label}
      extra={help ? <Help text={help} /> : undefined}
      required={field.required}
      rules={rulesOf(field, label, words, language)}
      valuePropName={field.kind === 'boolean' ? 'checked' : 'value'}
      {...(field.kind === 'departments' || field.kind === 'tags'
        ? { normalize: (ids: readonly unknown[]) => ids.map((id) => (/^\d+$/.test(String(id)) ? Number(id) : id)) }
        : {})}
    >
      {inputOf(field, language, words)}
    </Form.Item>
  );
}

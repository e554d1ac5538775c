import { DeleteOutlined, FunctionOutlined, PlusOutlined } from '@ant-design/icons';
import { AutoComplete, Button, Flex, Form, Input, Select } from 'antd';
import type { ReactNode } from 'react';
import type { Authority, ColumnJson, ProfileField } from '../../host/api.ts';
import { useLanguage, useMessages } from '../language/language.ts';
import { ExpressionInput } from './expression-input.tsx';
import { isIdentity, keyOf, PROPERTIES, refusedRow, rowProblems, targetOf } from './mapping-problem.ts';
import './mapping-table.css';

/** Casdoor spells account fields with a capital letter here. */
const spelt = (field: string): string => field.charAt(0).toUpperCase() + field.slice(1);

const USUAL: readonly (readonly [string, string])[] = [
  ['userid', 'Id'],
  ['name', 'DisplayName'],
  ['email', 'Email'],
  ['mobile', 'Phone'],
  ['avatar', 'Avatar'],
  ['position', 'Title'],
  ['gender', 'Gender'],
];

const rowOf = (name: string, casdoorName: string): ColumnJson => ({
  name,
  casdoorName,
  type: 'string',
  isKey: false,
  isHashed: true,
  values: [],
});

interface MappingTableProps {
  readonly id?: string;
  /** Fields of the directory, offered while typing. */
  readonly sources: readonly string[];
  readonly value?: readonly ColumnJson[];
  readonly onChange?: (rows: readonly ColumnJson[]) => void;
}

function patched(row: ColumnJson, patch: RowPatch): ColumnJson {
  const { expression, ...others } = { ...row, ...patch };
  return expression === undefined ? others : { ...others, expression };
}

/** Which field of the directory feeds which field of the account. */
export function MappingTable({ id, sources, value = [], onChange }: MappingTableProps): ReactNode {
  const { form } = useMessages();
  const { language } = useLanguage();
  const problems = rowProblems(value, form, language);
  // What the host refused: its sentence stands below the table, and the row is marked.
  const refusal = Form.Item.useStatus().errors.find((error) => typeof error === 'string');
  const refused = refusal === undefined ? undefined : refusedRow(refusal);
  const usual = USUAL.filter(([name]) => sources.includes(name));
  return (
    <div className="mapping" id={id}>
      {value.length === 0 && <p className="quiet">{form.mappingEmpty}</p>}
      {value.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{form.mappingSource}</th>
              <th scope="col">{form.mappingTarget}</th>
              <th scope="col">{form.mappingAuthority}</th>
              <th aria-hidden="true" />
            </tr>
          </thead>
          <tbody>
            {value.map((row, index) => (
              <MappingRow
                // Rows have no name of their own: their place is who they are.
                key={index}
                row={row}
                position={index + 1}
                isRight={!problems.has(index) && refused !== index}
                isRefused={refused === index}
                sources={sources}
                change={(patch) =>
                  onChange?.(value.map((other, place) => (place === index ? patched(other, patch) : other)))
                }
                remove={() => onChange?.(value.filter((_, other) => other !== index))}
              />
            ))}
          </tbody>
        </table>
      )}
      <Flex gap={8} wrap>
        <Button icon={<PlusOutlined aria-hidden />} onClick={() => onChange?.([...value, rowOf('', '')])}>
          {form.mappingAdd}
        </Button>
        {value.length === 0 && usual.length > 0 && (
          <Button onClick={() => onChange?.(usual.map(([name, target]) => rowOf(name, target)))}>
            {form.mappingDefaults}
          </Button>
        )}
      </Flex>
    </div>
  );
}

/** Undefined takes the expression away. */
type RowPatch = Partial<Omit<ColumnJson, 'expression'>> & { readonly expression?: string | undefined };

interface MappingRowProps {
  readonly row: ColumnJson;
  /** Counted from 1. */
  readonly position: number;
  readonly isRight: boolean;
  readonly isRefused: boolean;
  readonly sources: readonly string[];
  readonly change: (patch: RowPatch) => void;
  readonly remove: () => void;
}

function MappingRow({ row, position, isRight, isRefused, sources, change, remove }: MappingRowProps): ReactNode {
  const { form } = useMessages();
  // The field as a whole is marked when it cannot be saved; rows that are right are kept out of that.
  const marked = isRight ? { status: 'success' as const } : {};
  return (
    <tr>
      <td data-label={form.mappingSource}>
        <SourceCell
          marked={marked}
          isRefused={isRefused}
          row={row}
          position={position}
          sources={sources}
          change={change}
        />
      </td>
      <td data-label={form.mappingTarget}>
        <TargetSelect marked={marked} row={row} position={position} change={change} />
      </td>
      <td data-label={form.mappingAuthority}>
        {!isIdentity(row) && (
          <Select<Authority>
            {...marked}
            aria-label={`${form.mappingAuthority}, ${form.mappingRow(position)}`}
            value={row.authority || 'always'}
            options={(['always', 'createOnly', 'whenEmpty'] as const).map((authority) => ({
              value: authority,
              label: form.authorities[authority],
            }))}
            onChange={(authority) => change({ authority })}
          />
        )}
      </td>
      <td>
        <Button
          type="text"
          icon={<DeleteOutlined aria-hidden />}
          aria-label={form.mappingRemove(position)}
          onClick={remove}
        />
      </td>
    </tr>
  );
}

type SourceCellProps = Pick<MappingRowProps, 'row' | 'position' | 'isRefused' | 'sources' | 'change'> & {
  readonly marked: { readonly status?: 'success' };
};

/** A field of the directory, or an expression in its place. */
function SourceCell({ marked, isRefused, row, position, sources, change }: SourceCellProps): ReactNode {
  const { form } = useMessages();
  const label = `${form.mappingSource}, ${form.mappingRow(position)}`;
  const isExpression = row.expression !== undefined;
  return (
    <Flex gap={4} align="flex-start">
      {isExpression ? (
        <ExpressionInput
          {...marked}
          aria-label={`${form.mappingExpression}, ${form.mappingRow(position)}`}
          placeholder={form.mappingExpressionExample}
          value={row.expression}
          isRefused={isRefused}
          onChange={({ target }) => change({ expression: target.value })}
        />
      ) : (
        <AutoComplete
          {...marked}
          aria-label={label}
          value={row.name}
          disabled={isIdentity(row)}
          className="mapping-source"
          showSearch={{
            filterOption: (typed, option) => option?.value.toLowerCase().includes(typed.toLowerCase()) ?? false,
          }}
          options={sources.map((source) => ({ value: source }))}
          onChange={(name: string) => change({ name: name.trim() })}
        />
      )}
      {!isIdentity(row) && (
        <Button
          type={isExpression ? 'default' : 'text'}
          icon={<FunctionOutlined aria-hidden />}
          aria-label={form.mappingAsExpression(position)}
          title={form.mappingAsExpression(position)}
          aria-pressed={isExpression}
          onClick={() => change({ expression: isExpression ? undefined : fieldExpression(row.name) })}
        />
      )}
    </Flex>
  );
}

/** A row goes on to mean what it meant; a field that is not told is no failure. */
const fieldExpression = (name: string): string =>
  /^[a-z_]+$/.test(name) ? `has(member.${name}) ? member.${name} : dyn(null)` : '';

interface TargetSelectProps {
  readonly marked: { readonly status?: 'success' };
  readonly row: ColumnJson;
  /** Counted from 1. */
  readonly position: number;
  readonly change: (patch: RowPatch) => void;
}

function TargetSelect({ marked, row, position, change }: TargetSelectProps): ReactNode {
  const { form, accountFields } = useMessages();
  const label = `${form.mappingTarget}, ${form.mappingRow(position)}`;
  if (isIdentity(row)) {
    return (
      <Select
        aria-label={label}
        disabled
        value={targetOf(row)}
        options={[{ value: targetOf(row), label: form.mappingIdentity }]}
      />
    );
  }
  const fields = Object.keys(accountFields) as ProfileField[];
  const known = fields.find((field) => field.toLowerCase() === targetOf(row).toLowerCase());
  const key = keyOf(row);
  const feed = (target: string): void =>
    change('iamName' in row && !('casdoorName' in row) ? { iamName: target } : { casdoorName: target });
  return (
    <Flex vertical gap={4}>
      <Select
        {...marked}
        aria-label={label}
        showSearch={{ optionFilterProp: 'label' }}
        value={key === undefined ? (known ? spelt(known) : targetOf(row) || null) : PROPERTIES}
        options={[
          ...fields.map((field) => ({ value: spelt(field), label: accountFields[field] })),
          { value: PROPERTIES, label: form.mappingProperty },
        ]}
        onChange={feed}
      />
      {key !== undefined && (
        <Input
          {...marked}
          aria-label={`${form.mappingKey}, ${form.mappingRow(position)}`}
          prefix={<span className="quiet">properties.</span>}
          placeholder="costCenter"
          value={key}
          maxLength={64}
          autoComplete="off"
          spellCheck={false}
          onChange={({ target }) => feed(`${PROPERTIES}${target.value}`)}
        />
      )}
    </Flex>
  );
}

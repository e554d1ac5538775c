import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Form, Input, TreeSelect } from 'antd';
import { useMemo, type ReactNode } from 'react';
import type { GroupNodeJson } from '../../../host/api.ts';
import { getGroupTree } from '../../api/calls.ts';
import { IS_MOUNTED } from '../../api/place.ts';
import { TreePopup } from '../../directory/drawn-choice.tsx';
import { useMessages } from '../../language/language.ts';
import { sentenceOf } from '../../parts/notices.ts';

/** Below which group the tree of departments hangs. */
export function ParentGroupField(): ReactNode {
  const words = useMessages().form;
  return (
    <Form.Item name="parentGroup" label={words.parentGroup} extra={words.parentGroupHelp}>
      {/* Where accounts and groups are somebody else's there is no list of them. */}
      {IS_MOUNTED ? <Input autoComplete="off" spellCheck={false} maxLength={100} /> : <GroupSelect />}
    </Form.Item>
  );
}

interface GroupSelectProps {
  // Given by Form.Item.
  readonly id?: string;
  readonly value?: string;
  readonly onChange?: (name: string) => void;
}

interface GroupOption {
  readonly value: string;
  readonly title: string;
  readonly children: GroupOption[];
}

const optionOf = ({ key, title, children }: GroupNodeJson): GroupOption => ({
  value: key,
  title,
  children: children.map(optionOf),
});

const isAmong = (name: string, options: readonly GroupOption[]): boolean =>
  options.some(({ value, children }) => value === name || isAmong(name, children));

function GroupSelect({ id, value = '', onChange }: GroupSelectProps): ReactNode {
  const words = useMessages().form;
  const organization = Form.useWatch<string | undefined>('organization') ?? '';
  const tree = useQuery({
    queryKey: ['groups', organization],
    queryFn: () => getGroupTree(organization),
    enabled: organization !== '',
    staleTime: 60_000,
  });
  const options = useMemo(() => tree.data?.content.map(optionOf), [tree.data]);
  const isGone = options !== undefined && value !== '' && !isAmong(value, options);
  const named = id === undefined ? {} : { id };
  if (tree.isError) {
    return (
      <>
        <Input {...named} value={value} spellCheck={false} onChange={({ target }) => onChange?.(target.value)} />
        <Alert
          type="warning"
          showIcon
          role="alert"
          className="field-problem"
          title={words.parentGroupUnread}
          description={sentenceOf(tree.error)}
          action={
            <Button size="small" loading={tree.isFetching} onClick={() => void tree.refetch()}>
              {words.choices.again}
            </Button>
          }
        />
      </>
    );
  }
  return (
    <TreeSelect
      {...named}
      {...(value === '' ? {} : { value: { value, ...(isGone ? { label: words.choices.gone(value) } : {}) } })}
      labelInValue
      treeData={options ?? []}
      loading={tree.isFetching}
      placeholder={words.parentGroupNone}
      allowClear
      showSearch={{ treeNodeFilterProp: 'title' }}
      treeLine
      popupRender={(menu) => <TreePopup field={id}>{menu}</TreePopup>}
      {...(isGone ? { status: 'warning' as const } : {})}
      onChange={(chosen: { readonly value: string } | undefined) => onChange?.(chosen?.value ?? '')}
    />
  );
}

import { useQuery } from '@tanstack/react-query';
import { Form, Input, TreeSelect } from 'antd';
import type { ReactNode } from 'react';
import type { GroupNodeJson } from '../../../host/api.ts';
import { getGroupTree } from '../../api/calls.ts';
import { IS_MOUNTED } from '../../api/place.ts';
import { useMessages } from '../../language/language.ts';

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

function GroupSelect({ id, value = '', onChange }: GroupSelectProps): ReactNode {
  const words = useMessages().form;
  const organization = Form.useWatch<string | undefined>('organization') ?? '';
  const tree = useQuery({
    queryKey: ['groups', organization],
    queryFn: () => getGroupTree(organization),
    enabled: organization !== '',
    staleTime: 60_000,
  });
  return (
    <TreeSelect
      {...(id === undefined ? {} : { id })}
      {...(value === '' ? {} : { value })}
      treeData={(tree.data?.content ?? []).map(optionOf)}
      loading={tree.isFetching}
      placeholder={words.parentGroupNone}
      allowClear
      showSearch={{ treeNodeFilterProp: 'title' }}
      treeLine
      onChange={(name: string | undefined) => onChange?.(name ?? '')}
    />
  );
}

import { useQuery } from '@tanstack/react-query';
import { Input, TreeSelect } from 'antd';
import { useMemo, useState, type ReactNode } from 'react';
import type { SyncerJson } from '../../host/api.ts';
import { useMessages } from '../language/language.ts';
import { sentenceOf } from '../parts/notices.ts';
import { choiceTree, openAt } from './choice-tree.ts';
import { directoryQuery } from './directory-source.ts';
import { drawChoices, TreePopup } from './drawn-choice.tsx';
import './directory-choice.css';

interface DepartmentInputProps {
  /** Whose directory it is in; undefined: none that lists its departments. */
  readonly syncer: Pick<SyncerJson, 'organization' | 'name'> | undefined;
  // Given by Form.Item.
  readonly id?: string;
  readonly value?: string;
  readonly onChange?: (id: string) => void;
}

/** One department, chosen from the directory of a stored syncer, or by its id where that shows nothing. */
export function DepartmentInput({ syncer, id, value = '', onChange }: DepartmentInputProps): ReactNode {
  const words = useMessages().form.choices;
  const [search, setSearch] = useState('');
  const list = useQuery(
    directoryQuery('departments', syncer && { organization: syncer.organization, name: syncer.name }),
  );
  const tree = useMemo(
    () =>
      drawChoices(
        choiceTree(list.data ?? [], { chosen: new Set(), withChildren: false }),
        'departments',
        words,
        () => false,
      ),
    [list.data, words],
  );
  const named = id === undefined ? {} : { id };
  if (!syncer || list.isError) {
    return (
      <>
        <Input
          {...named}
          value={value}
          maxLength={255}
          autoComplete="off"
          spellCheck={false}
          onChange={({ target }) => onChange?.(target.value)}
        />
        {list.isError && (
          <p className="directory-missing" role="alert">
            {words.departments.failed} {sentenceOf(list.error)}
          </p>
        )}
      </>
    );
  }
  return (
    <TreeSelect
      {...named}
      {...(value === '' ? {} : { value: Number(value) })}
      treeData={tree}
      treeNodeLabelProp="label"
      showSearch={{ searchValue: search, onSearch: setSearch, treeNodeFilterProp: 'search' }}
      treeDefaultExpandedKeys={openAt(list.data ?? [], new Set([Number(value)]))}
      // The first level is open as soon as it is there.
      key={list.isPending ? 'reading' : 'read'}
      loading={list.isFetching}
      placeholder={list.isFetching ? words.reading : words.departments.one}
      popupRender={(menu) => <TreePopup field={id}>{menu}</TreePopup>}
      classNames={{ popup: { root: 'choice-popup' } }}
      notFoundContent={<p className="choice-note">{list.isFetching ? words.reading : words.nothingFound}</p>}
      // What is not below the dialog is behind it.
      getPopupContainer={(trigger: HTMLElement) => trigger.parentElement ?? document.body}
      onChange={(chosen: number | undefined) => onChange?.(chosen === undefined ? '' : String(chosen))}
    />
  );
}

import { NumberOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Form, Select, Spin, TreeSelect } from 'antd';
import { useMemo, useState, type ReactNode } from 'react';
import type { DirectoryList, SyncerPatch } from '../api/calls.ts';
import { useMessages } from '../language/language.ts';
import { sentenceOf } from '../parts/notices.ts';
import { choiceTree, isUnnamed, missingFrom, openAt, type Choice } from './choice-tree.ts';
import { drawChoices, TreePopup } from './drawn-choice.tsx';
import { directoryQuery, useDirectorySource } from './directory-source.ts';
import './directory-choice.css';

/** Lists are pasted from anywhere, also with Chinese commas. */
export const SEPARATORS = [',', '\uff0c', '\u3001', ';', ' ', '\n'];

/** A number; a text where a person typed something else. */
type Id = number | string;

/** What Form.Item gives. */
interface Given {
  readonly id?: string;
  readonly value?: readonly Id[];
  readonly onChange?: (ids: readonly Id[]) => void;
}

interface DirectoryChoiceProps extends Given {
  readonly of: DirectoryList;
}

/** Departments or tags, chosen from what the directory shows, or by their ids where it shows nothing. */
export function DirectoryChoice({ of, ...given }: DirectoryChoiceProps): ReactNode {
  const words = useMessages().form;
  const { canList } = useDirectorySource();
  const list = useDirectoryList(of, (given.value ?? []).length > 0);
  const [byHand, setByHand] = useState<boolean>();
  if (!canList) return <IdInput of={of} {...given} />;
  const isTyped = byHand ?? list.error !== null;
  const missing = list.choices && !isTyped ? missingFrom(list.choices, given.value ?? []) : [];
  const retry = (): void => {
    setByHand(undefined);
    void list.read();
  };
  return (
    <>
      <div className="directory-choice">
        {isTyped ? <IdInput of={of} {...given} /> : <ChoiceSelect of={of} list={list} {...given} />}
        <Button
          type={isTyped ? 'default' : 'text'}
          icon={<NumberOutlined aria-hidden />}
          aria-label={words.choices[of].byId}
          title={words.choices[of].byId}
          aria-pressed={isTyped}
          onClick={() => setByHand(!isTyped)}
        />
      </div>
      {list.error !== null && (
        <Alert
          type="warning"
          showIcon
          role="alert"
          className="field-problem"
          title={words.choices[of].failed}
          description={sentenceOf(list.error)}
          action={
            <Button size="small" loading={list.isReading} onClick={retry}>
              {words.choices.again}
            </Button>
          }
        />
      )}
      {missing.length > 0 && <p className="directory-missing">{words.choices[of].missing(missing.join(', '))}</p>}
    </>
  );
}

interface DirectoryListState {
  readonly choices: readonly Choice[] | undefined;
  readonly error: Error | null;
  readonly isReading: boolean;
  /** The connection is not filled in yet. */
  readonly isUnconnected: boolean;
  readonly read: () => Promise<void>;
}

/** @param isNeeded something is chosen already, which should be called by its name */
function useDirectoryList(of: DirectoryList, isNeeded: boolean): DirectoryListState {
  const source = useDirectorySource();
  const [asked, setAsked] = useState<SyncerPatch | undefined>(() =>
    source.canList && source.isReady && isNeeded ? source.connection() : undefined,
  );
  const [isUnconnected, setUnconnected] = useState(false);
  const list = useQuery(directoryQuery(of, asked));
  const read = async (): Promise<void> => {
    const isComplete = await source.check();
    setUnconnected(!isComplete);
    if (!isComplete) return;
    const connection = source.connection();
    setAsked(connection);
    if (list.isError && JSON.stringify(connection) === JSON.stringify(asked)) await list.refetch();
  };
  const { data: choices, error, isFetching: isReading } = list;
  return { choices: asked === undefined ? undefined : choices, error, isReading, isUnconnected, read };
}

interface ChoiceSelectProps extends DirectoryChoiceProps {
  readonly list: DirectoryListState;
}

/** A tree, of which those that are on the screen are drawn; a directory may have ten thousand departments. */
function ChoiceSelect({ of, list, id, value = [], onChange }: ChoiceSelectProps): ReactNode {
  const words = useMessages().form;
  const [search, setSearch] = useState('');
  const [opened, setOpened] = useState<readonly (string | number | bigint)[]>();
  const withChildren = Form.useWatch<boolean | undefined>(['scope', 'includeChildren']) === true;
  const { choices = NO_CHOICES } = list;
  const tree = useMemo(() => {
    const nodes = choiceTree(choices, { chosen: new Set(value), withChildren });
    return drawChoices(nodes, of, words.choices, (number) => value.includes(number));
  }, [choices, value, withChildren, words, of]);
  const known = useMemo(() => new Set<unknown>(choices.map(({ id: number }) => number)), [choices]);
  const shown = value.map((one) => ({
    value: one,
    // What is not in the list has no other name.
    ...(known.has(one) ? {} : { label: list.choices ? words.choices.gone(String(one)) : String(one) }),
  }));
  const expanded = opened ?? openAt(choices, new Set(value));
  return (
    <TreeSelect
      {...(id === undefined ? {} : { id })}
      value={shown}
      treeData={tree}
      treeCheckable
      treeCheckStrictly
      treeNodeLabelProp="label"
      showSearch={{
        searchValue: search,
        onSearch: setSearch,
        autoClearSearchValue: false,
        treeNodeFilterProp: 'search',
      }}
      // What was found is opened by the tree itself.
      {...(search === '' ? { treeExpandedKeys: [...expanded] as number[] } : {})}
      onTreeExpand={(keys) => search === '' && setOpened(keys)}
      loading={list.isReading}
      placeholder={words.choices[of].placeholder}
      allowClear
      listHeight={320}
      classNames={{ popup: { root: of === 'tags' ? 'choice-popup choice-popup-flat' : 'choice-popup' } }}
      popupRender={(menu) => (
        <TreePopup field={id}>
          {menu}
          {choices.some(isUnnamed) && <p className="choice-note">{words.choices.unnamed}</p>}
        </TreePopup>
      )}
      notFoundContent={<Nothing of={of} list={list} isSearched={search !== ''} />}
      onOpenChange={(isOpen) => void (isOpen && list.read())}
      onChange={(chosen: readonly { readonly value: Id }[]) => onChange?.(chosen.map((one) => one.value))}
    />
  );
}

const NO_CHOICES: readonly Choice[] = [];

function Nothing({ of, list, isSearched }: Omit<ChoiceSelectProps, keyof Given> & { readonly isSearched: boolean }) {
  const words = useMessages().form.choices;
  if (list.isUnconnected) return <p className="choice-note">{words.unconnected}</p>;
  if (list.choices && !list.isReading)
    return <p className="choice-note">{isSearched ? words.nothingFound : words[of].none}</p>;
  return (
    <p className="choice-note">
      <Spin size="small" /> {words.reading}
    </p>
  );
}

function IdInput({ of, id, value = [], onChange }: DirectoryChoiceProps): ReactNode {
  const words = useMessages().form;
  return (
    <Select<Id[]>
      {...(id === undefined ? {} : { id })}
      mode="tags"
      open={false}
      suffixIcon={null}
      tokenSeparators={SEPARATORS}
      placeholder={words[`${of}Placeholder`]}
      value={[...value]}
      onChange={(ids) => onChange?.(ids)}
    />
  );
}

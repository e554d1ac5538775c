import type { ReactNode } from 'react';
import type { DirectoryList } from '../api/calls.ts';
import type { Messages } from '../language/english.ts';
import { isUnnamed, type ChoiceNode } from './choice-tree.ts';

/** What Ant Design draws of a department or a tag. */
export interface DrawnChoice {
  readonly value: number;
  /** In the list, with its id. */
  readonly title: ReactNode;
  /** Once it is chosen. */
  readonly label: string;
  /** What is typed to find it. */
  readonly search: string;
  readonly disableCheckbox: boolean;
  readonly children: DrawnChoice[];
}

/** @param isChosen one that comes along with another needs no mark of its own, and keeps one that it has */
export const drawChoices = (
  nodes: readonly ChoiceNode[],
  of: DirectoryList,
  words: Messages['form']['choices'],
  isChosen: (id: number) => boolean,
): DrawnChoice[] =>
  nodes.map((node) => {
    const { id, name, comesAlong, children } = node;
    const label = isUnnamed(node) ? words[of].unnamed(String(id)) : name;
    return {
      value: id,
      title: (
        <span className={comesAlong ? 'choice-title quiet' : 'choice-title'}>
          <span title={label}>{label}</span>
          <span className="quiet">{comesAlong ? words.comesAlong : id}</span>
        </span>
      ),
      label,
      search: `${name} ${id}`,
      disableCheckbox: comesAlong && !isChosen(id),
      children: drawChoices(children, of, words, isChosen),
    };
  });

interface TreePopupProps {
  /** Of the field; Ant Design says that it owns a list of this name, and gives no tree the name. */
  readonly field: string | undefined;
  readonly children: ReactNode;
}

/** What opens below a field that one chooses from a tree: named, so that readers of the screen find it. */
export const TreePopup = ({ field, children }: TreePopupProps): ReactNode => (
  <div {...(field === undefined ? {} : { id: `${field}_list` })}>{children}</div>
);

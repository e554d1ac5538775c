import { useQuery } from '@tanstack/react-query';
import { Skeleton, Tree, type TreeDataNode } from 'antd';
import { useDeferredValue, useMemo, useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import type { GroupNodeJson } from '../../host/api.ts';
import { getGroupTree } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Blank } from '../parts/blank.tsx';
import { OrganizationSelect, useChosenOrganization } from '../parts/organization-select.tsx';
import { SearchField } from '../parts/paged-table.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';
import './groups-page.css';

const usersIn = ({ owner, key }: Pick<GroupNodeJson, 'owner' | 'key'>): string =>
  `/users?organization=${encodeURIComponent(owner)}&group=${encodeURIComponent(`${owner}/${key}`)}`;

/** Only groups with the text in their name, and those above them. */
function matching(nodes: readonly GroupNodeJson[], needle: string): GroupNodeJson[] {
  return nodes.flatMap((node) => {
    if (node.title.toLowerCase().includes(needle)) return [node];
    const children = matching(node.children, needle);
    return children.length > 0 ? [{ ...node, children }] : [];
  });
}

/** What Ant Design draws; the key says which group it is. */
interface GroupNode extends TreeDataNode {
  readonly group: GroupNodeJson;
  children: GroupNode[];
}

const drawn = (group: GroupNodeJson): GroupNode => ({
  key: group.key,
  title: group.title,
  group,
  children: group.children.map(drawn),
});

const keysOf = (nodes: readonly GroupNodeJson[]): string[] =>
  nodes.flatMap((node) => [node.key, ...keysOf(node.children)]);

/** So many rows of the tree are drawn at a time. */
const TREE_HEIGHT = 640;

export function GroupsPage(): ReactNode {
  const words = useMessages().groups;
  const [organization, choose] = useChosenOrganization();
  const [search, setSearch] = useState('');
  const needle = useDeferredValue(search.trim().toLowerCase());
  const tree = useQuery({
    queryKey: ['groups', organization],
    queryFn: () => getGroupTree(organization),
    enabled: organization !== '',
    staleTime: 60_000,
  });
  const all = tree.data?.content;
  const shown = useMemo(() => (needle === '' ? (all ?? []) : matching(all ?? [], needle)), [all, needle]);
  return (
    <>
      <PageHeader
        title={words.title}
        lead={words.lead}
        actions={<OrganizationSelect value={organization} onChange={choose} />}
      />
      {tree.isError && <Problem error={tree.error} retry={() => void tree.refetch()} />}
      {tree.isPending && <Skeleton active />}
      {all?.length === 0 && <Blank title={words.emptyTitle} text={words.emptyText} />}
      {all && all.length > 0 && (
        <section className="panel" aria-label={words.title}>
          <div className="toolbar">
            <SearchField label={words.search} value={search} onChange={setSearch} />
          </div>
          {shown.length === 0 ? (
            <p className="quiet">{words.nothingFound}</p>
          ) : (
            // Drawn anew with a new search, so that what was found is open.
            <GroupTree key={`${organization} ${needle}`} nodes={shown} openAll={needle !== ''} />
          )}
        </section>
      )}
    </>
  );
}

interface GroupTreeProps {
  readonly nodes: readonly GroupNodeJson[];
  readonly openAll: boolean;
}

function GroupTree({ nodes, openAll }: GroupTreeProps): ReactNode {
  const words = useMessages().groups;
  const formats = useFormats();
  const navigate = useNavigate();
  const treeData = useMemo(() => nodes.map(drawn), [nodes]);
  // The company and its departments; what is below opens by hand.
  const open = openAll ? keysOf(nodes) : nodes.map(({ key }) => key);
  return (
    <Tree<GroupNode>
      blockNode
      className="group-tree"
      aria-label={words.tree}
      height={TREE_HEIGHT}
      defaultExpandedKeys={open}
      treeData={treeData}
      titleRender={({ group }) => (
        <span className="group-node">
          <span>{group.title}</span>
          <span className="quiet">{words.members(formats.number(group.userCount))}</span>
        </span>
      )}
      onSelect={(_keys, { node }) => void navigate(usersIn(node.group))}
    />
  );
}

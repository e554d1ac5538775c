import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { GroupNodeJson } from '../../host/api.ts';
import { getGroupTree } from '../api/calls.ts';
import { IS_MOUNTED } from '../api/place.ts';

/** What the groups of an organization are called, by `ORG/GROUP`. */
export function useGroupTitles(organization: string): ReadonlyMap<string, string> {
  const tree = useQuery({
    queryKey: ['groups', organization],
    queryFn: () => getGroupTree(organization),
    enabled: organization !== '' && !IS_MOUNTED,
    staleTime: 300_000,
  });
  return useMemo(() => {
    const titles = new Map<string, string>();
    const collect = (nodes: readonly GroupNodeJson[]): void => {
      for (const node of nodes) {
        titles.set(`${node.owner}/${node.key}`, node.title);
        collect(node.children);
      }
    };
    collect(tree.data?.content ?? []);
    return titles;
  }, [tree.data]);
}

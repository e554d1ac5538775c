import type { Group, HeldGroup } from '../../identity/group.ts';

/** A group that is held and is there. */
export type StandingGroup = HeldGroup & { readonly group: Group };

/** Groups of ours whose department is gone. */
export interface GoneGroups {
  /** Nobody else is in them; children before parents. */
  readonly free: readonly StandingGroup[];
  /** Names of the others. */
  readonly kept: readonly string[];
}

/**
 * Takes out of the groups that are free to go those above one that stays: the tree would lose its branch.
 *
 * @param free names; changed in place
 */
export function spareBranches(free: Set<string>, held: Iterable<HeldGroup>, parentOf: (group: Group) => string): void {
  const groups = [...held].flatMap(({ group }) => group ?? []);
  for (let grew = true; grew;) {
    grew = false;
    for (const group of groups) if (!free.has(group.name) && free.delete(parentOf(group))) grew = true;
  }
}

/** The order in which groups can be removed. */
export function childrenFirst(groups: readonly StandingGroup[]): StandingGroup[] {
  const byName = new Map(groups.map((entry) => [entry.group.name, entry]));
  const depth = (entry: StandingGroup, seen = new Set<string>()): number => {
    const parent = byName.get(entry.group.parentId);
    if (!parent || seen.has(entry.group.name)) return 0;
    return 1 + depth(parent, seen.add(entry.group.name));
  };
  const depths = new Map(groups.map((entry) => [entry, depth(entry)]));
  return [...groups].sort((a, b) => (depths.get(b) ?? 0) - (depths.get(a) ?? 0));
}

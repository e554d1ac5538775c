import type { Group, HeldGroup } from '../../../identity/group.ts';

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
  const parents = new Map([...held].flatMap(({ group }) => (group ? [[group.name, parentOf(group)] as const] : [])));
  for (const [name, parent] of parents) {
    if (free.has(name)) continue;
    // Whoever is above one that stays now was looked at before or is looked at here, so each group is walked over once.
    for (let above: string | undefined = parent; above !== undefined && free.delete(above);) above = parents.get(above);
  }
}

/**
 * The order in which groups can be removed. Without recursion: the directory says how deep the tree is, and could make
 * it deeper than the stack.
 */
export function childrenFirst(groups: readonly StandingGroup[]): StandingGroup[] {
  const byName = new Map(groups.map((entry) => [entry.group.name, entry]));
  const depths = new Map<StandingGroup, number>();
  for (const entry of groups) {
    const path = new Set<StandingGroup>();
    let above: StandingGroup | undefined = entry;
    // A circle ends where it began.
    while (above && !depths.has(above) && !path.has(above)) {
      path.add(above);
      above = byName.get(above.group.parentId);
    }
    let depth = (above && depths.get(above)) ?? -1;
    for (const passed of [...path].toReversed()) depths.set(passed, (depth += 1));
  }
  return groups.toSorted((a, b) => (depths.get(b) ?? 0) - (depths.get(a) ?? 0));
}

/** A department or a tag, as the directory tells it. */
export interface Choice {
  readonly id: number;
  readonly name: string;
  /** Absent, unknown or not among the choices: it stands at the top. */
  readonly parentId?: number;
}

/** A choice with those below it. */
export interface ChoiceNode extends Choice {
  /** It comes along with one above it that is chosen, and need not be chosen itself. */
  readonly comesAlong: boolean;
  readonly children: ChoiceNode[];
}

/** Directories that keep names to themselves tell the id in their place. */
export const isUnnamed = ({ id, name }: Choice): boolean => name === String(id);

interface Branching {
  readonly chosen: ReadonlySet<unknown>;
  /** Whether what is below a chosen one comes along. */
  readonly withChildren: boolean;
}

/**
 * @param choices parents first; one that is told before its parent stands at the top, so that no circle hides any
 */
export function choiceTree(choices: readonly Choice[], { chosen, withChildren }: Branching): ChoiceNode[] {
  const tops: ChoiceNode[] = [];
  const placed = new Map<number, ChoiceNode>();
  for (const choice of choices) {
    const parent = choice.parentId === undefined ? undefined : placed.get(choice.parentId);
    const comesAlong = withChildren && parent !== undefined && (parent.comesAlong || chosen.has(parent.id));
    const node: ChoiceNode = { ...choice, comesAlong, children: [] };
    placed.set(choice.id, node);
    (parent?.children ?? tops).push(node);
  }
  return tops;
}

/** What is chosen and not among the choices: deleted, out of sight, or mistyped. */
export function missingFrom(choices: readonly Choice[], chosen: readonly unknown[]): readonly unknown[] {
  const known = new Set<unknown>(choices.map(({ id }) => id));
  return chosen.filter((id) => !known.has(id));
}

/** What has to be open, so that the first level and everything chosen is seen. */
export function openAt(choices: readonly Choice[], chosen: ReadonlySet<unknown>): number[] {
  const parents = new Map(choices.map(({ id, parentId }) => [id, parentId]));
  const open = new Set<number>();
  for (const { id, parentId } of choices) {
    if (parentId === undefined || !parents.has(parentId)) open.add(id);
    if (!chosen.has(id)) continue;
    for (let above = parentId; above !== undefined && parents.has(above); above = parents.get(above)) {
      // One that is open has those above it open, too; in a circle it ends the walk.
      if (open.has(above)) break;
      open.add(above);
    }
  }
  return [...open];
}

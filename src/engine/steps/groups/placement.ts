import { keyOf, type ExternalKey } from '../../../syncer/external-id.ts';
import type { GroupProfile } from '../../../syncer/profile.ts';
import type { GroupPlan } from '../../plan/groups/group.ts';
import type { RunContext } from '../run-context.ts';
import type { GroupsRead } from './groups-read.ts';

/** What is known of the tree before it is planned. */
export interface Tree {
  /** False: a department could not be read, so one that is not shown may exist all the same. */
  readonly isWhole: boolean;
  /** Parents of the groups that this syncer holds, as they stand. */
  readonly standing: ReadonlyMap<string, string>;
}

/** Where groups hang, as far as it is known: what is planned on this page, what was planned before, what stands. */
export class Placement {
  readonly #tree: Tree;
  readonly #read: GroupsRead;
  readonly #context: RunContext;
  readonly #names = new Map<ExternalKey, string>();
  readonly #parents = new Map<string, string>();

  constructor(tree: Tree, read: GroupsRead, context: RunContext) {
    this.#tree = tree;
    this.#read = read;
    this.#context = context;
  }

  note(plan: GroupPlan): void {
    if (plan.groupName === undefined) return;
    this.#names.set(plan.userid.toLowerCase() as ExternalKey, plan.groupName);
    if (plan.parentId !== undefined) this.#parents.set(plan.groupName, plan.parentId);
  }

  /**
   * A parent that nobody shows is out of sight, and its child a top group; but not while a department could not be read,
   * for it may be that one. And a parent that was shown, but has no group for whatever reason, moves nobody to the top.
   */
  parentOf({ externalId, parent }: GroupProfile): string | null | undefined {
    if (parent === undefined || parent === null) return parent;
    const key = keyOf(parent);
    const wasShown = this.#read.seen.has(key);
    if (!wasShown && this.#tree.isWhole) return null;
    const name = this.#nameOf(key);
    // Beside a parent that is kept because it is unknown, a known one may close a circle: then neither moves.
    return name === undefined || this.#isBelow(name, this.#nameOf(keyOf(externalId))) ? undefined : name;
  }

  #nameOf(key: ExternalKey): string | undefined {
    const prefix = `${this.#context.settings.organization}/`.length;
    return this.#names.get(key) ?? this.#read.groupNames?.get(key)?.slice(prefix);
  }

  /** Whether a group is another one, or hangs below it. */
  #isBelow(group: string, top: string | undefined): boolean {
    if (top === undefined) return false;
    const passed = new Set<string>();
    for (let name: string | undefined = group; name !== undefined && !passed.has(name); name = this.#above(name)) {
      if (name === top) return true;
      passed.add(name);
    }
    return false;
  }

  #above(group: string): string | undefined {
    return this.#parents.get(group) ?? this.#read.parentOf.get(group) ?? this.#tree.standing.get(group);
  }
}

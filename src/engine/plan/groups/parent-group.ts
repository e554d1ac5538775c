import { ConfigError } from '../../../syncer/errors.ts';
import { text, type Text } from '../../../syncer/text.ts';

/** A group as far as it matters to whoever wants to hang a tree below it. */
export interface PlacedGroup {
  /** Name of the group above it, or of the organization. */
  readonly parentId: string;
  /** Whether the syncer that asks made it. */
  readonly isOurs: boolean;
}

/**
 * Makes sure that the tree of departments can hang below a group: one of the organization, and no part of that tree, for
 * then whatever reads the tree would go round in it without end.
 *
 * @param find the group of the organization that has exactly this name
 * @throws ConfigError naming the group
 */
export async function requireParentGroup(
  name: string,
  organization: string,
  find: (name: string) => PlacedGroup | undefined | Promise<PlacedGroup | undefined>,
): Promise<void> {
  const passed = new Set<string>();
  for (let at = name; ;) {
    const group = await find(at);
    if (!group && at === name) throw refused(name, missing(organization));
    // What Casdoor's own syncers make hangs below nothing.
    if (!group) return;
    if (group.isOurs) throw refused(name, at === name ? OURS : BELOW_OURS);
    passed.add(at);
    at = group.parentId;
    if (passed.has(at)) throw refused(name, CIRCLE);
  }
}

const refused = (name: string, problem: Text): ConfigError =>
  new ConfigError(
    text(
      `The parent group (parentGroup) "${name}" ${problem.en}. Choose another one, or none.`,
      `上级群组(parentGroup)“${name}”${problem.zh}。请选择其他群组，或留空。`,
    ),
  );

const missing = (organization: string): Text =>
  text(`does not exist in the organization "${organization}"`, `在组织“${organization}”中不存在`);
const OURS = text('was made by this syncer', '由此同步器创建');
const BELOW_OURS = text('hangs below a group that this syncer made', '位于此同步器所创建的群组之下');
const CIRCLE = text('hangs below itself', '位于其自身之下');

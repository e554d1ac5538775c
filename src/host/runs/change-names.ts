import type { Change, ChangeKind } from '../../identity/change.ts';
import type { DisplayNames } from '../../storage/accounts/display-names.ts';

/** Whose change it is: an account's, or a group's. */
const IS_GROUP: ReadonlySet<ChangeKind> = new Set(['createGroup', 'updateGroup', 'removeGroup']);

/** Who knows what people and groups are called. */
export type NameSource = Pick<DisplayNames, 'ofUsers' | 'ofGroups'>;

/** What the people and groups in a list of changes are called. */
export class ChangeNames {
  readonly #names: NameSource;

  constructor(names: NameSource) {
    this.#names = names;
  }

  /** In the order of the changes; undefined where nobody knows a name. */
  async of(changes: readonly Change[]): Promise<readonly (string | undefined)[]> {
    const named = (isGroup: boolean): readonly string[] =>
      changes.flatMap(({ kind, user }) => (IS_GROUP.has(kind) === isGroup ? [user] : []));
    const users = await this.#names.ofUsers(named(false));
    const groups = await this.#names.ofGroups(named(true));
    return changes.map((change) => {
      const names = IS_GROUP.has(change.kind) ? groups : users;
      return names.get(change.user.toLowerCase()) ?? statedIn(change);
    });
  }
}

/** Of what is not there: not yet, or not any more. */
function statedIn({ fields }: Change): string | undefined {
  const stated = fields.find(({ field }) => field === 'displayName');
  return [stated?.after, stated?.before].find((value) => typeof value === 'string' && value !== '') as
    string | undefined;
}

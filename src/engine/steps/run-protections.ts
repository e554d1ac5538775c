import type { IdentityStore, LeaseGrant, SyncerScope } from '../../identity/identity-store.ts';
import { keyOf, type ExternalKey } from '../../syncer/external-id.ts';
import type { UserProfile } from '../../syncer/profile.ts';
import type { StandingProtection } from '../../identity/protection.ts';
import { Protections } from '../plan/lock-outs/protections.ts';
import type { ProtectionStore } from '../ports/protection-store.ts';

interface RunProtectionsNeeds {
  /** Absent: nobody is left alone by a person's word. */
  readonly protections: ProtectionStore | undefined;
  readonly identity: IdentityStore;
  readonly scope: SyncerScope;
  readonly lease: LeaseGrant;
  readonly dryRun: boolean;
}

/** Whom a run leaves alone: read again before each page, so that what a person says while it goes on counts. */
export class RunProtections {
  readonly #needs: RunProtectionsNeeds;
  #now: Protections;
  #tree: GroupTree | undefined;

  private constructor(needs: RunProtectionsNeeds) {
    this.#needs = needs;
    this.#now = new Protections(needs.scope.organization, [], new Map());
  }

  static async open(needs: RunProtectionsNeeds): Promise<RunProtections> {
    const protections = new RunProtections(needs);
    await protections.refresh();
    return protections;
  }

  /** As they were when they were last read. */
  get now(): Protections {
    return this.#now;
  }

  /** @param withGroups false: the tree of groups as it was read before */
  async refresh(withGroups = true): Promise<void> {
    const { protections } = this.#needs;
    if (!protections) return;
    const standing = await this.#standing();
    if (withGroups) this.#tree = undefined;
    if (standing.some(({ kind }) => kind === 'group' || kind === 'department')) {
      this.#tree ??= await this.#readTree(protections);
    }
    this.#keep(standing);
  }

  /**
   * In a page, once its lease is checked: whoever protects somebody from then on waits for the end of the page, or lets
   * it begin again.
   */
  async recheck(): Promise<void> {
    if (this.#needs.protections) this.#keep(await this.#standing());
  }

  async #standing(): Promise<readonly StandingProtection[]> {
    const { organization, syncerId } = this.#needs.scope;
    return (await this.#needs.protections?.standing({ organization, syncerId })) ?? [];
  }

  #keep(standing: readonly StandingProtection[]): void {
    const { organization } = this.#needs.scope;
    const { parents, byDepartment } = this.#tree ?? NO_TREE;
    const rules = standing.map((rule) => {
      const group = rule.kind === 'department' ? byDepartment.get(rule.value.toLowerCase()) : undefined;
      return group === undefined ? rule : { ...rule, groups: [...rule.groups, group] };
    });
    this.#now = new Protections(organization, rules, parents);
  }

  /** The directory shows these members: who was left alone until then, is no more. */
  async endSeen(profiles: readonly UserProfile[]): Promise<void> {
    const { protections, lease, dryRun } = this.#needs;
    if (!protections || this.#now.isEmpty || dryRun) return;
    const active = profiles.filter(({ access, complete }) => complete !== false && access.state === 'allowed');
    const ended = this.#now.endedBy(active.map(({ externalId }) => keyOf(externalId)));
    if (ended.length > 0) await protections.endUndone(lease, ended);
  }

  /** The directory changed a userid: whoever was left alone under the one before, is so under this one. */
  async follow(former: ExternalKey, userid: string): Promise<void> {
    const { protections, lease, dryRun } = this.#needs;
    const ids = this.#now.naming(former);
    if (protections && ids.length > 0 && !dryRun) await protections.follow(lease, ids, userid);
  }

  /** Groups that are not in our database are known by what this syncer holds. */
  async #readTree(protections: ProtectionStore): Promise<GroupTree> {
    const { identity, scope, lease } = this.#needs;
    const parents = await protections.groupParents(scope.organization);
    if (parents.size > 0) return { ...NO_TREE, parents };
    const held = await identity.page(lease, (page) => page.heldGroups(scope));
    const groups = [...held].flatMap(([key, { group }]) => (group ? [[key, group] as const] : []));
    return {
      parents: new Map(groups.map(([, { name, parentId }]) => [name, parentId])),
      byDepartment: new Map(groups.map(([key, { name }]) => [key, name])),
    };
  }
}

interface GroupTree {
  /** By name. */
  readonly parents: ReadonlyMap<string, string>;
  /** Names, where the database does not know them. */
  readonly byDepartment: ReadonlyMap<string, string>;
}

const NO_TREE: GroupTree = { parents: new Map(), byDepartment: new Map() };

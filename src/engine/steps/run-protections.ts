import type { IdentityStore, LeaseGrant, SyncerScope } from '../../identity/identity-store.ts';
import { keyOf } from '../../syncer/external-id.ts';
import type { UserProfile } from '../../syncer/profile.ts';
import { Protections } from '../plan/protections.ts';
import { BY_UNDO, type ProtectionStore } from '../ports/protection-store.ts';

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
  #parents: ReadonlyMap<string, string> | undefined;

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
    const { protections, scope } = this.#needs;
    if (!protections) return;
    const { organization, syncerId } = scope;
    const standing = await protections.standing({ organization, syncerId });
    if (withGroups) this.#parents = undefined;
    const needsTree = standing.some(({ groups }) => groups.length > 0);
    if (needsTree) this.#parents ??= await this.#readParents(protections);
    const rules = standing.map((rule) => ({ ...rule, isUndone: rule.by === BY_UNDO }));
    this.#now = new Protections(organization, rules, this.#parents ?? new Map());
  }

  /** The directory shows these members: who was left alone until then, is no more. */
  async endSeen(profiles: readonly UserProfile[]): Promise<void> {
    const { protections, lease, dryRun } = this.#needs;
    if (!protections || this.#now.isEmpty || dryRun) return;
    const active = profiles.filter(({ access, complete }) => complete !== false && access.state === 'allowed');
    const ended = this.#now.endedBy(active.map(({ externalId }) => keyOf(externalId)));
    if (ended.length > 0) await protections.endUndone(lease, ended);
  }

  /** Groups that are not in our database are known by what this syncer holds. */
  async #readParents(protections: ProtectionStore): Promise<ReadonlyMap<string, string>> {
    const { identity, scope, lease } = this.#needs;
    const parents = await protections.groupParents(scope.organization);
    if (parents.size > 0) return parents;
    const held = await identity.page(lease, (page) => page.heldGroups(scope));
    return new Map([...held.values()].flatMap(({ group }) => (group ? [[group.name, group.parentId] as const] : [])));
  }
}

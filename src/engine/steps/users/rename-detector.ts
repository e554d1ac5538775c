import type { NewAccount } from '../../../identity/account.ts';
import type { ColumnLimits } from '../../../identity/column-limits.ts';
import type { IdentityPage, SyncerScope } from '../../../identity/identity-store.ts';
import type { ExternalKey } from '../../../syncer/external-id.ts';
import type { UserProfile } from '../../../syncer/profile.ts';
import { fitValues } from '../../plan/users/fit-values.ts';
import {
  decideRenames,
  findFormerSelves,
  likeness,
  type DeferredMember,
  type RenameDecision,
  type RenameSuggestion,
} from '../../plan/users/renames.ts';

/** Newcomers who wait, and newcomers who are remembered: a bound for memory, far above what a day brings. */
const MOST = 10_000;

/**
 * Watches a full run for members whose vendor id was changed: WeCom allows it once, and it looks like one who leaves
 * and one who joins. Who resembles somebody not shown yet waits until the read has ended, for only then is it known who
 * is gone.
 */
export class RenameDetector {
  readonly #isWorthwhile: boolean;
  readonly #limits: ColumnLimits;
  #deferred: DeferredMember[] = [];
  /** Userids of newcomers without mobile and e-mail, by what else could be compared. */
  readonly #newcomers = new Map<string, string[]>();
  #remembered = 0;
  readonly suggestions: RenameSuggestion[] = [];

  /** @param heldBefore how many accounts the syncer held when the run began: a first import has no former selves */
  constructor(heldBefore: number, limits: ColumnLimits) {
    this.#isWorthwhile = heldBefore > 0;
    this.#limits = limits;
  }

  /**
   * Those of the newcomers who have to wait. Changes nothing yet: the page may be planned again.
   *
   * @param seen who was shown already, and so is nobody's former self
   */
  async look(
    page: IdentityPage,
    scope: SyncerScope,
    newcomers: readonly UserProfile[],
    seen: ReadonlySet<ExternalKey>,
  ): Promise<readonly DeferredMember[]> {
    if (!this.#isWorthwhile || newcomers.length === 0 || this.#deferred.length + newcomers.length > MOST) return [];
    const values = newcomers.map((profile) => fitValues(profile.values, this.#limits).values);
    const phones = new Set(values.flatMap(({ phone }) => phone || []));
    const emails = new Set(values.flatMap(({ email }) => email || []));
    if (phones.size + emails.size === 0) return [];
    const held = (await page.heldByContact(scope, [...phones], [...emails])).filter(({ link }) => !seen.has(link.key));
    if (held.length === 0) return [];
    return newcomers.flatMap((profile, index) => {
      const formerSelves = findFormerSelves(values[index] ?? {}, held);
      return formerSelves.length > 0 ? [{ profile, formerSelves }] : [];
    });
  }

  /** Whoever waits. */
  get deferred(): readonly DeferredMember[] {
    return this.#deferred;
  }

  /** Whom those who wait may have been, each once. */
  get formerSelves(): readonly ExternalKey[] {
    return [...new Set(this.#deferred.flatMap(({ formerSelves }) => formerSelves.map(({ key }) => key)))];
  }

  defer(members: readonly DeferredMember[]): void {
    this.#deferred.push(...members);
  }

  /** Remembers somebody who got an account, for the case that only name and departments can be compared. */
  created(userid: string, { values, groups }: Pick<NewAccount, 'values' | 'groups'>): void {
    const { displayName, phone, email } = values;
    if (!this.#isWorthwhile || phone || email || this.#remembered >= MOST) return;
    const key = likeness(displayName, groups);
    if (key === undefined) return;
    this.#newcomers.set(key, [...(this.#newcomers.get(key) ?? []), userid]);
    this.#remembered += 1;
  }

  get newcomersByLikeness(): ReadonlyMap<string, readonly string[]> {
    return this.#newcomers;
  }

  /**
   * Lets everybody go who waits.
   *
   * @param isGone undefined: the read was incomplete, so nobody can be called gone
   */
  settle(isGone: ((key: ExternalKey) => boolean) | undefined): RenameDecision {
    const deferred = this.#deferred;
    this.#deferred = [];
    if (!isGone) return { linked: new Map(), ordinary: deferred.map(({ profile }) => profile), suggestions: [] };
    const decision = decideRenames(deferred, isGone);
    this.suggestions.push(...decision.suggestions);
    return decision;
  }
}

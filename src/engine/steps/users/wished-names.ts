import type { IdentityPage } from '../../../identity/identity-store.ts';
import { SyncError, throwIfAborted } from '../../../syncer/errors.ts';
import { externalId, keyOf, type ExternalKey } from '../../../syncer/external-id.ts';
import type { ProposedName, UserProfile } from '../../../syncer/profile.ts';
import { isMemberLookup } from '../../../syncer/syncer.ts';
import type { AccountPlan, PlanContext } from '../../plan/users/account-plan.ts';
import { named, wishOf } from '../../plan/users/account-names.ts';
import type { RunContext } from '../run-context.ts';
import { Turn } from './map-members.ts';

/** What is known of the userids of others. */
export interface KnownUserids {
  /** Whoever was not shown is no member. */
  readonly wereAllShown: boolean;
  readonly seen: ReadonlySet<ExternalKey>;
  /** What is nobody's, although not everybody was shown; in small letters. */
  readonly free: ReadonlySet<string>;
}

/** Names of new accounts that the connector proposes, each given once in a run. */
export class WishedNames {
  readonly #context: RunContext;
  readonly #plan: PlanContext;
  readonly #wishes = new WeakMap<UserProfile, ProposedName>();
  /** Who got which; a page may be planned again. */
  readonly #given = new Map<string, ExternalKey>();

  constructor(context: RunContext, plan: PlanContext) {
    this.#context = context;
    this.#plan = plan;
  }

  of(profile: UserProfile): ProposedName {
    if (!profile.proposeName) return {};
    const known = this.#wishes.get(profile) ?? wishOf(profile, this.#plan.limits);
    this.#wishes.set(profile, known);
    return known;
  }

  /** Gives those of them their name who get an account, unless it is somebody's; then it is the userid, as planned. */
  async give(
    page: IdentityPage,
    newcomers: readonly UserProfile[],
    plans: Map<ExternalKey, AccountPlan>,
    known: KnownUserids,
  ): Promise<void> {
    const due = newcomers.filter(
      (profile) => profile.proposeName !== undefined && plans.get(keyOf(profile.externalId))?.create !== undefined,
    );
    if (due.length === 0) return;
    const wished: string[] = [];
    const turn = new Turn();
    for (const profile of due) {
      if (turn.isOver) await turn.pass();
      const { name } = this.of(profile);
      if (name !== undefined) wished.push(name);
    }
    const taken = await this.#taken(page, wished);
    for (const profile of due) {
      const key = keyOf(profile.externalId);
      const { name, note } = this.of(profile);
      let plan = plans.get(key);
      if (!plan) continue;
      if (name !== undefined && !taken(name) && this.#isFree(name, key, known)) {
        this.#given.set(name.toLowerCase(), key);
        plan = named(plan, name, this.#plan);
      }
      plans.set(key, note ? { ...plan, notes: [...plan.notes, note] } : plan);
    }
  }

  /** Another member's userid is his, also before he has an account. */
  #isFree(name: string, own: ExternalKey, { wereAllShown, seen, free }: KnownUserids): boolean {
    const lower = name.toLowerCase();
    if ((this.#given.get(lower) ?? own) !== own || seen.has(lower as ExternalKey)) return false;
    return wereAllShown || free.has(lower);
  }

  async #taken(page: IdentityPage, names: readonly string[]): Promise<(name: string) => boolean> {
    if (names.length === 0) return () => true;
    const { scope, candidates } = this.#context;
    const index = await candidates();
    const standing = await page.accountsByName(scope, names);
    const ids = new Set((await page.accountsWithId(scope, names)).map(({ id }) => id.toLowerCase()));
    const keys = names.map((name) => name.toLowerCase() as ExternalKey);
    const held = await page.heldAccounts(scope, keys, []);
    return (name) => {
      const lower = name.toLowerCase();
      return standing.has(lower) || ids.has(lower) || index.hasName(name) || held.has(lower as ExternalKey);
    };
  }
}

/** Of more than these nobody asks the directory; their accounts are called by the userid. */
const MOST_ASKED = 100;

/**
 * Which of the names that newcomers are to have are no other member's userid, where not everybody was shown: the directory
 * is asked for each. Where it cannot tell, the name counts as taken.
 */
export async function namesOfNobody(
  profiles: readonly UserProfile[],
  { limits, signal, syncer }: Pick<RunContext, 'limits' | 'signal' | 'syncer'>,
): Promise<ReadonlySet<string>> {
  const free = new Set<string>();
  if (!isMemberLookup(syncer)) return free;
  const wished = new Set<string>();
  const turn = new Turn();
  for (const profile of profiles) {
    if (wished.size === MOST_ASKED) break;
    if (turn.isOver) await turn.pass();
    const { name } = wishOf(profile, limits);
    if (name !== undefined) wished.add(name.toLowerCase());
  }
  for (const name of wished) {
    throwIfAborted(signal);
    try {
      if ((await syncer.fetchUser(externalId(name), signal)) === undefined) free.add(name);
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      throwIfAborted(signal);
    }
  }
  return free;
}

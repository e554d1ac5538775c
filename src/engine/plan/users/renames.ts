import type { Account, HeldAccount } from '../../../identity/account.ts';
import { keyOf, type ExternalKey } from '../../../syncer/external-id.ts';
import type { ProfileValues, UserProfile } from '../../../syncer/profile.ts';
import { comparePerson } from './person.ts';

/**
 * How sure a newcomer and somebody we hold are one person: sure enough to give one the account of the other, enough to
 * ask a person, or not at all.
 */
export type Resemblance = 'same' | 'maybe' | 'none';

/** A held account that a newcomer may have had under another vendor id. */
export interface FormerSelf {
  readonly key: ExternalKey;
  readonly accountName: string;
  readonly resemblance: Exclude<Resemblance, 'none'>;
}

/** A newcomer who resembles somebody of whom it is not known yet whether the directory still shows them. */
export interface DeferredMember {
  readonly profile: UserProfile;
  readonly formerSelves: readonly FormerSelf[];
}

/** Two ids that may be one person; only a person can tell. */
export interface RenameSuggestion {
  readonly userid: string;
  readonly former: ExternalKey;
}

/** What becomes of those who waited. */
export interface RenameDecision {
  /** The former key of each newcomer who is linked to the account that it holds. */
  readonly linked: ReadonlyMap<UserProfile, ExternalKey>;
  /** Newcomers like any other. */
  readonly ordinary: readonly UserProfile[];
  readonly suggestions: readonly RenameSuggestion[];
}

/**
 * Compares what a newcomer would be stored with against what an account holds. Two values that agree, one of them a
 * mobile or an address, make two ids one person, unless anything that both know speaks against it: companies give the
 * number of somebody who left to somebody who joins, and who inherits a number must not inherit the account. An account
 * without access may have waited for years and is never taken, and an administrator's is not given away by any value:
 * they are named to a person.
 *
 * @param values as they fit the columns
 */
export function resemblance(values: ProfileValues, account: Account): Resemblance {
  const { name, phone, email } = comparePerson(values, account.values);
  if (phone !== 'equal' && email !== 'equal') return 'none';
  const all = [name, phone, email];
  const isSure = !all.includes('different') && all.filter((one) => one === 'equal').length > 1;
  return isSure && !account.isAdmin && !account.isForbidden && !account.isDeleted ? 'same' : 'maybe';
}

/** Those of the accounts that this newcomer may have had under another id. */
export function findFormerSelves(values: ProfileValues, held: readonly HeldAccount[]): readonly FormerSelf[] {
  const found: FormerSelf[] = [];
  for (const { link, account } of held) {
    const how = account ? resemblance(values, account) : 'none';
    if (account && how !== 'none') found.push({ key: link.key, accountName: account.name, resemblance: how });
  }
  return found;
}

/**
 * Decides once everybody was shown. A link takes exactly one pair: one newcomer, one former self who is gone, and
 * nobody else on either side. Whatever is less sure makes an account of its own and is named to a person.
 */
export function decideRenames(
  deferred: readonly DeferredMember[],
  isGone: (key: ExternalKey) => boolean,
): RenameDecision {
  const claims = new Map<ExternalKey, number>();
  const waiting = deferred.map(({ profile, formerSelves }) => {
    const gone = formerSelves.filter(({ key }) => isGone(key));
    for (const { key } of gone) claims.set(key, (claims.get(key) ?? 0) + 1);
    return { profile, gone };
  });
  const linked = new Map<UserProfile, ExternalKey>();
  const ordinary: UserProfile[] = [];
  const suggestions: RenameSuggestion[] = [];
  for (const { profile, gone } of waiting) {
    const [only, ...others] = gone;
    if (only && others.length === 0 && only.resemblance === 'same' && claims.get(only.key) === 1) {
      linked.set(profile, only.key);
      continue;
    }
    ordinary.push(profile);
    for (const { key } of gone) suggestions.push({ userid: profile.externalId, former: key });
  }
  return { linked, ordinary, suggestions };
}

/** The former key of each of them, by the key under which they are shown now. */
export const formerKeys = (linked: RenameDecision['linked']): Map<ExternalKey, ExternalKey> =>
  new Map([...linked].map(([profile, key]) => [keyOf(profile.externalId), key]));

/**
 * What is left to compare when mobile and e-mail are hidden: a name and a set of departments.
 *
 * @returns undefined where that says too little
 */
export function likeness(displayName: string | undefined, groups: readonly string[]): string | undefined {
  if (!displayName || groups.length === 0) return undefined;
  return JSON.stringify([displayName, ...[...new Set(groups)].sort()]);
}

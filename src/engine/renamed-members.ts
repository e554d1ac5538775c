import type { Account, AccountLink, HeldAccount } from '../identity/account.ts';
import { keyOf, type ExternalKey } from '../syncer/external-id.ts';
import type { ProfileField, ProfileValues, UserProfile } from '../syncer/profile.ts';

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
export interface ParkedMember {
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

type Comparison = 'equal' | 'different' | 'unknown';

function compare(field: ProfileField, values: ProfileValues, account: Account): Comparison {
  const told = values[field] ?? '';
  const stored = account.values[field] ?? '';
  if (told === '' || stored === '') return 'unknown';
  return told === stored ? 'equal' : 'different';
}

/** National digits alone are no number: the same ones exist in another country. */
function comparePhone(values: ProfileValues, account: Account): Comparison {
  const digits = compare('phone', values, account);
  return digits === 'equal' && compare('countryCode', values, account) === 'different' ? 'different' : digits;
}

/**
 * Compares what a newcomer would be stored with against what an account holds. A mobile number or an address in common
 * makes two ids one person, unless everything else speaks against it: companies give the number of somebody who left
 * to somebody who joins, and who inherits a number must not inherit the account. Of an account without access, which
 * may have waited for years, one value alone is never enough, and an administrator's is not given away by any value.
 *
 * @param values as they fit the columns
 */
export function resemblance(values: ProfileValues, account: Account, link: AccountLink): Resemblance {
  const deletedByPerson = account.isDeleted && link.deletedBy !== 'syncer';
  const phone = comparePhone(values, account);
  const email = compare('email', values, account);
  if (deletedByPerson || (phone !== 'equal' && email !== 'equal')) return 'none';
  if (account.isAdmin) return 'maybe';
  const name = compare('displayName', values, account);
  if (name === 'equal' || (phone === 'equal' && email === 'equal')) return 'same';
  if (account.isForbidden || account.isDeleted) return 'maybe';
  return name === 'different' && (phone === 'different' || email === 'different') ? 'maybe' : 'same';
}

/** Those of the accounts that this newcomer may have had under another id. */
export function findFormerSelves(values: ProfileValues, held: readonly HeldAccount[]): readonly FormerSelf[] {
  const found: FormerSelf[] = [];
  for (const { link, account } of held) {
    const how = account ? resemblance(values, account, link) : 'none';
    if (account && how !== 'none') found.push({ key: link.key, accountName: account.name, resemblance: how });
  }
  return found;
}

/**
 * Decides once everybody was shown. A link takes exactly one pair: one newcomer, one former self who is gone, and
 * nobody else on either side. Whatever is less sure makes an account of its own and is named to a person.
 */
export function decideRenames(parked: readonly ParkedMember[], isGone: (key: ExternalKey) => boolean): RenameDecision {
  const claims = new Map<ExternalKey, number>();
  const waiting = parked.map(({ profile, formerSelves }) => {
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

import type { HeldAccount } from '../../../identity/account.ts';
import { keyOf, type ExternalKey } from '../../../syncer/external-id.ts';
import type { UserProfile } from '../../../syncer/profile.ts';
import { e164, emailKey } from './person.ts';
import type { LinkRule } from '../../syncer-settings.ts';

/** Two who claim one account are enough to know that nobody gets it; the others need not be kept. */
const ENOUGH = 2;

/**
 * Newcomers who claim an account by a value, such as an e-mail address. Who gets it is decided when everybody was shown,
 * over all who claim it, so that the order in which the directory shows them changes nothing. Kept are two for each
 * account at most, and accounts are what the run knows by heart anyway.
 */
export class LinkClaims {
  readonly #linkBy: readonly LinkRule[];
  #waiting: UserProfile[] = [];
  /** How many members claim each account, by name. */
  readonly #claimants = new Map<string, number>();
  /** Members whose account was made, or got another address or number, in this run. */
  readonly #changed = new Set<ExternalKey>();

  constructor(linkBy: readonly LinkRule[]) {
    this.#linkBy = linkBy;
  }

  /** False: nobody is linked by a value, so nobody waits. */
  get isWorthwhile(): boolean {
    return this.#linkBy.length > 0;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Whether it is known already that nobody gets these accounts. */
  areContested(names: readonly string[]): boolean {
    return names.length > 0 && names.every((name) => (this.#claimants.get(name) ?? 0) >= ENOUGH);
  }

  /** @param names the accounts that the member claims */
  wait(profile: UserProfile, names: readonly string[]): void {
    this.#waiting.push(profile);
    this.count(names);
  }

  /** Remembers that one more member claims these accounts. */
  count(names: readonly string[]): void {
    for (const name of names) this.#claimants.set(name, (this.#claimants.get(name) ?? 0) + 1);
  }

  /** Lets everybody go who waits. */
  release(): readonly UserProfile[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  /** Names of the accounts that several members claim. */
  contested(): ReadonlySet<string> {
    return new Set([...this.#claimants].flatMap(([name, count]) => (count > 1 ? [name] : [])));
  }

  /** Whether such an account came before or after a newcomer is chance, so nobody collides with it in this run. */
  noteChanged(key: ExternalKey): void {
    if (this.isWorthwhile) this.#changed.add(key);
  }

  /** For the store: by what accounts that may be in the way are found. */
  valuesOf(profiles: readonly UserProfile[]): {
    readonly phones: readonly string[];
    readonly emails: readonly string[];
  } {
    const pick = (rule: LinkRule, field: 'phone' | 'email'): readonly string[] =>
      this.#linkBy.includes(rule) ? profiles.flatMap(({ values }) => values[field] || []) : [];
    return { phones: pick('phone', 'phone'), emails: pick('email', 'email') };
  }

  /** Those of the accounts that have a value of this member by which he would be linked, though they are another's. */
  collisions(profile: UserProfile, held: readonly HeldAccount[]): readonly HeldAccount[] {
    const phone = e164(profile.values.phone, profile.values.countryCode);
    const email = emailKey(profile.values.email);
    return held.filter(({ account, link }) => {
      if (!account || link.key === keyOf(profile.externalId) || this.#changed.has(link.key)) return false;
      const { values } = account;
      const samePhone = phone !== undefined && e164(values.phone, values.countryCode) === phone;
      return (
        (this.#linkBy.includes('phone') && samePhone) ||
        (this.#linkBy.includes('email') && email !== '' && emailKey(values.email) === email)
      );
    });
  }
}

import type { SignInRecords } from '../../storage/accounts/sign-in-records.ts';
import type { OrganizationRow } from '../../storage/entities/index.ts';
import { isVerifiable, unknownPassword, type StoredPassword } from './password.ts';

const REMEMBERED_MS = 60_000;

/**
 * What a password is checked against where an account has none or is not there. Kinds of hashes take times of their
 * own, so it is of the kind, and the cost, that the passwords of this organization have: an organization that came from
 * Casdoor has bcrypt, ours have argon2id.
 */
export class PasswordDummies {
  readonly #records: SignInRecords;
  readonly #remembered = new Map<string, { readonly until: number; readonly dummy: StoredPassword }>();

  constructor(records: SignInRecords) {
    this.#records = records;
  }

  /** @param organization null: there is none of the name that was typed */
  async of(organization: OrganizationRow | null): Promise<StoredPassword> {
    if (!organization) return unknownPassword('');
    const { name } = organization;
    const remembered = this.#remembered.get(name);
    if (remembered && remembered.until > Date.now()) return remembered.dummy;
    const dummy = (await this.#sample(name)) ?? (await unknownPassword(organization.passwordType ?? ''));
    this.#remembered.set(name, { until: Date.now() + REMEMBERED_MS, dummy });
    return dummy;
  }

  /** Somebody's hash: it is computed with, and what comes out is not looked at. */
  async #sample(owner: string): Promise<StoredPassword | undefined> {
    const stored = await this.#records.anyHash(owner);
    return isVerifiable(stored) ? stored : undefined;
  }
}

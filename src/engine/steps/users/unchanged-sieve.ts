import { digestOf } from '../../../identity/account-digest.ts';
import { CancelledError, kindOf, LeaseError, throwIfAborted, UnavailableError } from '../../../syncer/errors.ts';
import type { ProfileNote, UserProfile } from '../../../syncer/profile.ts';
import type { PlanContext } from '../../plan/users/account-plan.ts';
import { DigestSet } from '../../plan/users/digest-set.ts';
import { unchangedShape, unchangedRow, type UnchangedShape } from '../../plan/users/unchanged.ts';
import { accountsOneByOne } from '../../warnings.ts';
import type { RunContext } from '../run-context.ts';

/** Pages that ask for nothing else than whether the run may go on. */
const PAGES_PER_LEASE_CHECK = 8;

interface Read {
  readonly shape: UnchangedShape;
  readonly digests: DigestSet;
}

/**
 * Finds the members about whom there is nothing to do, so that a page on which nobody else is needs no transaction. All
 * accounts are read once, when the first members have come: reaching each of them by its key takes twice as long.
 *
 * It decides who need not be looked at, and never what is written: whoever else is there is looked up, planned and
 * checked as ever. What a person changes behind this reading is found by the next run, as behind a page.
 */
export class UnchangedSieve {
  readonly #context: RunContext;
  readonly #plan: PlanContext;
  readonly #held: number;
  #reading: Promise<Read | undefined> | undefined;
  #isOff = false;
  #sinceCheck = 0;

  /** @param held how many accounts the syncer held when the run began */
  constructor(context: RunContext, plan: PlanContext, held: number) {
    this.#context = context;
    this.#plan = plan;
    this.#held = held;
  }

  /**
   * Those of the members who have to be looked at, in their order; what is to be told of the others is told.
   *
   * @throws LeaseError when the run may not go on
   */
  async changedAmong(profiles: readonly UserProfile[]): Promise<readonly UserProfile[]> {
    if (this.#isOff) return profiles;
    this.#reading ??= this.#read(profiles);
    const read = await this.#reading;
    if (!read) {
      // Members of whom only the id is visible tell nothing about those who come after them.
      this.#reading = undefined;
      return profiles;
    }
    const { digests, shape } = read;
    const looked: UserProfile[] = [];
    const told: { readonly profile: UserProfile; readonly notes: readonly ProfileNote[] }[] = [];
    let isChanged = false;
    for (const profile of profiles) {
      const row = unchangedRow(profile, shape, this.#plan);
      const isUnchanged = row !== undefined && digests.has(digestOf(row.text));
      isChanged ||= !isUnchanged;
      if (!isUnchanged || row.notes.length > 0) looked.push(profile);
      if (isUnchanged && row.notes.length > 0) told.push({ profile, notes: row.notes });
    }
    // A page with somebody else on it tells the notes of all in their order.
    if (isChanged) {
      this.#sinceCheck = 0;
      return looked;
    }
    const { recorder } = this.#context;
    for (const { profile, notes } of told) {
      for (const { code, message } of notes) recorder.warn(code, message, profile.externalId);
    }
    await this.#checkLease();
    return [];
  }

  async #read(profiles: readonly UserProfile[]): Promise<Read | undefined> {
    const { recorder, scope, signal, store } = this.#context;
    if (this.#held === 0 || !store.heldDigests) return undefined;
    const shape = unchangedShape(profiles, this.#plan);
    if (!shape) return undefined;
    const digests = new DigestSet(this.#held);
    try {
      await store.heldDigests(scope, shape, (digest) => digests.add(digest));
    } catch (error) {
      throwIfAborted(signal);
      if (isForTheRun(error)) throw error;
      // Whoever cannot be compared is looked up: a statement that takes too long for the database costs time, not the run.
      this.#isOff = true;
      recorder.warn('accounts-one-by-one', accountsOneByOne(kindOf(error)));
      return undefined;
    }
    throwIfAborted(signal);
    return { shape, digests };
  }

  /** A page with a transaction finds out by itself that another run took over. */
  async #checkLease(): Promise<void> {
    this.#sinceCheck += 1;
    if (this.#sinceCheck < PAGES_PER_LEASE_CHECK) return;
    this.#sinceCheck = 0;
    await this.#context.store.page(this.#context.lease, async () => undefined);
  }
}

/** A database that is away would not answer for the members one by one either. */
const isForTheRun = (error: unknown): boolean =>
  error instanceof CancelledError || error instanceof LeaseError || error instanceof UnavailableError;

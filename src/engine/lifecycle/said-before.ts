import type { LeaseGrant } from '../../identity/identity-store.ts';
import { lockOutId } from '../plan/lock-outs/lock-out.ts';
import { withoutReturned } from '../plan/lock-outs/standing-decisions.ts';
import type { RunStore, StoredChange } from '../ports/run-store.ts';
import type { StandingDecisions } from '../run.ts';

/** Nothing: of a run that a person's own word begins. */
export const NOTHING_SAID: { readonly rejectedDigest: string; readonly standing: StandingDecisions } = {
  rejectedDigest: '',
  standing: new Map(),
};

/** What people said of the lock-outs of a syncer, as it is kept from one run to the next. */
export class SaidBefore {
  readonly #runs: RunStore;

  constructor(runs: RunStore) {
    this.#runs = runs;
  }

  /** As it stands while the lease of the syncer is held. */
  async of(syncerId: string): Promise<typeof NOTHING_SAID> {
    const standing = (await this.#runs.decisions?.(syncerId)) ?? NOTHING_SAID.standing;
    return { rejectedDigest: await this.#runs.rejectedDigest(syncerId), standing };
  }

  /** Who is back and leaves once more is a leaver like any other. */
  async forgetReturned(lease: LeaseGrant, standing: StandingDecisions, returned: ReadonlySet<string>): Promise<void> {
    if (returned.size === 0) return;
    await this.#runs.keepDecisions?.(lease, withoutReturned(standing, returned));
    await this.#runs.rememberRejection(lease.syncerId, '');
  }

  /** What was done by a person's word is no longer what another one said no to. */
  async forgetDone(lease: LeaseGrant, listed: readonly StoredChange[]): Promise<void> {
    const { standing } = await this.of(lease.syncerId);
    if (standing.size === 0) return;
    const done = listed.filter(({ state }) => state === 'applied');
    const ids = new Set(done.map(({ kind, userid }) => lockOutId(kind, userid.toLowerCase())));
    await this.#runs.keepDecisions?.(lease, new Map([...standing].filter(([id]) => !ids.has(id))));
  }
}

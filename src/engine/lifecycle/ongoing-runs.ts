import { randomUUID } from 'node:crypto';
import { CancelledError } from '../../syncer/errors.ts';
import type { LeaseHolder, LeaseStore } from '../ports/lease-store.ts';
import type { Run } from '../run.ts';

/** A run that goes on in this process. */
export interface OngoingRun {
  /** Changes while it goes on. */
  readonly run: Run;
  /**
   * Version of the stored syncer that it runs with, where its request names one.
   *
   * @internal
   */
  readonly version: number | undefined;
  /** Resolves with the run in its last state, once whoever began it has dealt with its end; never rejects. */
  readonly ended: Promise<Run>;
  /** It ends after the page that it is at. */
  cancel(): void;
}

/** Everything of this process that holds a lease or is about to, by the id that its lease has. */
const registry = new Map<string, LeaseHolding>();

/** Whether a run, or whatever else needs that no run goes on, goes on in this process. */
export const goesOnHere = (runId: string): boolean => registry.has(runId);

/** What goes on here for this syncer; no clock of any database may say that it has ended. */
export const holderHere = (leases: LeaseStore, syncerId: string): LeaseHolder | undefined =>
  [...registry.values()].find((one) => one.leases === leases && one.syncerId === syncerId && one.holder)?.holder;

/** The runs that go on here with this store of leases. */
export const ongoingRuns = (leases: LeaseStore): readonly OngoingRun[] =>
  [...registry.values()].flatMap((one) => (one.leases === leases && one.ongoing) || []);

/** A flow of this process that needs the lease of a syncer; it stands in the registry from before it asks for it. */
export class LeaseHolding {
  readonly runId = randomUUID();
  readonly #cancelled = new AbortController();
  #resolveEnded: (run: Run) => void = () => undefined;
  #holder: LeaseHolder | undefined;
  #ongoing: OngoingRun | undefined;

  constructor(
    readonly leases: LeaseStore,
    readonly syncerId: string,
  ) {
    // Before anybody can see its lease, or another flow of this process would take it for one of an earlier life.
    registry.set(this.runId, this);
  }

  /** Undefined: it does not have the lease yet, or has it no more. */
  get holder(): LeaseHolder | undefined {
    return this.#holder;
  }

  get ongoing(): OngoingRun | undefined {
    return this.#ongoing;
  }

  /** Aborts with a CancelledError. */
  get signal(): AbortSignal {
    return this.#cancelled.signal;
  }

  tookLease(owner: string, since: string): void {
    this.#holder = { owner, since, runId: this.runId };
  }

  /** Whoever hears from the database that it has ended may be quicker than the answer to this process. */
  givesLeaseBack(): void {
    this.#holder = undefined;
  }

  runs(run: Run, version: number | undefined): OngoingRun {
    const ended = new Promise<Run>((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#ongoing = { run, version, ended, cancel: () => this.#cancelled.abort(new CancelledError()) };
    return this.#ongoing;
  }

  /** @param run as it ended, if it was one */
  end(run?: Run): void {
    registry.delete(this.runId);
    if (run) this.#resolveEnded(run);
  }
}

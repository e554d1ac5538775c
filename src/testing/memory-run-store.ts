import type { Change, ChangeKind, ChangeState } from '../identity/change.ts';
import type { LeaseGrant } from '../identity/identity-store.ts';
import { externalId, keyOf, type ExternalKey } from '../syncer/external-id.ts';
import type { LeaseStore } from '../engine/ports/lease-store.ts';
import type { ChangeFilter, Page, RecentLockOuts, RunsOf, RunStore, StoredChange } from '../engine/ports/run-store.ts';
import { LEASE_LOST } from '../engine/reasons.ts';
import { UNWATCHED_TRIGGERS, type Run, type RunState, type StandingDecisions } from '../engine/run.ts';

const FINISHED: ReadonlySet<string> = new Set(['succeeded', 'partial', 'failed', 'cancelled']);

/** Runs of one process, gone with it: for tests and for trying things out. */
export class MemoryRunStore implements RunStore {
  readonly #leases: LeaseStore;
  /** Copies, so that a run which goes on changing is stored only by `save`. */
  readonly #runs = new Map<string, Run>();
  readonly #changes = new Map<string, StoredChange[]>();
  readonly #rejected = new Map<string, string>();
  readonly #decisions = new Map<string, StandingDecisions>();
  readonly #clock: () => Date;

  constructor(leases: LeaseStore, clock: () => Date = () => new Date()) {
    this.#leases = leases;
    this.#clock = clock;
  }

  /** What a page of this run wrote; for the store that keeps pages. */
  readonly recordChanges = (runId: string, changes: readonly Change[]): void => {
    const stored = this.#changes.get(runId) ?? [];
    for (const change of changes) stored.push({ ...change, runId, seq: stored.length + 1 });
    this.#changes.set(runId, stored);
  };

  async now(): Promise<Date> {
    return this.#clock();
  }

  async create(run: Run): Promise<void> {
    this.#runs.set(run.id, structuredClone(run));
  }

  async save(run: Run): Promise<void> {
    if (this.#runs.has(run.id)) this.#runs.set(run.id, structuredClone(run));
  }

  async find(runId: string): Promise<Run | undefined> {
    return structuredClone(this.#runs.get(runId));
  }

  async list(of: RunsOf, page: number, pageSize: number, state?: RunState): Promise<Page<Run>> {
    const runs = this.#newestFirst(of).filter((run) => state === undefined || run.state === state);
    return { rows: structuredClone(cutPage(runs, page, pageSize)), total: runs.length };
  }

  async held(of: RunsOf): Promise<Run | undefined> {
    return structuredClone(this.#newestFirst(of).find((run) => run.state === 'held'));
  }

  async rejectedDigest(syncerId: string): Promise<string> {
    return this.#rejected.get(syncerId) ?? '';
  }

  async rememberRejection(syncerId: string, digest: string): Promise<void> {
    this.#rejected.set(syncerId, digest);
  }

  async decisions(syncerId: string): Promise<StandingDecisions> {
    return new Map(this.#decisions.get(syncerId));
  }

  async keepDecisions(lease: LeaseGrant, decisions: StandingDecisions): Promise<void> {
    if (!(await this.#leases.renew(lease, LEASE_MS))) throw LEASE_LOST;
    this.#decisions.set(lease.syncerId, new Map(decisions));
  }

  async changes(runId: string, filter: ChangeFilter, page: number, pageSize: number): Promise<Page<StoredChange>> {
    const userid = filter.userid?.toLowerCase();
    const rows = (this.#changes.get(runId) ?? []).filter(
      (change) =>
        (filter.kind === undefined || change.kind === filter.kind) &&
        (filter.state === undefined || change.state === filter.state) &&
        (userid === undefined || change.userid.toLowerCase() === userid),
    );
    return { rows: cutPage(rows, page, pageSize), total: rows.length };
  }

  async recentLockOuts(of: RunsOf): Promise<RecentLockOuts> {
    const runs = this.#newestFirst(of).filter((run) => !run.dryRun);
    const decided = runs.find(isApproval);
    const since = Math.max(this.#clock().getTime() - DAY_MS, decided ? Date.parse(decided.startedAt) : 0);
    const changes = runs
      .filter((run) => UNWATCHED_TRIGGERS.includes(run.trigger) && Date.parse(run.startedAt) > since)
      .flatMap((run) => this.#changes.get(run.id) ?? [])
      .filter(({ state }) => state === 'applied');
    const keysOf = (...kinds: ChangeKind[]): ReadonlySet<ExternalKey> =>
      new Set(changes.filter(({ kind }) => kinds.includes(kind)).map(({ userid }) => keyOf(externalId(userid))));
    return { people: [...keysOf('forbid', 'remove')], groups: keysOf('removeGroup').size };
  }

  async moveChanges(runId: string, from: ChangeState, to: ChangeState, seqs?: readonly number[]): Promise<number> {
    const chosen = seqs && new Set(seqs);
    let moved = 0;
    const changes = (this.#changes.get(runId) ?? []).map((change) => {
      if (change.state !== from || chosen?.has(change.seq) === false) return change;
      moved += 1;
      return { ...change, state: to };
    });
    this.#changes.set(runId, changes);
    return moved;
  }

  async finish(lease: LeaseGrant, ...runs: readonly Run[]): Promise<void> {
    await this.#leases.release(lease);
    for (const run of runs) await this.save(run);
  }

  async abandoned(): Promise<readonly Run[]> {
    const abandoned: Run[] = [];
    for (const run of this.#runs.values()) {
      if (!isUnderWay(run)) continue;
      const holder = await this.#leases.holder(run.syncerId);
      if (holder?.runId !== run.id) abandoned.push(structuredClone(run));
    }
    return abandoned;
  }

  async end(run: Run): Promise<boolean> {
    const stored = this.#runs.get(run.id);
    if (!stored || !isUnderWay(stored)) return false;
    await this.save(run);
    return true;
  }

  async prune(before: Date): Promise<number> {
    const latest = new Set([...this.#runs.values()].map((run) => this.#newestFirst(run)[0]?.id));
    const old = [...this.#runs.values()].filter(
      (run) =>
        FINISHED.has(run.state) &&
        !latest.has(run.id) &&
        run.finishedAt !== null &&
        Date.parse(run.finishedAt) < before.getTime(),
    );
    for (const run of old) {
      this.#runs.delete(run.id);
      this.#changes.delete(run.id);
    }
    return old.length;
  }

  #newestFirst({ syncerId, organization }: RunsOf): Run[] {
    return [...this.#runs.values()]
      .filter((run) => run.syncerId === syncerId && run.organization === organization)
      .sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt) || (a.id < b.id ? 1 : -1));
  }
}

const DAY_MS = 86_400_000;
const LEASE_MS = 60_000;

const isApproval = ({ trigger, state }: Run): boolean =>
  trigger === 'approval' && ['succeeded', 'partial', 'held'].includes(state);

const isUnderWay = ({ state }: Run): boolean => state === 'queued' || state === 'running';

const cutPage = <T>(rows: readonly T[], page: number, pageSize: number): T[] =>
  rows.slice((page - 1) * pageSize, page * pageSize);

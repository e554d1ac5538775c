import { SyncEngine } from '../../src/engine/engine.ts';
import type { EngineDeps } from '../../src/engine/open-context.ts';
import type { RunRequest } from '../../src/engine/lifecycle/run-lifecycle.ts';
import type { AbsenceStore } from '../../src/engine/ports/absence-store.ts';
import type { LeaseStore } from '../../src/engine/ports/lease-store.ts';
import type { ProtectionStore } from '../../src/engine/ports/protection-store.ts';
import type { QuestionStore } from '../../src/engine/ports/question-store.ts';
import type { RunStore, StoredChange } from '../../src/engine/ports/run-store.ts';
import type { Run } from '../../src/engine/run.ts';
import type { MemberReport, MemberRequest } from '../../src/engine/steps/sync-member.ts';
import { DEFAULT_REMOVAL_LIMIT, type SyncerSettings } from '../../src/engine/syncer-settings.ts';
import type { IdentityStore } from '../../src/identity/identity-store.ts';
import { Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import type { Database } from '../../src/storage/database.ts';
import { TypeormAbsenceStore } from '../../src/storage/decisions/typeorm-absence-store.ts';
import { TypeormQuestionStore } from '../../src/storage/decisions/typeorm-question-store.ts';
import { TypeormProtectionStore } from '../../src/storage/decisions/typeorm-protection-store.ts';
import { TypeormIdentityStore } from '../../src/storage/identity/typeorm-identity-store.ts';
import { TypeormLeaseStore } from '../../src/storage/runs/typeorm-lease-store.ts';
import { TypeormRunStore } from '../../src/storage/runs/typeorm-run-store.ts';
import { TokenCache } from '../../src/wecom/api/access-token.ts';
import { WeComSyncer } from '../../src/wecom/wecom-syncer.ts';
import { StillClock } from '../wecom/rig.ts';

/** The stores of a run, wherever they live. */
export interface Stores {
  readonly identity: IdentityStore;
  readonly runs: RunStore;
  readonly leases: LeaseStore;
  readonly protections?: ProtectionStore;
  readonly absences?: AbsenceStore;
  readonly questions?: QuestionStore;
}

export const storesOn = (database: Database): Stores => ({
  identity: new TypeormIdentityStore(database),
  runs: new TypeormRunStore(database),
  leases: new TypeormLeaseStore(database),
  protections: new TypeormProtectionStore(database),
  absences: new TypeormAbsenceStore(database),
  questions: new TypeormQuestionStore(database),
});

/** Whom the changes of one kind are about. */
export const idsOf = (changes: readonly StoredChange[], kind: string): string[] =>
  changes.filter((change) => change.kind === kind).map(({ userid }) => userid);

/** What a test may want to be different about one run. */
export type RunDifferences = Partial<Omit<RunRequest, 'syncer' | 'open'>> & {
  readonly settings?: Partial<SyncerSettings>;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Calls in flight. */
  readonly concurrency?: number;
};

/** What the waits are for is tested in the connector's own room. */
const FEW_RETRIES = { attempts: 2, congestedAttempts: 2, maxPauses: 0 };

/** A company in the sandbox, an organization in a store, and an engine between the two. */
export class DirectoryWorld {
  readonly engine: SyncEngine;

  private constructor(
    readonly sandbox: Sandbox,
    readonly stores: Stores,
    deps: Partial<EngineDeps>,
  ) {
    this.engine = new SyncEngine({ ...stores, owner: `test:${process.pid}`, ...deps });
  }

  static async open(
    stores: Stores,
    company: SandboxOptions = {},
    deps: Partial<EngineDeps> = {},
  ): Promise<DirectoryWorld> {
    return new DirectoryWorld(await Sandbox.start({ members: 40, departments: 6, ...company }), stores, deps);
  }

  /** The same company, and another engine on these stores; closed with this one. */
  on(stores: Stores): DirectoryWorld {
    return new DirectoryWorld(this.sandbox, stores, {});
  }

  get company(): Sandbox['company'] {
    return this.sandbox.company;
  }

  request(differences: RunDifferences = {}): RunRequest {
    const { settings, config, concurrency, ...rest } = differences;
    return {
      trigger: 'manual',
      ...rest,
      syncer: {
        id: 'syncer-1',
        organization: 'acme',
        name: 'wecom',
        bindingColumn: 'wecom',
        leavers: 'forbid',
        removalLimit: DEFAULT_REMOVAL_LIMIT,
        syncGroups: true,
        linkBy: [],
        ...settings,
      },
      open: () => this.connect(config, concurrency),
    };
  }

  connect(config: Readonly<Record<string, unknown>> = {}, concurrency = 4): WeComSyncer {
    return new WeComSyncer(
      { user: this.sandbox.corpId, password: this.sandbox.appSecret, ...config },
      { concurrency },
      { baseUrl: this.sandbox.url, tokens: new TokenCache(), retries: FEW_RETRIES, clock: new StillClock() },
    );
  }

  sync(differences: RunDifferences = {}): Promise<Run> {
    return this.engine.run(this.request(differences));
  }

  preview(differences: RunDifferences = {}): Promise<Run> {
    return this.sync({ trigger: 'preview', dryRun: true, ...differences });
  }

  /** One member, as the directory's own message or a person asks for. */
  member(asked: MemberRequest, differences: RunDifferences = {}): Promise<MemberReport> {
    return this.engine.syncMember({ ...this.request({ trigger: 'member', ...differences }), ...asked });
  }

  async changes(run: Run): Promise<readonly StoredChange[]> {
    return (await this.stores.runs.changes(run.id, {}, 1, 100_000)).rows;
  }

  async close(): Promise<void> {
    await this.sandbox.close();
  }
}

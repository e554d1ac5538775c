// One run, and the ports that it writes through.
export { SyncEngine } from './engine.ts';
export type { EngineDeps } from './open-context.ts';
export type { OngoingRun } from './lifecycle/ongoing-runs.ts';
export type { EngineLogger, LifecycleDeps, RunRequest } from './lifecycle/run-lifecycle.ts';
export type { LeaseAnswer, LeaseHolder, LeaseRequest, LeaseStore } from './ports/lease-store.ts';
export type { ChangeFilter, Page, RecentLockOuts, RunsOf, RunStore, StoredChange } from './ports/run-store.ts';
export {
  RUN_PHASES,
  RUN_STATES,
  RUN_TRIGGERS,
  type Run,
  type RunCounts,
  type RunError,
  type RunPhase,
  type RunProgress,
  type RunState,
  type RunTrigger,
  type RunWarning,
  type Standing,
  type StandingDecisions,
} from './run.ts';
export {
  DEFAULT_REMOVAL_LIMIT,
  EXCLUDED_POLICIES,
  LEAVER_POLICIES,
  LINK_RULES,
  type ExcludedPolicy,
  type FreezeSetting,
  type LeaverPolicy,
  type LinkRule,
  type RemovalLimit,
  type SyncerSettings,
} from './syncer-settings.ts';

import type { ExternalId } from './external-id.ts';
import type { UserProfile, ValueField } from './profile.ts';
import type { ScopeAnswer } from './syncer.ts';
import type { Text } from './text.ts';

/** One step on the way to a value; null: nothing is known, and what is stored stays. */
export interface TrialStep {
  readonly what: Text;
  readonly value: string | null;
}

/** How one account field comes by its value. */
export interface FieldTrial {
  /** As the settings spell it. */
  readonly name: string;
  /** `name`: what a new account is called. */
  readonly field: ValueField | 'name';
  readonly steps: readonly TrialStep[];
  /** What went wrong, and where. */
  readonly warning?: Text;
}

/** What settings make of one member. */
export interface MemberTrial {
  /** What the directory said. */
  readonly member: Readonly<Record<string, unknown>>;
  readonly scope: ScopeAnswer;
  readonly profile: UserProfile;
  readonly fields: readonly FieldTrial[];
}

/** A connector that shows its steps, claimed by shape; of others only the end is shown. */
export interface MappingTracer {
  /**
   * Of somebody whom the condition leaves out as well.
   *
   * @returns undefined when the directory shows no such member whole
   * @throws SyncError when nobody can tell
   */
  traceUser(id: ExternalId, signal: AbortSignal): Promise<MemberTrial | undefined>;
}

export const isMappingTracer = (syncer: object): syncer is MappingTracer =>
  typeof (syncer as Partial<MappingTracer>).traceUser === 'function';

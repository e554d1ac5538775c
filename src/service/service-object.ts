import type { StoredChange } from '../engine/ports/run-store.ts';
import type { Run, RunError } from '../engine/run.ts';
import { byGravity } from '../engine/warnings.ts';
import type { MemberReport, MemberStep } from '../engine/steps/sync-member.ts';
import type { Change } from '../identity/change.ts';
import type { ConnectionCheck, ConnectionReport } from '../syncer/connection-report.ts';
import { MASK } from '../syncer/definition.ts';
import { withValueAt } from '../syncer/field-path.ts';
import { present } from '../syncer/present.ts';
import type { Health, SyncerRecord } from './syncers/syncer-record.ts';
import type { Field } from './syncers/syncer-field.ts';
import { heldValue, type SyncerFields } from './syncers/syncer-shape.ts';

/** A run as everybody may see it: a copy, that changes no more. Sentences are in both languages. */
export interface RunObject extends Readonly<Omit<Run, 'syncerId' | 'syncerName' | 'lockOutDigest' | 'error'>> {
  /** `ORG/NAME`. */
  readonly syncer: string;
  readonly error: Omit<RunError, 'recovery'> | null;
}

export const runObject = (run: Run): RunObject => ({
  id: run.id,
  syncer: `${run.organization}/${run.syncerName}`,
  organization: run.organization,
  trigger: run.trigger,
  dryRun: run.dryRun,
  state: run.state,
  startedAt: run.startedAt,
  finishedAt: run.finishedAt,
  phase: run.phase,
  progress: { ...run.progress },
  counts: { ...run.counts },
  warnings: byGravity(run.warnings).map(({ code, message, count, samples }) => ({
    code,
    message,
    count,
    samples: [...samples],
  })),
  error: run.error && { code: run.error.code, message: run.error.message, remedy: run.error.remedy },
  supersededBy: run.supersededBy,
});

/** What a run did, would do, or could not do to one account or group. */
export interface ChangeObject extends Change {
  /** Its number in the run. */
  readonly n: number;
}

export const changeObject = ({ seq, kind, userid, user, fields, reason, state }: StoredChange): ChangeObject => ({
  n: seq,
  kind,
  userid,
  user,
  fields: fields.map(({ field, before, after }) => ({ field, before, after })),
  reason,
  state,
});

/** What became of one member, step by step. */
export interface MemberObject {
  readonly run: RunObject;
  readonly steps: readonly MemberStep[];
  readonly change?: ChangeObject;
}

export const memberObject = ({ run, steps, change }: MemberReport): MemberObject => ({
  run: runObject(run),
  steps: steps.map(({ name, ok, detail }) => ({ name, ok, detail })),
  ...present({ change: change && changeObject(change) }),
});

/** What a connection test came to. */
export interface ReportObject extends Omit<ConnectionReport, 'checks' | 'sample'> {
  readonly checks: readonly Omit<ConnectionCheck, 'code'>[];
  /** Null: nobody was seen. */
  readonly sample: NonNullable<ConnectionReport['sample']> | null;
}

export const reportObject = (report: ConnectionReport): ReportObject => ({
  ok: report.ok,
  checks: report.checks.map(({ name, ok, detail, remedy }) => ({ name, ok, detail, ...present({ remedy }) })),
  departments: report.departments,
  members: report.members,
  sample: report.sample ?? null,
  withheldFields: [...report.withheldFields],
  ...present({ egressIp: report.egressIp }),
});

function valueOf(record: SyncerRecord, key: string, field: Field): unknown {
  const { home } = field;
  if (home === 'secrets') return record.secretNames.includes(key) ? MASK : '';
  const { withSecret } = field;
  const bySecret = withSecret && record.secretNames.includes(withSecret.name) ? withSecret.value : undefined;
  let held = heldValue(field, record[home][key] ?? record.leftovers[key] ?? bySecret);
  for (const part of field.secretParts ?? []) {
    const shown = record.secretNames.includes(`${key}.${part}`) ? MASK : '';
    held = withValueAt(held as Readonly<Record<string, unknown>>, part, shown);
  }
  return held;
}

/** A stored syncer: what every one has, and the keys of its type; `***` stands for a secret. */
export interface SyncerObject extends Readonly<Record<string, unknown>> {
  readonly id: string;
  /** The organization. */
  readonly owner: string;
  readonly name: string;
  /** RFC 3339. */
  readonly createdTime: string;
  readonly organization: string;
  readonly type: string;
  /** What the last run complained about; "" after a good one. */
  readonly errorText: string;
  /** Seconds. */
  readonly syncInterval: number;
  readonly isReadOnly: boolean;
  readonly isEnabled: boolean;
  readonly lastRun: RunObject | null;
  /** RFC 3339; null = not scheduled. */
  readonly nextRunAt: string | null;
  readonly health: Health;
}

/**
 * A stored syncer as Casdoor's object: every key present and typed, in Casdoor's order, ours after them.
 *
 * @param owner the spelling that the caller asked with: `admin` or the organization
 */
export function syncerObject<TRun>(
  fields: Pick<SyncerFields, 'of'>,
  record: SyncerRecord,
  owner: string,
  lastRun: TRun | null,
) {
  const casdoors: Record<string, unknown> = {};
  const ours: Record<string, unknown> = {};
  for (const [key, field] of fields.of(record.type))
    (field.isCasdoors ? casdoors : ours)[key] = valueOf(record, key, field);
  return {
    id: record.id,
    owner,
    name: record.name,
    createdTime: record.createdTime,
    organization: record.organization,
    type: record.type,
    ...casdoors,
    errorText: record.errorText,
    syncInterval: record.syncInterval,
    // Directories are read alone; Casdoor's own syncer broke when this was false.
    isReadOnly: true,
    isEnabled: record.isEnabled,
    ...ours,
    lastRun,
    nextRunAt: record.nextRunAt,
    health: record.health,
  };
}

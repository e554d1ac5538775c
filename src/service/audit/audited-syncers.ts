import type { OngoingRun } from '../../engine/lifecycle/ongoing-runs.ts';
import type { MemberReport, MemberRequest } from '../../engine/steps/sync-member.ts';
import type { ConnectionReport } from '../../syncer/connection-report.ts';
import type { Text } from '../../syncer/text.ts';
import type { RunService } from '../runs/run-service.ts';
import type { ScheduleService } from '../runs/schedule-service.ts';
import type { ServiceEvents } from '../service-event.ts';
import { syncerObject } from '../service-object.ts';
import type { RemovalWish, SyncerRemoval } from '../syncer-removal.ts';
import type { SyncerRecord } from '../syncers/syncer-record.ts';
import type { SavedSyncer, SyncerService } from '../syncers/syncer-service.ts';
import type { AuditAction } from './audit-action.ts';
import type { Actor, AuditEntry, AuditLog } from './audit-log.ts';
import { settingsChanges, settingsRemoved, type SettingsValues } from './settings-changes.ts';

interface AuditedSyncersDeps {
  readonly audit: AuditLog;
  readonly syncers: SyncerService;
  readonly runs: RunService;
  readonly schedule: ScheduleService;
  readonly removal: SyncerRemoval;
  readonly events: ServiceEvents;
}

type Named = Pick<SyncerRecord, 'organization' | 'name'>;

/** How somebody wants a run to begin. */
interface Beginning {
  readonly dryRun: boolean;
  /** One that the schedule began a moment ago will do. */
  readonly joins?: boolean;
}

/** What people do with syncers, done and written down, whichever way they say it: by a call, a command or a program. */
export class AuditedSyncers {
  readonly #deps: AuditedSyncersDeps;

  constructor(deps: AuditedSyncersDeps) {
    this.#deps = deps;
  }

  /**
   * Never waits for a sync.
   *
   * @param body unchecked
   * @throws Refusal or ConfigError that names what to change; nothing was stored
   */
  async add(body: SettingsValues, { organization, name }: Named, actor: Actor): Promise<SavedSyncer> {
    const { audit, schedule, syncers } = this.#deps;
    const added = await audit.during(
      actor,
      entryOf('add-syncer', { organization, name }),
      () => syncers.add({ ...body, organization }),
      ({ record }) => ({ changes: settingsChanges(undefined, this.settingsOf(record)) }),
    );
    await schedule.refresh(added.record.id);
    return added;
  }

  /**
   * @param body unchecked
   * @throws Refusal or ConfigError that names what to change; nothing was stored
   */
  async update(stored: SyncerRecord, body: SettingsValues, actor: Actor): Promise<SavedSyncer> {
    const { audit, events, schedule, syncers } = this.#deps;
    const saved = await audit.during(
      actor,
      entryOf('update-syncer', stored),
      () => syncers.update(stored, body),
      ({ record }) => ({ changes: settingsChanges(this.settingsOf(stored), this.settingsOf(record), body) }),
    );
    if (saved.record.health !== stored.health) events.healthChanged(saved.record);
    await schedule.saved(saved.record);
    return saved;
  }

  /**
   * @returns what became of what it held
   * @throws Refusal that names what to change, or LeaseError while the heir runs; nothing was deleted
   */
  remove(record: SyncerRecord, wish: RemovalWish, actor: Actor): Promise<Text> {
    const { audit, removal } = this.#deps;
    return audit.during(
      actor,
      entryOf('delete-syncer', record),
      () => removal.remove(record, wish),
      () => ({ changes: settingsRemoved(this.settingsOf(record)) }),
    );
  }

  /**
   * Tries settings, saved or not.
   *
   * @param stopped ends it
   */
  test(
    draft: SettingsValues,
    stored: SyncerRecord | undefined,
    named: Named,
    actor: Actor,
    stopped: AbortSignal = this.#deps.runs.closing,
  ): Promise<ConnectionReport> {
    const { audit, syncers } = this.#deps;
    return audit.during(
      actor,
      entryOf('test-syncer', named),
      () => syncers.trials.test(draft, stored, stopped),
      ({ ok }) => (ok ? 'ok' : 'failed'),
    );
  }

  /**
   * Begins a run, also of a syncer that is not enabled, and answers while it goes on.
   *
   * @throws LeaseError when another run of this syncer goes on
   */
  begin(record: SyncerRecord, { dryRun, joins = false }: Beginning, actor: Actor): Promise<OngoingRun> {
    const { audit, runs } = this.#deps;
    const begin = () => (joins ? runs.beginByHand(record, dryRun, actor.by) : runs.beginAnew(record, dryRun, actor.by));
    return audit.during(
      actor,
      entryOf('run-syncer', record),
      begin,
      ({ run }) => `${dryRun ? 'preview' : 'begun'} ${run.id}`,
    );
  }

  /** One member, now, with the outcome of each step. */
  member(
    record: SyncerRecord,
    asked: Pick<MemberRequest, 'userid' | 'keepSignIn'>,
    dryRun: boolean,
    actor: Actor,
  ): Promise<MemberReport> {
    const { audit, runs } = this.#deps;
    return audit.during(
      actor,
      { ...entryOf('sync-member', record), selection: { userids: [asked.userid] } },
      () => runs.member(record, { ...asked, by: actor.by }, dryRun),
      ({ run }) => (dryRun ? `preview ${run.id}` : run.state),
    );
  }

  /** As everybody may see them: no secret is among them. */
  settingsOf(record: SyncerRecord): SettingsValues {
    return { ...syncerObject(this.#deps.syncers.fields, record, record.organization, null) };
  }
}

const entryOf = (action: AuditAction, { organization, name }: Named): Omit<AuditEntry, 'outcome'> => ({
  action,
  organization,
  target: `${organization}/${name}`,
});

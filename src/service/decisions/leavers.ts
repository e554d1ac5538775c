import { deletionAt, lockOutAt } from '../../engine/plan/lock-outs/grace.ts';
import type { AbsenceStore, WaitingLeaver } from '../../engine/ports/absence-store.ts';
import type { Page } from '../../engine/ports/run-store.ts';
import type { SyncerSettings } from '../../engine/syncer-settings.ts';
import type { SyncerRecord } from '../syncers/syncer-record.ts';
import type { SyncerService } from '../syncers/syncer-service.ts';

/** Somebody whom the directory lacks, and who is given time. */
export interface LeaverObject {
  readonly userid: string;
  /** `ORG/NAME`. */
  readonly user: string;
  /** What the account is called; "" = that is not known here. */
  readonly displayName: string;
  /** `ORG/<group>`, as the account stands. */
  readonly groups: readonly string[];
  /** RFC 3339: the first run that missed him. */
  readonly missingSince: string;
  /** RFC 3339: the first run after it does it. */
  readonly dueAt: string;
  readonly then: 'forbid' | 'softDelete';
}

interface LeaversDeps {
  readonly absences: AbsenceStore;
  readonly syncers: Pick<SyncerService, 'settingsOf'>;
}

/** Who is due when, by the settings of today. */
export class LeaverService {
  readonly #deps: LeaversDeps;

  constructor(deps: LeaversDeps) {
    this.#deps = deps;
  }

  /** Of one syncer, the last to be missed first. `page` starts at 1. */
  async list(record: SyncerRecord, page: number, pageSize: number): Promise<Page<LeaverObject>> {
    const settings = this.#deps.syncers.settingsOf(record);
    if (settings.leavers === 'keep') return { rows: [], total: 0 };
    const withForbidden = settings.leavers === 'softDelete';
    const of = { organization: record.organization, syncerId: record.id };
    const { rows, total } = await this.#deps.absences.waiting(of, withForbidden, page, pageSize);
    return { rows: rows.map((absence) => leaverObject(absence, settings)), total };
  }
}

function leaverObject(
  absence: WaitingLeaver,
  { organization, leavers, graceDays = 0, deleteDays = 0 }: SyncerSettings,
): LeaverObject {
  const days = { graceDays, deleteDays };
  const isForbidden = absence.forbiddenSince !== null;
  const deletes = leavers === 'softDelete' && (isForbidden || deleteDays === 0);
  return {
    userid: absence.externalId,
    user: `${organization}/${absence.accountName}`,
    displayName: absence.displayName,
    groups: absence.groups,
    missingSince: new Date(absence.missingSince).toISOString(),
    dueAt: new Date(isForbidden ? deletionAt(absence, days) : lockOutAt(absence, days)).toISOString(),
    // oxlint-disable-next-line unicorn/no-thenable -- a word, which nobody takes for a promise
    then: deletes ? 'softDelete' : 'forbid',
  };
}

import type { Absence } from '../../identity/absence.ts';
import type { LeaseGrant } from '../../identity/identity-store.ts';
import { externalId, type ExternalKey } from '../../syncer/external-id.ts';
import { Grace } from '../plan/lock-outs/grace.ts';
import type { LockOutPlan } from '../plan/lock-outs/lock-out.ts';
import type { AbsenceStore } from '../ports/absence-store.ts';
import type { SyncerSettings } from '../syncer-settings.ts';

interface RunGraceNeeds {
  /** Absent: nobody is given time. */
  readonly absences: AbsenceStore | undefined;
  readonly settings: SyncerSettings;
  readonly lease: LeaseGrant;
  readonly dryRun: boolean;
  /** By the clock that all processes share. */
  readonly now: Date;
}

/** Since when leavers are missing, and what a run adds to that. */
export class RunGrace {
  readonly #needs: RunGraceNeeds;
  readonly #absences: Map<ExternalKey, Absence>;
  readonly #knownBefore: ReadonlySet<ExternalKey>;
  /** Undefined: nobody is given time. */
  readonly plan: Grace | undefined;

  private constructor(needs: RunGraceNeeds, absences: readonly Absence[]) {
    this.#needs = needs;
    this.#absences = new Map(absences.map((absence) => [absence.key, absence]));
    this.#knownBefore = new Set(this.#absences.keys());
    const { graceDays = 0, deleteDays = 0 } = needs.settings;
    this.plan = needs.absences && new Grace(this.#absences, { graceDays, deleteDays }, needs.now.getTime());
  }

  static async open(needs: RunGraceNeeds): Promise<RunGrace> {
    return new RunGrace(needs, (await needs.absences?.of(needs.settings.id)) ?? []);
  }

  /** Whether an earlier run missed him and asked about him: until he is due, nothing hangs on another answer. */
  wasMissed(key: ExternalKey): boolean {
    return this.#knownBefore.has(key);
  }

  /** Notes who is missing from now on; before anything is taken, so that a crash forgets nobody. */
  async noteMissing(plans: readonly LockOutPlan[]): Promise<void> {
    const { graceDays = 0, deleteDays = 0 } = this.#needs.settings;
    if (graceDays + deleteDays === 0) return;
    const put = plans.flatMap((plan) => {
      if (plan.cause !== 'gone' || plan.kind === 'update') return [];
      const known = this.#absences.get(plan.key);
      const isLeftAlone = plan.isLeftAlone === true;
      return known?.isLeftAlone === isLeftAlone ? [] : [{ ...(known ?? this.#missing(plan)), isLeftAlone }];
    });
    await this.#write(put, []);
  }

  /** @param plans those that were applied */
  async noteApplied(plans: readonly LockOutPlan[]): Promise<void> {
    const { leavers, deleteDays = 0 } = this.#needs.settings;
    const put: Absence[] = [];
    const remove: ExternalKey[] = [];
    for (const plan of plans) {
      if (plan.cause !== 'gone' || (plan.kind !== 'forbid' && plan.kind !== 'remove')) continue;
      const waits = plan.kind === 'forbid' && leavers === 'softDelete' && deleteDays > 0;
      const known = this.#absences.get(plan.key);
      if (waits) put.push({ ...(known ?? this.#missing(plan)), forbiddenSince: this.#needs.now.getTime() });
      else if (known) remove.push(plan.key);
    }
    await this.#write(put, remove);
  }

  /**
   * Forgets those who are there again.
   *
   * @param isMissing of a run that saw everything: whoever is not among them is nobody's concern any more
   */
  async settle(isThere: (key: ExternalKey) => boolean, isMissing?: (key: ExternalKey) => boolean): Promise<void> {
    const over = [...this.#absences.keys()].filter((key) => isThere(key) || isMissing?.(key) === false);
    await this.#write([], over);
  }

  #missing({ key, userid, user }: LockOutPlan): Absence {
    return {
      key,
      externalId: externalId(userid),
      accountName: user.slice(this.#needs.settings.organization.length + 1),
      missingSince: this.#needs.now.getTime(),
      forbiddenSince: null,
      isLeftAlone: false,
    };
  }

  async #write(put: readonly Absence[], remove: readonly ExternalKey[]): Promise<void> {
    const { absences, lease, dryRun } = this.#needs;
    if (!absences || dryRun || put.length + remove.length === 0) return;
    await absences.write(lease, put, remove);
    for (const absence of put) this.#absences.set(absence.key, absence);
    for (const key of remove) this.#absences.delete(key);
  }
}

import type { Absence } from '../../../identity/absence.ts';
import type { ExternalKey } from '../../../syncer/external-id.ts';
import { text, type Text } from '../../../syncer/text.ts';

const DAY_MS = 86_400_000;

/** For how many days a leaver keeps his access, and then his account without it. */
export interface GraceDays {
  readonly graceDays: number;
  readonly deleteDays: number;
}

/** When a leaver's access is taken; for whom no run has missed yet, that begins now. */
export const lockOutAt = ({ missingSince }: Pick<Absence, 'missingSince'>, { graceDays }: GraceDays): number =>
  missingSince + graceDays * DAY_MS;

/** When the account that was forbidden for it is deleted. */
export const deletionAt = (absence: Pick<Absence, 'missingSince' | 'forbiddenSince'>, days: GraceDays): number =>
  (absence.forbiddenSince ?? lockOutAt(absence, days)) + days.deleteDays * DAY_MS;

/** Which leavers are due. By the settings of today: whoever waits is due when they say so. */
export class Grace {
  readonly #absences: ReadonlyMap<ExternalKey, Absence>;
  readonly #days: GraceDays;
  readonly #now: number;

  /** @param now in milliseconds since 1970 */
  constructor(absences: ReadonlyMap<ExternalKey, Absence>, days: GraceDays, now: number) {
    this.#absences = absences;
    this.#days = days;
    this.#now = now;
  }

  /** @returns until when the access is kept; undefined: it is due */
  keepsAccessUntil(key: ExternalKey): number | undefined {
    return this.#unlessDue(lockOutAt(this.#absences.get(key) ?? { missingSince: this.#now }, this.#days));
  }

  /** @returns until when the account is kept; `due`: no longer; undefined: no run forbade it in order to delete it */
  keepsAccountUntil(key: ExternalKey): number | 'due' | undefined {
    const absence = this.#absences.get(key);
    return absence && (this.#unlessDue(deletionAt(absence, this.#days)) ?? 'due');
  }

  #unlessDue(at: number): number | undefined {
    return at > this.#now ? at : undefined;
  }
}

/** Why a leaver is not locked out yet. */
export function keptUntil(reason: Text, at: number): Text {
  const due = new Date(at).toISOString();
  return text(`${reason.en} The account keeps its access until ${due}.`, `${reason.zh}账号的访问权限保留至 ${due}。`);
}

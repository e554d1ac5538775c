import type { Standing, StandingDecisions } from '../../run.ts';
import type { ExternalKey } from '../../../syncer/external-id.ts';
import type { RemovalLimit } from '../../syncer-settings.ts';

const REMOVES_GROUP = 'removeGroup:';

/** Whom a lock-out is about: whoever is kept is kept, also when the settings say by now that leavers are deleted. */
const subjectOf = (id: string): string => (id.startsWith(REMOVES_GROUP) ? id : id.slice(id.indexOf(':') + 1));

/** The decisions, to be asked about lock-outs of a run. */
export class Standings {
  readonly #bySubject = new Map<string, Standing>();

  /** @param limit nothing stands in the way of a run whose settings switched the limit off */
  constructor(decisions: StandingDecisions, limit: RemovalLimit) {
    if (limit.percent >= 100) return;
    for (const [id, standing] of decisions) this.#bySubject.set(subjectOf(id), standing);
  }

  isRejected(id: string): boolean {
    return this.#of(id) === 'rejected';
  }

  /** Whether somebody is among them whom a person kept, or about whom he did not decide yet. */
  standInTheWay(ids: readonly string[]): boolean {
    return ids.some((id) => this.#of(id) === 'rejected' || this.#of(id) === 'waits');
  }

  /** Whether a person said no to all of them, but for those whom the directory still has. */
  haveSettled(ids: readonly string[]): boolean {
    return ids.length > 0 && ids.every((id) => this.#of(id) === 'rejected' || this.#of(id) === 'spared');
  }

  /** Whether everybody to whom a person said no is among them. */
  areAllIn(ids: readonly string[]): boolean {
    const subjects = new Set(ids.map(subjectOf));
    return [...this.#bySubject].every(([subject, standing]) => standing !== 'rejected' || subjects.has(subject));
  }

  #of(id: string): Standing | undefined {
    return this.#bySubject.get(subjectOf(id));
  }
}

/** Members about whom something was said. */
export const peopleIn = (decisions: StandingDecisions): ReadonlySet<ExternalKey> =>
  new Set(
    [...decisions.keys()].filter((id) => !id.startsWith(REMOVES_GROUP)).map((id) => subjectOf(id) as ExternalKey),
  );

/** @returns those that are left once the directory shows these members with access */
export function withoutReturned(decisions: StandingDecisions, returned: ReadonlySet<string>): StandingDecisions {
  return new Map([...decisions].filter(([id]) => id.startsWith(REMOVES_GROUP) || !returned.has(subjectOf(id))));
}

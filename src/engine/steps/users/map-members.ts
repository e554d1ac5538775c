import { setImmediate } from 'node:timers/promises';
import { MappingError } from '../../../syncer/errors.ts';
import type { UserProfile } from '../../../syncer/profile.ts';
import type { Syncer } from '../../../syncer/syncer.ts';

const LONGEST_TURN_MS = 50;

/**
 * Whoever writes expressions decides how long it takes to ask them of many members, and whoever asks this process
 * something meanwhile does not wait for the end.
 */
export class Turn {
  #began = performance.now();

  /** Whether it is somebody else's. */
  get isOver(): boolean {
    return performance.now() - this.#began > LONGEST_TURN_MS;
  }

  async pass(): Promise<void> {
    await setImmediate();
    this.#began = performance.now();
  }
}

/** Maps a page of members. */
export async function mapMembers(
  members: readonly unknown[],
  syncer: Pick<Syncer, 'mapUser'>,
): Promise<{ readonly profiles: readonly UserProfile[]; readonly unmapped: readonly MappingError[] }> {
  const profiles: UserProfile[] = [];
  const unmapped: MappingError[] = [];
  const turn = new Turn();
  for (const member of members) {
    if (turn.isOver) await turn.pass();
    try {
      profiles.push(syncer.mapUser(member));
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      unmapped.push(error);
    }
  }
  return { profiles, unmapped };
}

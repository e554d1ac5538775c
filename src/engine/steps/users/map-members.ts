import { setImmediate } from 'node:timers/promises';
import { MappingError } from '../../../syncer/errors.ts';
import type { UserProfile } from '../../../syncer/profile.ts';
import type { Syncer } from '../../../syncer/syncer.ts';

const LONGEST_TURN_MS = 50;

/**
 * Maps a page of members. Whoever writes expressions decides how long that takes, and whoever asks this process something
 * meanwhile does not wait for its end.
 */
export async function mapMembers(
  members: readonly unknown[],
  syncer: Pick<Syncer, 'mapUser'>,
): Promise<{ readonly profiles: readonly UserProfile[]; readonly unmapped: readonly MappingError[] }> {
  const profiles: UserProfile[] = [];
  const unmapped: MappingError[] = [];
  let turn = performance.now();
  for (const member of members) {
    if (performance.now() - turn > LONGEST_TURN_MS) {
      await setImmediate();
      turn = performance.now();
    }
    try {
      profiles.push(syncer.mapUser(member));
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      unmapped.push(error);
    }
  }
  return { profiles, unmapped };
}

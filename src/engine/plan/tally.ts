import type { Change } from '../../identity/change.ts';
import type { ProfileNote } from '../../syncer/profile.ts';
import { COUNTED_AS, type RunCounts } from '../run.ts';

/** What one page adds to a run: kept apart until the page is stored, so that a page planned twice counts once. */
export class Tally {
  readonly counts: Partial<Record<keyof RunCounts, number>> = {};
  readonly notes: { readonly note: ProfileNote; readonly sample: string }[] = [];
  /** Conflicts and skips that are stored with the page, and those that there is no room for. */
  listed = 0;
  unlisted = 0;

  count(name: keyof RunCounts, by = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + by;
  }

  change(change: Pick<Change, 'kind'>): void {
    this.count(COUNTED_AS[change.kind]);
  }

  note(notes: readonly ProfileNote[], sample: string): void {
    for (const note of notes) this.notes.push({ note, sample });
  }
}

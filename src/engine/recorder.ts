import type { Change } from '../identity/change.ts';
import type { ProfileNote } from '../syncer/profile.ts';
import type { Text } from '../syncer/text.ts';
import type { RunStore } from './run-store.ts';
import { COUNTED_AS, type Run, type RunCounts, type RunPhase } from './run.ts';

const SAMPLES = 5;
/** How often the stored run is brought up to date while it goes on. */
const SAVE_EVERY_MS = 1_000;

/** What one page adds to a run: kept apart until the page is stored, so that a page planned twice counts once. */
export class Tally {
  readonly counts: Partial<Record<keyof RunCounts, number>> = {};
  readonly notes: { readonly note: ProfileNote; readonly sample: string }[] = [];

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

/** Keeps the run's record while it goes on. */
export class Recorder {
  #savedAt = 0;

  constructor(
    readonly run: Run,
    private readonly runs: RunStore,
    private readonly onProgress: (run: Run) => void,
  ) {}

  add(tally: Tally): void {
    for (const [name, by] of Object.entries(tally.counts)) this.run.counts[name as keyof RunCounts] += by;
    for (const { note, sample } of tally.notes) this.warn(note.code, note.message, sample);
  }

  /** Equal warnings are counted, not repeated: one line for a thousand members without e-mail. */
  warn(code: string, message: Text, sample?: string): void {
    let warning = this.run.warnings.find((known) => known.code === code && known.message.en === message.en);
    if (!warning) {
      warning = { code, message, count: 0, samples: [] };
      this.run.warnings.push(warning);
    }
    warning.count += 1;
    if (sample && warning.samples.length < SAMPLES && !warning.samples.includes(sample)) warning.samples.push(sample);
  }

  async enter(phase: RunPhase): Promise<void> {
    this.run.phase = phase;
    await this.save();
  }

  /** Tells listeners, and the database now and then. */
  async progress(): Promise<void> {
    this.onProgress(this.run);
    if (performance.now() - this.#savedAt >= SAVE_EVERY_MS) await this.save();
  }

  /** Tells listeners alone. */
  announce(): void {
    this.onProgress(this.run);
  }

  async save(): Promise<void> {
    this.#savedAt = performance.now();
    await this.runs.save(this.run);
    this.onProgress(this.run);
  }
}

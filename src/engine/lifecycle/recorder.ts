import type { Change } from '../../identity/change.ts';
import type { Text } from '../../syncer/text.ts';
import type { Tally } from '../plan/tally.ts';
import type { RunStore } from '../ports/run-store.ts';
import type { Run, RunCounts, RunPhase, RunProgress, RunWarning } from '../run.ts';
import { MORE_WARNINGS, NOT_LISTED } from '../warnings.ts';

const SAMPLES = 5;
/** Kinds of warnings of one run; more are counted in one. */
const MOST_WARNINGS = 100;
/** Characters of a sentence and of a sample: parts of them come from outside. */
const LONGEST_MESSAGE = 2_000;
const LONGEST_SAMPLE = 100;
/** Conflicts and skips that one run lists, so that a directory of oddities does not fill the database at every run. */
const MOST_LISTED = 10_000;
/** How often the stored run is brought up to date while it goes on. */
const SAVE_EVERY_MS = 1_000;

/** Keeps the run's record while it goes on. */
export class Recorder {
  #savedAt = 0;
  #listed = 0;
  readonly #warnings = new Map<string, RunWarning>();

  /** @param mostListed conflicts and skips that are stored */
  constructor(
    readonly run: Run,
    private readonly runs: RunStore,
    private readonly onProgress: (run: Run) => void,
    private readonly mostListed: number = MOST_LISTED,
  ) {}

  add(tally: Tally): void {
    for (const [name, by] of Object.entries(tally.counts)) this.run.counts[name as keyof RunCounts] += by;
    for (const { note, sample } of tally.notes) this.warn(note.code, note.message, sample);
    this.#listed += tally.listed;
    if (tally.unlisted > 0) this.warn('not-listed', NOT_LISTED, undefined, tally.unlisted);
  }

  /** Those of a page's changes that the run still has room for; only conflicts and skips are bounded. */
  listable(changes: readonly Change[], tally: Tally): Change[] {
    return changes.filter(({ kind }) => {
      if (kind !== 'conflict' && kind !== 'skip') return true;
      const hasRoom = this.#listed + tally.listed < this.mostListed;
      if (hasRoom) tally.listed += 1;
      else tally.unlisted += 1;
      return hasRoom;
    });
  }

  count(name: keyof RunCounts, by = 1): void {
    this.run.counts[name] += by;
  }

  sawMembers(count: number): void {
    this.run.progress.membersSeen += count;
  }

  /** @param read how far the connector has come */
  showProgress(read: Partial<RunProgress>): void {
    Object.assign(this.run.progress, read);
  }

  /** @param digest fingerprint of the lock-outs that wait or were rejected; "" = none */
  noteLockOuts(digest: string): void {
    this.run.lockOutDigest = digest;
  }

  /** @param ending the run as it ended and is stored */
  end(ending: Run): void {
    Object.assign(this.run, ending);
  }

  /** Equal warnings are counted, not repeated: one line for a thousand members without e-mail. */
  warn(code: string, message: Text, sample?: string, count = 1): void {
    const warning = this.#warning(code, message);
    warning.count += count;
    const short = sample?.slice(0, LONGEST_SAMPLE);
    if (short && warning.samples.length < SAMPLES && !warning.samples.includes(short)) warning.samples.push(short);
  }

  #warning(code: string, { en, zh }: Text): RunWarning {
    const message = { en: en.slice(0, LONGEST_MESSAGE), zh: zh.slice(0, LONGEST_MESSAGE) };
    const known = this.#warnings.get(`${code}\n${message.en}`);
    if (known) return known;
    if (this.#warnings.size >= MOST_WARNINGS && code !== 'more-warnings' && code !== 'held') {
      return this.#warning('more-warnings', MORE_WARNINGS);
    }
    const warning: RunWarning = { code, message, count: 0, samples: [] };
    this.#warnings.set(`${code}\n${message.en}`, warning);
    this.run.warnings.push(warning);
    return warning;
  }

  /** The run works from now on; until then it waited for its turn. */
  async begin(): Promise<void> {
    this.run.state = 'running';
    await this.enter('fetching');
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

import { ReviewedChanges } from '../plan/lock-outs/reviewed-changes.ts';
import type { RunStore } from '../ports/run-store.ts';
import { appliedBefore, notAPreview } from '../reasons.ts';
import type { Run } from '../run.ts';
import { allChanges } from './all-changes.ts';

/** A preview that a person looked at, while it is applied: once. */
export class PreviewApplication {
  readonly #runs: RunStore;
  readonly #preview: Run;

  private constructor(runs: RunStore, preview: Run) {
    this.#runs = runs;
    this.#preview = preview;
  }

  /** @throws ConfigError for any other run, and for a preview that was applied before */
  static open(runs: RunStore, preview: Run): PreviewApplication {
    const hasEnded = preview.state === 'succeeded' || preview.state === 'partial';
    if (preview.trigger !== 'preview' || !preview.dryRun || !hasEnded) throw notAPreview(preview);
    if (preview.supersededBy !== null) throw appliedBefore(preview);
    return new PreviewApplication(runs, preview);
  }

  /**
   * Looks again, with the lease in hand: of two that would apply it, one does.
   *
   * @throws ConfigError when another run took it
   */
  async refresh(): Promise<void> {
    const stored = await this.#runs.find(this.#preview.id);
    if (!stored || stored.supersededBy !== null) throw appliedBefore(this.#preview);
  }

  /**
   * Takes the preview for this run.
   *
   * @returns what was reviewed
   */
  async take(run: Run): Promise<ReviewedChanges> {
    const runs = this.#runs;
    this.#preview.supersededBy = run.id;
    await runs.save(this.#preview);
    return new ReviewedChanges(await allChanges(runs, this.#preview.id, { state: 'planned' }));
  }

  /**
   * A run that could do nothing leaves the preview to another one.
   *
   * @returns the preview, where it is still to be stored
   */
  async settle(run: Run): Promise<readonly Run[]> {
    const isLost = run.state === 'failed' || run.state === 'cancelled';
    if (!isLost || this.#preview.supersededBy !== run.id) return [];
    const { total } = await this.#runs.changes(run.id, { state: 'applied' }, 1, 1);
    if (total > 0) return [];
    this.#preview.supersededBy = null;
    return [this.#preview];
  }
}

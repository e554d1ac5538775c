import type { ChangeFilter, RunStore, StoredChange } from '../ports/run-store.ts';

const CHANGE_PAGE = 500;

/** Every change of a run that the filter lets through, in their order. */
export async function allChanges(runs: RunStore, runId: string, filter: ChangeFilter): Promise<StoredChange[]> {
  const changes: StoredChange[] = [];
  for (let page = 1; ; page += 1) {
    const { rows } = await runs.changes(runId, filter, page, CHANGE_PAGE);
    for (const row of rows) changes.push(row);
    if (rows.length < CHANGE_PAGE) return changes;
  }
}

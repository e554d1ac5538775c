import type { DatabaseKind } from '../arguments.ts';
import { measure } from '../processes/child.ts';
import { createTarget } from '../processes/database-target.ts';
import type { Directory } from '../processes/directory.ts';
import type { Figures } from '../tasks/task.ts';

/** What one round of the load rows yields, by step. */
export const STEPS = ['fetch', 'import', 'load-user', 'load-all', 'read', 'unchanged', 'preview', 'changed'] as const;
export type Step = (typeof STEPS)[number];
export type Round = Readonly<Partial<Record<Step, Figures>>>;

export interface LoadOptions {
  readonly directory: Directory;
  readonly database: DatabaseKind;
  readonly members: number;
  readonly concurrency: number;
  /** False: without the LOAD floors, which keep every row in memory. */
  readonly floors: boolean;
  readonly profile?: string;
}

/**
 * Floors and product in turn, on the same company: FETCH, first import, LOAD with the rows that this import stored, a
 * run with nothing to do, one with 1 % of the members renamed, first as a preview.
 */
export async function loadRound(options: LoadOptions): Promise<Round> {
  const { directory, database, concurrency, profile } = options;
  const { credentials } = directory;
  const product = await createTarget(database);
  try {
    await measure({ kind: 'migrate', databaseUrl: product.url });
    const sync = (dryRun: boolean): Promise<Figures> =>
      measure({ kind: 'sync', directory: credentials, concurrency, databaseUrl: product.url, dryRun }, profile);
    const fetch = await measure({ kind: 'fetch', directory: credentials, concurrency }, profile);
    const imported = await sync(false);
    expect(imported, { created: imported.members, unchanged: 0 });
    const loads = options.floors
      ? {
          'load-user': await load(options, product.url, 'user'),
          'load-all': await load(options, product.url, 'all'),
        }
      : {};
    const read = await measure(
      { kind: 'read', directory: credentials, concurrency, database, databaseUrl: product.url },
      profile,
    );
    const unchanged = await sync(false);
    expect(unchanged, { created: 0, updated: 0 });
    const renamed = Math.round(options.members / 100);
    await directory.control('rename', { count: renamed });
    await directory.warmUp();
    const preview = await sync(true);
    expectRenamed(preview, renamed);
    const changed = await sync(false);
    expectRenamed(changed, renamed);
    expect(changed, { created: 0 });
    return { fetch, import: imported, ...loads, read, unchanged, preview, changed };
  } finally {
    await product.drop();
  }
}

async function load(options: LoadOptions, sourceUrl: string, rows: 'user' | 'all'): Promise<Figures> {
  const { directory, database, concurrency, profile } = options;
  const target = await createTarget(database);
  try {
    await measure({ kind: 'migrate', databaseUrl: target.url });
    return await measure(
      {
        kind: 'load',
        directory: directory.credentials,
        concurrency,
        database,
        sourceUrl,
        targetUrl: target.url,
        rows,
      },
      profile,
    );
  } finally {
    await target.drop();
  }
}

/** A run that did not do the work must not count as a quick one. */
function expect(figures: Figures, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    const got = figures.counts?.[name];
    if (got !== count) throw new Error(`Expected ${name} to be ${count}, got ${got} (run ${figures.state}).`);
  }
}

/** Who has another name, and neither mobile nor e-mail to be known by, is a question for a person. */
function expectRenamed({ counts, state }: Figures, renamed: number): void {
  const found = (counts?.updated ?? 0) + (counts?.conflicts ?? 0);
  if (found !== renamed) throw new Error(`Expected ${renamed} renamed members, got ${found} (run ${state}).`);
}

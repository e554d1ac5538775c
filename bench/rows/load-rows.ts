import type { DatabaseKind } from '../arguments.ts';
import { measure } from '../processes/child.ts';
import { createTarget, type DatabaseTarget } from '../processes/database-target.ts';
import type { Directory } from '../processes/directory.ts';
import type { Figures, Task } from '../tasks/task.ts';

/** What one round of the load rows yields, by step. */
export const STEPS = [
  'import',
  'load',
  'fetch',
  'scan',
  'unchanged',
  'changed',
  'users-page',
  'late-fetch',
  'late-unchanged',
  'late-import',
] as const;
export type Step = (typeof STEPS)[number];
export type Round = Readonly<Partial<Record<Step, Figures>>>;

export interface LoadOptions {
  readonly directory: Directory;
  readonly database: DatabaseKind;
  readonly members: number;
  readonly concurrency: number;
  /** False: without the LOAD floor, which keeps every row in memory. */
  readonly floors: boolean;
  /** Also at 50 ms a call, and pages of `get-users`: neither differs much from round to round. */
  readonly late: boolean;
  readonly profile?: string;
}

const LATE_MS = 50;
const USERS_PAGES = 200;

/**
 * Floors and product in turn, on the same company: first import, LOAD with the rows that this import stored, FETCH, SCAN,
 * a run with nothing to do, one with 1 % of the members renamed; then each call answered after 50 ms.
 */
export async function loadRound(options: LoadOptions): Promise<Round> {
  const { directory, database, floors, members, concurrency, profile } = options;
  const product = await createTarget(database);
  try {
    await measure({ kind: 'migrate', databaseUrl: product.url });
    const sync = (databaseUrl = product.url): Promise<Figures> => measure(syncTask(options, databaseUrl), profile);
    const fetch = (): Promise<Figures> =>
      measure({ kind: 'fetch', directory: directory.credentials, concurrency }, profile);
    const imported = await sync();
    expect(imported, { created: imported.members, unchanged: 0 });
    const round: Partial<Record<Step, Figures>> = { import: imported };
    if (floors) round.load = await load(options, product.url);
    await product.settle();
    round.fetch = await fetch();
    round.scan = await measure(
      { kind: 'scan', directory: directory.credentials, concurrency, database, databaseUrl: product.url },
      profile,
    );
    round.unchanged = await sync();
    expect(round.unchanged, { created: 0, updated: 0 });
    const renamed = Math.round(members / 100);
    await directory.control('rename', { count: renamed });
    await directory.warmUp();
    round.changed = await sync();
    expectRenamed(round.changed, renamed);
    expect(round.changed, { created: 0 });
    if (options.late) Object.assign(round, await lateSteps(options, product, sync, fetch));
    return round;
  } finally {
    await product.drop();
  }
}

async function lateSteps(
  { directory, database }: LoadOptions,
  product: DatabaseTarget,
  sync: (databaseUrl?: string) => Promise<Figures>,
  fetch: () => Promise<Figures>,
): Promise<Round> {
  await product.settle();
  const page = await measure({ kind: 'users-page', databaseUrl: product.url, pages: USERS_PAGES });
  await directory.control('faults', { settings: { latencyMs: LATE_MS } });
  const target = await createTarget(database);
  try {
    const steps = { 'users-page': page, 'late-fetch': await fetch(), 'late-unchanged': await sync() };
    await measure({ kind: 'migrate', databaseUrl: target.url });
    return { ...steps, 'late-import': await sync(target.url) };
  } finally {
    await directory.control('faults', { settings: { latencyMs: null } });
    await target.drop();
  }
}

const syncTask = ({ directory, concurrency }: LoadOptions, databaseUrl: string): Task => ({
  kind: 'sync',
  directory: directory.credentials,
  concurrency,
  databaseUrl,
  dryRun: false,
});

async function load(options: LoadOptions, sourceUrl: string): Promise<Figures> {
  const { directory, database, concurrency, profile } = options;
  const target = await createTarget(database);
  try {
    await measure({ kind: 'migrate', databaseUrl: target.url });
    const { credentials } = directory;
    return await measure(
      { kind: 'load', directory: credentials, concurrency, database, sourceUrl, targetUrl: target.url },
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

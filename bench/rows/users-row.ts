import { measure } from '../processes/child.ts';
import { createTarget } from '../processes/database-target.ts';
import { Directory } from '../processes/directory.ts';
import type { DatabaseKind } from '../arguments.ts';
import type { Line } from '../figures.ts';

const MEMBERS = 100_000;
const PAGES = 200;
const LIMIT_MS = 30;

/** How long a person waits for a page of the users list. */
export async function usersLine(database: DatabaseKind, name: string, concurrency: number): Promise<Line> {
  const directory = await Directory.start({ members: MEMBERS, departments: 2000 });
  const target = await createTarget(database);
  try {
    await measure({ kind: 'migrate', databaseUrl: target.url });
    const sync = { kind: 'sync', directory: directory.credentials, concurrency, dryRun: false } as const;
    await measure({ ...sync, databaseUrl: target.url });
    await target.settle();
    const { p95Ms = Number.NaN, peakBytes } = await measure({
      kind: 'users-page',
      databaseUrl: target.url,
      pages: PAGES,
    });
    return {
      row: `get-users, any page of 100,000, ${name}, p95`,
      seconds: p95Ms / 1000,
      peakMiB: peakBytes / 1024 ** 2,
      ratios: [{ floor: `${LIMIT_MS} ms`, value: p95Ms / LIMIT_MS, limit: 1 }],
      note: `${p95Ms.toFixed(1)} ms`,
    };
  } finally {
    await target.drop();
    await directory.close();
  }
}

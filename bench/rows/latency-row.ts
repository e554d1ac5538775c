import { measure } from '../processes/child.ts';
import { createTarget } from '../processes/database-target.ts';
import { Directory } from '../processes/directory.ts';
import { median, type Line } from '../figures.ts';

const DEPARTMENTS = 2000;
const LATENCY_MS = 20;

/** Nothing to read but the waiting: how well the calls in flight fill the time. */
export async function latencyLine(concurrency: number, rounds: number, profile?: string): Promise<Line> {
  const directory = await Directory.start({ members: 0, departments: DEPARTMENTS });
  const seconds: number[] = [];
  const cpuSeconds: number[] = [];
  const peaks: number[] = [];
  try {
    await directory.control('faults', { settings: { latencyMs: LATENCY_MS } });
    for (let round = 0; round < rounds; round += 1) {
      const target = await createTarget('sqlite');
      try {
        await measure({ kind: 'migrate', databaseUrl: target.url });
        const task = { kind: 'sync', directory: directory.credentials, concurrency, dryRun: false } as const;
        const figures = await measure({ ...task, databaseUrl: target.url }, profile);
        seconds.push(figures.seconds);
        cpuSeconds.push(figures.cpuSeconds);
        peaks.push(figures.peakBytes);
      } finally {
        await target.drop();
      }
    }
  } finally {
    await directory.close();
  }
  const bound = ((DEPARTMENTS / concurrency) * LATENCY_MS) / 1000;
  return {
    row: `2,000 empty departments at ${LATENCY_MS} ms, SQLite`,
    seconds: median(seconds),
    cpuSeconds: median(cpuSeconds),
    peakMiB: median(peaks) / 1024 ** 2,
    ratios: [{ floor: `${bound.toFixed(1)} s of waiting`, value: median(seconds) / bound, limit: 1.15 }],
  };
}

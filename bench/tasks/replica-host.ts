import { limitHeapGrowth } from '../../src/cli/heap.ts';
import { createHost } from '../../src/host/create-host.ts';
import type { Host } from '../../src/host/host.ts';
import { replicaSettings } from './replica-settings.ts';
import { startWatch } from './stopwatch.ts';
import type { Outcome, Task } from './task.ts';

/** What a replica is told; it answers each word with one message. */
export type ReplicaWord = 'begin' | 'figures' | 'end';

/** One host among several. It is put together at once, and serves and runs what is due from the word `begin` on. */
export async function replicaHost({ shared }: Extract<Task, { kind: 'replica' }>): Promise<Outcome> {
  // As the program does.
  limitHeapGrowth();
  const host = await createHost(replicaSettings(shared));
  // The bench itself is gone: nobody would end this process.
  const orphaned = (): never => process.exit(1);
  process.once('disconnect', orphaned);
  process.send?.('assembled');
  let stop = startWatch();
  for (;;) {
    switch (await nextWord()) {
      case 'begin':
        stop = startWatch();
        await host.listen();
        process.send?.('listening');
        break;
      case 'figures':
        process.send?.({ ...stop(), ...(await runsOf(host)) });
        break;
      case 'end': {
        const outcome = { ...stop(), ...(await runsOf(host)) };
        await host.close();
        process.off('disconnect', orphaned);
        return outcome;
      }
    }
  }
}

const nextWord = (): Promise<ReplicaWord> =>
  new Promise((resolve) => {
    process.once('message', (word) => resolve(word as ReplicaWord));
  });

/** Members shown to this process and runs that ended in it, as it tells Prometheus. */
async function runsOf(host: Host): Promise<Pick<Outcome, 'members' | 'counts'>> {
  const text = await host.metrics.text();
  const sum = (name: string): number =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  return { members: sum('wecom_syncer_members_total'), counts: { runs: sum('wecom_syncer_runs_total') } };
}

import 'reflect-metadata';
import { SyncEngine } from '../../../src/engine/engine.ts';
import { DEFAULT_REMOVAL_LIMIT } from '../../../src/engine/syncer-settings.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { WeComSyncer } from '../../../src/wecom/wecom-syncer.ts';
import { storesOn } from '../directory-world.ts';

/** What a process that only imports is told, as its one argument. */
export interface ImportOrder {
  readonly databaseUrl: string;
  readonly sandboxUrl: string;
  readonly corpId: string;
  readonly secret: string;
  readonly leaseTtlMs: number;
}

/** Imports, and tells its parent after each page how many members it has seen. */
const order = JSON.parse(process.argv[2] ?? '{}') as ImportOrder;
const database = await openDatabase(order.databaseUrl);
const engine = new SyncEngine({ ...storesOn(database), owner: `test:${process.pid}`, leaseTtlMs: order.leaseTtlMs });
const run = await engine.run({
  syncer: {
    id: 'syncer-1',
    organization: 'acme',
    name: 'wecom',
    bindingColumn: 'wecom',
    leavers: 'forbid',
    removalLimit: DEFAULT_REMOVAL_LIMIT,
    syncGroups: true,
    linkBy: [],
  },
  open: () =>
    new WeComSyncer({ user: order.corpId, password: order.secret }, { concurrency: 4 }, { baseUrl: order.sandboxUrl }),
  trigger: 'manual',
  onProgress: ({ progress }) => process.send?.(progress.membersSeen),
});
process.send?.(run.state);
await database.close();
process.disconnect?.();

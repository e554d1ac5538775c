import { limitHeapGrowth } from '../../src/cli/heap.ts';
import { SyncEngine } from '../../src/engine/engine.ts';
import { DEFAULT_REMOVAL_LIMIT, type SyncerSettings } from '../../src/engine/syncer-settings.ts';
import { RosterMemory } from '../../src/engine/roster-check.ts';
import type { Database } from '../../src/storage/database.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import { OrganizationRow } from '../../src/storage/entities/index.ts';
import { TypeormIdentityStore } from '../../src/storage/identity/typeorm-identity-store.ts';
import { TypeormLeaseStore } from '../../src/storage/runs/typeorm-lease-store.ts';
import { TypeormRunStore } from '../../src/storage/runs/typeorm-run-store.ts';
import { defineWecomSyncer } from '../../src/wecom/definition.ts';
import type { Syncer } from '../../src/syncer/syncer.ts';
import { startWatch } from './stopwatch.ts';
import type { Outcome, Task } from './task.ts';

const ORGANIZATION = 'acme';

const SETTINGS: SyncerSettings = {
  id: '00000000-0000-4000-8000-000000000001',
  organization: ORGANIZATION,
  name: 'wecom',
  bindingColumn: 'wecom',
  leavers: 'forbid',
  removalLimit: DEFAULT_REMOVAL_LIMIT,
  syncGroups: true,
  linkBy: [],
};

const engineOn = (database: Database): SyncEngine =>
  new SyncEngine({
    identity: new TypeormIdentityStore(database),
    runs: new TypeormRunStore(database),
    leases: new TypeormLeaseStore(database),
    owner: 'bench',
    logger: { error: (fields, message) => console.error(message, fields) },
  });

/**
 * A roster check as a host makes it every few minutes: the one before it looked at whatever is odd, and this one finds
 * nothing.
 */
export async function rosterSubject(task: Extract<Task, { kind: 'roster' }>): Promise<Outcome> {
  limitHeapGrowth();
  const database = await openDatabase(task.databaseUrl);
  try {
    const engine = engineOn(database);
    const memory = new RosterMemory();
    const { url, corpId, appSecret, contactsSecret } = task.directory;
    const config = { user: corpId, password: appSecret, contactsSecret };
    let calls = 0;
    const deps = { concurrency: task.concurrency, onCall: () => void (calls += 1) };
    const open = (): Syncer => defineWecomSyncer({ baseUrl: `${url}/cgi-bin` }).open(config, deps);
    await engine.checkRoster({ syncer: SETTINGS, open }, memory, true);
    calls = 0;
    const stop = startWatch();
    const { found, error } = await engine.checkRoster({ syncer: SETTINGS, open }, memory, true);
    const watch = stop();
    if (error) throw error;
    return { ...watch, members: 0, counts: { calls }, state: found };
  } finally {
    await database.close();
  }
}

/** One run of the product, put together as the program does. The clock runs from the run's begin to its end. */
export async function syncSubject(task: Extract<Task, { kind: 'sync' }>): Promise<Outcome> {
  limitHeapGrowth();
  const database = await openDatabase(task.databaseUrl);
  try {
    const engine = engineOn(database);
    const { url, corpId, appSecret } = task.directory;
    const open = (): Syncer =>
      defineWecomSyncer({ baseUrl: `${url}/cgi-bin` }).open(
        { user: corpId, password: appSecret },
        { concurrency: task.concurrency },
      );
    // What a floor uses is loaded before its clock runs: so here what checks settings, and the HTTP client.
    open();
    await import('got');
    const stop = startWatch();
    const run = await engine.run({
      syncer: SETTINGS,
      trigger: task.dryRun ? 'preview' : 'manual',
      dryRun: task.dryRun,
      open,
    });
    const watch = stop();
    if (run.error) throw new Error(`The run ended ${run.state}: ${run.error.message.en}`);
    return { ...watch, members: run.counts.members, counts: { ...run.counts }, state: run.state };
  } finally {
    await database.close();
  }
}

/** Tables and the organization, so that a first import has somewhere to go. */
export async function migrateOnly({ databaseUrl }: Extract<Task, { kind: 'migrate' }>): Promise<Outcome> {
  const stop = startWatch();
  const database = await openDatabase(databaseUrl);
  await database.transaction((session) =>
    session.manager.insert(OrganizationRow, { owner: 'admin', name: ORGANIZATION, displayName: 'Acme' }),
  );
  await database.close();
  return { ...stop(), members: 0 };
}

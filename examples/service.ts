import type { DataSource } from 'typeorm';
import { defineWecomSyncer, SyncerRegistry } from 'wecom-syncer';
import { createSyncService, type SyncService } from 'wecom-syncer/service';

/** Stored syncers with runs and a schedule, in a host that has a database, a key and a log of its own. */
export async function startSyncs(dataSource: DataSource, secretKey: string, baseUrl: string): Promise<SyncService> {
  const service = await createSyncService({
    dataSource,
    secretKey,
    registry: new SyncerRegistry().register(defineWecomSyncer({ baseUrl })),
    log: console,
    onEvent: ({ type, syncer, run }) => {
      if (type === 'run.held') console.warn(`${syncer} waits for a person: approve or reject run ${run?.id}`);
    },
  });
  await service.start();
  return service;
}

/** Syncs an organization now, and from then on every hour. */
export async function addCompany(service: SyncService, organization: string, corpId: string, corpSecret: string) {
  const id = `${organization}/wecom`;
  await service.syncers.add({ organization, name: 'wecom', type: 'WeCom', user: corpId, password: corpSecret });
  const { ended } = await service.runs.begin(id);
  const run = await ended;
  await service.syncers.update(id, { isEnabled: true });
  return run;
}

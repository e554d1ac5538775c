import { DataSource, type DataSourceOptions } from 'typeorm';
import { defineWecomSyncer, SyncEngine, SyncerRegistry } from 'wecom-syncer';
import { Database, entities, migrate, migrations } from 'wecom-syncer/typeorm';
import { TypeormIdentityStore, TypeormLeaseStore, TypeormRunStore } from 'wecom-syncer/typeorm';

/** Syncs one WeCom company into one organization of a host's own database, and answers how it went. */
export async function syncCompany(dataSource: DataSource, corpId: string, corpSecret: string, baseUrl: string) {
  const database = await Database.over(dataSource);
  const engine = new SyncEngine({
    identity: new TypeormIdentityStore(database),
    runs: new TypeormRunStore(database),
    leases: new TypeormLeaseStore(database),
    owner: `my-host:${process.pid}`,
  });
  const wecom = defineWecomSyncer({ baseUrl });
  const registry = new SyncerRegistry().register(wecom);
  const run = await engine.run({
    syncer: {
      id: '0b7c1a52-6a4e-4d0c-9d0e-4a1f5f1f8a11',
      organization: 'acme',
      name: 'wecom',
      bindingColumn: wecom.bindingColumn,
      leavers: 'forbid',
      removalLimit: { percent: 20, count: 5 },
      syncGroups: true,
      linkBy: [],
    },
    open: () => registry.get('WeCom').open({ user: corpId, password: corpSecret }, { concurrency: 8 }),
    trigger: 'manual',
  });
  await database.close();
  return { state: run.state, ...run.counts };
}

/** A host adds the entities and migrations to the DataSource it has already; `migrate` lets one replica at a time run them. */
export async function openDataSource(options: DataSourceOptions): Promise<DataSource> {
  const dataSource = await new DataSource({
    ...options,
    entities: [...entities],
    migrations: [...migrations],
  }).initialize();
  await migrate(dataSource);
  return dataSource;
}

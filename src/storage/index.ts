// wecom-syncer/typeorm: the stores, for a host's own DataSource.
export type * from '../engine/ports/lease-store.ts';
export type * from '../engine/ports/run-store.ts';
export type * from '../engine/run.ts';
export type * from '../identity/index.ts';
export type * from '../syncer/index.ts';
export { StaleReadError, WriteConflictError } from '../identity/index.ts';
export { LeaseError, UnavailableError } from '../syncer/index.ts';
export { migrations, runMigrations } from '../../migrations/index.ts';
export { Database, type DataSource } from './database.ts';
export { entities, runEntities } from './entities/index.ts';
export { TypeormIdentityStore } from './identity/typeorm-identity-store.ts';
export { migrate } from './migrate.ts';
export { assertLease, recordChanges } from './runs/own-transaction.ts';
export { TypeormLeaseStore } from './runs/typeorm-lease-store.ts';
export { TypeormRunStore } from './runs/typeorm-run-store.ts';

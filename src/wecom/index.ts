// wecom-syncer/wecom: the connector alone, with the contract that it implements.
export type * from '../syncer/index.ts';
export type { WeComConnection } from './api/base-url.ts';
export { defineWecomSyncer, wecomSyncer } from './definition.ts';
export { WeComSyncer, type WeComSyncerOptions } from './wecom-syncer.ts';

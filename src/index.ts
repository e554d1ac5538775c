// wecom-syncer: the contract, the engine with its ports, the schedule of one process, and the WeCom connector.
export * from './syncer/index.ts';
export * from './identity/index.ts';
export * from './engine/index.ts';
export * from './scheduler/index.ts';
export * from './wecom/index.ts';

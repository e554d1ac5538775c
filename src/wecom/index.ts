// wecom-syncer/wecom: the connector alone, with the contract that it implements.
export type * from '../syncer/index.ts';
export type { WeComConnection } from './api/base-url.ts';
export { defineWecomSyncer, wecomSyncer, type WeComDefinition } from './definition.ts';
export type { Department as WeComDepartment } from './reading/department.ts';
export type {
  MalformedMember as MalformedWeComMember,
  Member as WeComPerson,
  RosterMember as WeComRosterMember,
  UndecidedMember as UndecidedWeComMember,
  WeComMember,
} from './reading/member.ts';
export type { TagGroup as WeComTagGroup } from './mapping/member-tags.ts';
export type { WeComSyncerOptions } from './syncer-options.ts';
export { WeComSyncer } from './wecom-syncer.ts';

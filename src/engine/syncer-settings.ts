/** What happens to the account of a member who is gone. */
export const LEAVER_POLICIES = ['forbid', 'keep', 'softDelete'] as const;
export type LeaverPolicy = (typeof LEAVER_POLICIES)[number];

/** Whether members whom the scope leaves out stay as they are, or count as leavers. */
export const EXCLUDED_POLICIES = ['leave', 'leaver'] as const;
export type ExcludedPolicy = (typeof EXCLUDED_POLICIES)[number];

/** Which equal values may link a member to an account that exists already. */
export const LINK_RULES = ['email', 'phone', 'name'] as const;
export type LinkRule = (typeof LINK_RULES)[number];

/** A run that would lock out more than `percent` of the active accounts and more than `count` of them is held. */
export interface RemovalLimit {
  readonly percent: number;
  readonly count: number;
}

/** Times in which no run locks anybody out, as whoever knows of calendars judges them. */
export interface FreezeSetting {
  isFrozen(moment: Date): boolean;
  /** Those wait as well whom somebody disabled in the directory. */
  readonly disabledToo: boolean;
}

/** What the engine needs to know of one stored syncer; everything about the vendor stays with the connector. */
export interface SyncerSettings {
  readonly id: string;
  readonly organization: string;
  /** Unique in the organization. */
  readonly name: string;
  /** Account column that sign-in through the vendor looks up, such as `wecom`; absent: there is none. */
  readonly bindingColumn?: string | undefined;
  readonly leavers: LeaverPolicy;
  /** So many days a leaver keeps access and memberships; absent: 0. */
  readonly graceDays?: number;
  /** With `softDelete`: so many days a leaver is forbidden first; absent: 0. */
  readonly deleteDays?: number;
  readonly removalLimit: RemovalLimit;
  /** Departments become groups. */
  readonly syncGroups: boolean;
  /** Name of the group that the tree of departments hangs below; absent or "": it is at the top of the organization. */
  readonly parentGroup?: string;
  readonly linkBy: readonly LinkRule[];
  /** When nobody is locked out; absent: never. */
  readonly freeze?: FreezeSetting;
  /** What happens to the account of a member whom the settings leave out; absent: `leaver`. */
  readonly excluded?: ExcludedPolicy;
}

/** What holds for a syncer that says nothing else. */
export const DEFAULT_SETTINGS = {
  leavers: 'forbid',
  graceDays: 0,
  deleteDays: 0,
  removalLimit: { percent: 20, count: 5 },
  syncGroups: true,
  parentGroup: '',
  linkBy: [],
} as const satisfies Partial<SyncerSettings>;

export const DEFAULT_REMOVAL_LIMIT: RemovalLimit = DEFAULT_SETTINGS.removalLimit;

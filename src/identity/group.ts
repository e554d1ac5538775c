import type { ExternalId, ExternalKey } from '../syncer/external-id.ts';

/** One group of the IAM. */
export interface Group {
  readonly owner: string;
  /** Unique in the whole database, stable under renames. */
  readonly name: string;
  readonly displayName: string;
  /** Name of the parent group, or of the organization for a top group. */
  readonly parentId: string;
  readonly isTopGroup: boolean;
  /** Account name of the manager; "" = nobody. */
  readonly manager: string;
}

/** Which group belongs to which department of which syncer. */
export interface GroupLink {
  readonly key: ExternalKey;
  readonly externalId: ExternalId;
  readonly groupName: string;
}

/** A group that was looked up by its name. */
export interface NamedGroup {
  readonly group: Group;
  /** Id of the syncer that holds it; null = nobody. */
  readonly heldBy: string | null;
}

/** A link with the group it points to; `null`: the group was deleted behind our back. */
export interface HeldGroup {
  readonly link: GroupLink;
  readonly group: Group | null;
}

/** Columns to write on one existing group, by primary key. */
export type GroupUpdate = Pick<Group, 'name'> &
  Partial<Pick<Group, 'displayName' | 'parentId' | 'isTopGroup' | 'manager'>>;

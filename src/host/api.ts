/**
 * What the host's HTTP calls answer, as types: all that the page in `src/web` knows of the server. Texts in answers are
 * in the language of the request.
 */
import type { LeaverPolicy, LinkRule, RemovalLimit } from '../engine/syncer-settings.ts';
import type { FormField } from '../syncer/definition.ts';
import type { Authority, ProfileField } from '../syncer/profile.ts';
import type { ChangeJson, RunJson } from './runs/run-json.ts';

export type { ChangeKind, ChangeState, FieldChange, FieldValue } from '../identity/change.ts';
export type { RunCounts, RunState } from '../engine/run.ts';
export type { Envelope } from './http/envelope.ts';
export type { Authority, ChangeJson, FormField, LeaverPolicy, LinkRule, ProfileField, RunJson };

export type SyncerHealth = 'ok' | 'failing' | 'quarantined' | 'held';

/** One row of the attribute mapping. */
export interface ColumnJson {
  readonly name: string;
  readonly casdoorName?: string;
  readonly iamName?: string;
  readonly type?: string;
  readonly isKey?: boolean;
  readonly isHashed?: boolean;
  readonly values?: readonly string[];
  readonly authority?: Authority | '';
}

/** The keys of a syncer that the page reads; Casdoor's other keys travel along unread. */
export interface SyncerJson {
  readonly owner: string;
  readonly name: string;
  readonly createdTime: string;
  readonly organization: string;
  readonly type: string;
  readonly syncInterval: number;
  readonly isEnabled: boolean;
  readonly errorText: string;
  readonly tableColumns: readonly ColumnJson[];
  readonly leavers: LeaverPolicy;
  readonly removalLimit: RemovalLimit;
  readonly syncGroups: boolean;
  readonly linkBy: readonly LinkRule[];
  readonly lastRun: RunJson | null;
  readonly nextRunAt: string | null;
  readonly health: SyncerHealth;
  /** Fields of the syncer's type, as `get-syncer-types` names them. */
  readonly [field: string]: unknown;
}

/** One entry of `get-syncer-types`. */
export interface SyncerTypeJson {
  readonly type: string;
  readonly title: string;
  readonly fields: readonly Omit<FormField, 'neverSent' | 'emptyMeans'>[];
  /** What a new syncer of this type begins with. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

export interface ConnectionCheckJson {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy?: string;
}

export interface ConnectionReportJson {
  readonly ok: boolean;
  readonly checks: readonly ConnectionCheckJson[];
  readonly departments: number;
  readonly members: number;
  readonly sample?: { readonly userid: string; readonly name: string };
  readonly withheldFields: readonly string[];
  readonly egressIp?: string;
}

export interface MemberReportJson {
  readonly run: RunJson;
  readonly steps: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
  readonly change?: ChangeJson;
}

/** The keys of an account that the page reads. */
export interface UserJson {
  readonly owner: string;
  readonly name: string;
  readonly displayName: string;
  readonly avatar: string;
  readonly title: string;
  readonly email: string;
  readonly phone: string;
  readonly countryCode: string;
  /** `ORG/GROUP`. */
  readonly groups: readonly string[];
  readonly isAdmin: boolean;
  readonly isForbidden: boolean;
  readonly isDeleted: boolean;
  /** `ORG/SYNCER`, or "" when no syncer holds the account. */
  readonly heldBy: string;
  readonly forbiddenBy: string | null;
  readonly deletedBy: string | null;
}

export interface OrganizationJson {
  readonly owner: string;
  readonly name: string;
  readonly displayName: string;
  readonly createdTime: string;
}

/** A node of `get-groups?withTree=true`. */
export interface GroupNodeJson {
  readonly owner: string;
  /** Name of the group. */
  readonly key: string;
  readonly title: string;
  readonly userCount: number;
  readonly children: readonly GroupNodeJson[];
}

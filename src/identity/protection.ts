/** What a protection may be about. */
export const PROTECTION_KINDS = ['user', 'userid', 'group', 'department'] as const;
export type ProtectionKind = (typeof PROTECTION_KINDS)[number];

/** Who made those that a run ends by itself, once the directory lets the member in again. */
export const BY_UNDO = 'undo';

/** How the audit log names those below a group, `ORG/NAME`. */
export const groupSubject = (group: string): string => `group ${group}`;

/**
 * How the audit log names those below a department.
 *
 * @param of the syncer that shows it, `ORG/NAME`, or the organization where any may
 */
export const departmentSubject = (of: string, id: string): string => `department ${of} ${id.toLowerCase()}`;

/** Somebody whom no run locks out or takes from, and who said so. */
export interface Protection {
  readonly id: string;
  /** The organization. */
  readonly owner: string;
  readonly kind: ProtectionKind;
  /** `ORG/NAME` of an account or a group, a userid, or the id of a department. */
  readonly value: string;
  /** "" = whichever syncer of the organization. */
  readonly syncerId: string;
  readonly reason: string;
  /** As it was said: a date, or RFC 3339; null = until somebody takes it away. */
  readonly until: string | null;
  /** `ORG/NAME`, or `undo`. */
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
}

/** A protection that holds now, with what it covers as that is stored. */
export interface StandingProtection extends Protection {
  readonly accountId: string;
  /** Names of the groups that it names or that its departments have. */
  readonly groups: readonly string[];
}

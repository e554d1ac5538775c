/**
 * A member as the sandbox keeps it: one flat object of a single shape, so that a million fit into
 * memory. `undefined` means that the wire has no such key. What can be told from `serial` (avatar,
 * QR code, custom attributes) is not stored; `wire-member.ts` writes it out.
 */
export interface Member {
  readonly serial: number;
  readonly userid: string;
  readonly name: string;
  readonly department: readonly number[];
  readonly main_department: number;
  readonly direct_leader: readonly string[];
  /** 1 active, 2 disabled, 4 not activated, 5 quit. */
  readonly status: number;
  readonly enable: number | undefined;
  readonly gender: string | undefined;
  readonly mobile: string | undefined;
  readonly email: string | undefined;
  readonly biz_mail: string | undefined;
  readonly position: string | undefined;
  readonly telephone: string | undefined;
  readonly alias: string | undefined;
  readonly english_name: string | undefined;
  readonly address: string | undefined;
  readonly external_position: string | undefined;
  /** Wire keys that a test set to values of its own, malformed ones included; they win over everything above. */
  readonly overrides: Readonly<Record<string, unknown>> | undefined;
}

export type MemberRecord = { -readonly [Key in keyof Member]: Member[Key] };

/** WeCom compares userids without case (doc 90195). */
export function userKey(userid: string): string {
  return userid.toLowerCase();
}

/** Somebody at work: activated and not disabled by either of the two flags. */
export function isActive(member: Member): boolean {
  return member.status === 1 && member.enable !== 0;
}

/** Keys of `MemberRecord` that may be set as they are, with the type that each must have. */
export const PLAIN_FIELDS = {
  name: 'string',
  status: 'number',
  enable: 'number',
  gender: 'string',
  mobile: 'string',
  email: 'string',
  biz_mail: 'string',
  position: 'string',
  telephone: 'string',
  alias: 'string',
  english_name: 'string',
  address: 'string',
  external_position: 'string',
} as const;

import type { ExternalId, ExternalKey } from '../syncer/external-id.ts';

/** Somebody whom the directory lacks, and whose account is not dealt with yet. */
export interface Absence {
  readonly key: ExternalKey;
  readonly externalId: ExternalId;
  readonly accountName: string;
  /** When a run first missed him, in milliseconds since 1970. */
  readonly missingSince: number;
  /** When a run forbade the account for it, to delete it later; null: not yet. */
  readonly forbiddenSince: number | null;
  /** A person told runs to leave him alone. */
  readonly isLeftAlone: boolean;
}

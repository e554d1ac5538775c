import type { Page } from '../../engine/ports/run-store.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import type { SyncerRecord } from '../syncers/syncer-record.ts';
import type { SyncerService } from '../syncers/syncer-service.ts';

/** The members of one syncer, and the directory that they are of. */
export interface SyncedMembers {
  readonly syncerId: string;
  readonly organization: string;
  /** What tells one directory of its type from another. */
  readonly directory: string;
}

/** Which members completed their data, and what active ones lack. */
export interface CompletionStore {
  /** That a member completed his data, whatever there was to store. */
  note(of: SyncedMembers, key: ExternalKey, completedMs: number): Promise<void>;
  /** This userid is somebody else's from now on. */
  forget(of: SyncedMembers, key: ExternalKey): Promise<void>;
  totals(of: SyncedMembers): Promise<{
    readonly members: number;
    readonly completed: number;
    readonly lackEmail: number;
    readonly lackPhone: number;
  }>;
  /** By name of the account; `page` starts at 1. */
  page(
    of: SyncedMembers,
    page: number,
    pageSize: number,
    total: number,
  ): Promise<
    Page<{
      readonly userid: string;
      readonly name: string;
      readonly completedMs: number | null;
      readonly lacksEmail: boolean;
      readonly lacksPhone: boolean;
    }>
  >;
}

/** One active member whose account a syncer keeps, and who is no administrator. */
export interface MemberCompletion {
  readonly userid: string;
  /** `ORG/NAME`. */
  readonly user: string;
  /** RFC 3339: when he completed his data last; null: never. */
  readonly completedAt: string | null;
  readonly missing: readonly ('email' | 'phone')[];
}

export interface CompletionTotals {
  readonly members: number;
  readonly completed: number;
  readonly missing: { readonly email: number; readonly phone: number };
}

export const membersOf = (
  record: Pick<SyncerRecord, 'id' | 'organization' | 'type' | 'settings'>,
  syncers: Pick<SyncerService, 'directoryOf'>,
): SyncedMembers => ({
  syncerId: record.id,
  organization: record.organization,
  directory: syncers.directoryOf(record),
});

/** Who of the members of a syncer completed his own data, and who still lacks something. */
export class CompletionService {
  readonly #store: CompletionStore;
  readonly #syncers: Pick<SyncerService, 'directoryOf'>;

  constructor(store: CompletionStore, syncers: Pick<SyncerService, 'directoryOf'>) {
    this.#store = store;
    this.#syncers = syncers;
  }

  async totals(record: SyncerRecord): Promise<CompletionTotals> {
    const { members, completed, lackEmail, lackPhone } = await this.#store.totals(membersOf(record, this.#syncers));
    return { members, completed, missing: { email: lackEmail, phone: lackPhone } };
  }

  /** @param total as `totals` counted them */
  async page(record: SyncerRecord, page: number, pageSize: number, total: number): Promise<Page<MemberCompletion>> {
    const of = membersOf(record, this.#syncers);
    const found = await this.#store.page(of, page, pageSize, total);
    const rows = found.rows.map(({ userid, name, completedMs, lacksEmail, lacksPhone }) => ({
      userid,
      user: `${record.organization}/${name}`,
      completedAt: completedMs === null ? null : new Date(completedMs).toISOString(),
      missing: [...(lacksEmail ? (['email'] as const) : []), ...(lacksPhone ? (['phone'] as const) : [])],
    }));
    return { rows, total: found.total };
  }
}

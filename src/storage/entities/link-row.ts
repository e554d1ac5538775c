import { randomUUID } from 'node:crypto';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** For a link whose account is gone: no account has such a name. */
export const namelessLink = (): string => `/${randomUUID()}`;

/** Which account or group belongs to which vendor id of which syncer, and who took its access away. */
@Entity('directory_link', { synchronize: false })
export class LinkRow {
  @PrimaryColumn('varchar', { name: 'syncer_id', length: 36 })
  syncerId!: string;

  @PrimaryColumn('varchar', { length: 10 })
  kind!: string;

  @PrimaryColumn('varchar', { name: 'external_key', length: 255 })
  externalKey!: string;

  @Column('varchar', { name: 'external_id', length: 255 })
  externalId!: string;

  @Column('varchar', { length: 100 })
  organization!: string;

  @Column('varchar', { length: 255 })
  name!: string;

  @Column('varchar', { name: 'forbidden_by', length: 10, nullable: true })
  forbiddenBy!: string | null;

  @Column('varchar', { name: 'deleted_by', length: 10, nullable: true })
  deletedBy!: string | null;

  @Column('text')
  groups!: string;

  /** "" or NULL: not known, or a group's. */
  @Column('varchar', { name: 'account_id', length: 255, nullable: true })
  accountId!: string | null;
}

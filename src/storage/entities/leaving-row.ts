import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a deleted syncer left: a link that nobody holds, until a syncer of that name comes back or another one takes it. */
@Entity('directory_leaving', { synchronize: false })
export class LeavingRow {
  @PrimaryColumn('varchar', { length: 100 })
  organization!: string;

  @PrimaryColumn('varchar', { length: 10 })
  kind!: string;

  @PrimaryColumn('varchar', { length: 255 })
  name!: string;

  @Column('varchar', { name: 'syncer_name', length: 100 })
  syncerName!: string;

  @Column('varchar', { length: 100 })
  type!: string;

  @Column('varchar', { length: 255 })
  directory!: string;

  @Column('varchar', { name: 'external_key', length: 255 })
  externalKey!: string;

  @Column('varchar', { name: 'external_id', length: 255 })
  externalId!: string;

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

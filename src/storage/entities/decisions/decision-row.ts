import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a person decided about one member of one syncer. */
@Entity('directory_decision', { synchronize: false })
export class DecisionRow {
  @PrimaryColumn('varchar', { name: 'syncer_id', length: 36 })
  syncerId!: string;

  @PrimaryColumn('varchar', { name: 'external_key', length: 255 })
  externalKey!: string;

  @Column('varchar', { name: 'external_id', length: 255 })
  externalId!: string;

  @Column('varchar', { length: 100 })
  organization!: string;

  @Column('varchar', { length: 10 })
  kind!: string;

  @Column('varchar', { length: 255 })
  name!: string;

  @Column('varchar', { name: 'account_id', length: 100 })
  accountId!: string;

  @Column('varchar', { length: 64 })
  fingerprint!: string;

  @Column('varchar', { name: 'forbidden_by', length: 10, nullable: true })
  forbiddenBy!: string | null;

  @Column('varchar', { name: 'deleted_by', length: 10, nullable: true })
  deletedBy!: string | null;
}

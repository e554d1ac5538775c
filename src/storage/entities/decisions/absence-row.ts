import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../../text-value.ts';

/** Somebody whom a directory lacks, and whose account is not dealt with yet. */
@Entity('directory_absence', { synchronize: false })
export class AbsenceRow {
  @PrimaryColumn('varchar', { name: 'syncer_id', length: 36 })
  syncerId!: string;

  @PrimaryColumn('varchar', { name: 'external_key', length: 255 })
  externalKey!: string;

  @Column('varchar', { name: 'external_id', length: 255 })
  externalId!: string;

  /** Of the account. */
  @Column('varchar', { length: 255 })
  name!: string;

  @Column('bigint', { name: 'missing_ms', transformer: bigintAsNumber })
  missingMs!: number;

  /** Forbidden for it, and to be deleted later. */
  @Column('bigint', { name: 'forbidden_ms', nullable: true, transformer: bigintAsNumber })
  forbiddenMs!: number | null;

  @Column('boolean', { name: 'left_alone' })
  leftAlone!: boolean;
}

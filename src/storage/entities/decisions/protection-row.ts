import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ProtectionKind } from '../../../identity/protection.ts';
import { bigintAsNumber } from '../../text-value.ts';

/** Somebody whom no run locks out or takes from. */
@Entity('directory_protection', { synchronize: false })
export class ProtectionRow {
  @PrimaryColumn('varchar', { length: 36 })
  id!: string;

  /** The organization. */
  @Column('varchar', { length: 100 })
  owner!: string;

  @Column('varchar', { length: 10 })
  kind!: ProtectionKind;

  @Column('varchar', { length: 360 })
  value!: string;

  /** Of kind `user`: survives a change of the name. */
  @Column('varchar', { name: 'account_id', length: 100 })
  accountId!: string;

  /** "" = whichever syncer. */
  @Column('varchar', { name: 'syncer_id', length: 36 })
  syncerId!: string;

  @Column('text')
  reason!: string;

  /** As it was said. */
  @Column('varchar', { length: 40, nullable: true })
  until!: string | null;

  /** The moment that it means. */
  @Column('bigint', { name: 'ends_ms', nullable: true, transformer: bigintAsNumber })
  endsMs!: number | null;

  @Column('varchar', { name: 'made_by', length: 360 })
  madeBy!: string;

  @Column('bigint', { name: 'made_ms', transformer: bigintAsNumber })
  madeMs!: number;

  /** What it is about, unique; null: a version of before stored it. */
  @Column('varchar', { name: 'subject_key', length: 64, nullable: true })
  subjectKey!: string | null;
}

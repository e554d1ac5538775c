import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../text-value.ts';

/** What a run did, would do, or could not do. Fields and reason are JSON. */
@Entity('sync_change', { synchronize: false })
export class ChangeRow {
  @PrimaryColumn('varchar', { name: 'run_id', length: 36 })
  runId!: string;

  @PrimaryColumn('int')
  seq!: number;

  @Column('varchar', { length: 20 })
  kind!: string;

  @Column('varchar', { length: 255 })
  userid!: string;

  @Column('varchar', { name: 'userid_key', length: 255 })
  useridKey!: string;

  @Column('varchar', { length: 360 })
  user!: string;

  @Column('text')
  fields!: string;

  @Column('text')
  reason!: string;

  @Column('varchar', { length: 20 })
  state!: string;

  /** When an account was changed by it; null: it was not, or not by this run, or it is about a group. */
  @Column('bigint', { name: 'at_ms', nullable: true, transformer: bigintAsNumber })
  atMs!: number | null;
}

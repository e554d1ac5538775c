import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../text-value.ts';

/** The right to run: one row per syncer that runs or ran. */
@Entity('sync_lease', { synchronize: false })
export class LeaseRow {
  @PrimaryColumn('varchar', { name: 'syncer_id', length: 36 })
  syncerId!: string;

  @Column('varchar', { name: 'run_id', length: 36 })
  runId!: string;

  @Column('varchar', { length: 255 })
  owner!: string;

  @Column('varchar', { length: 40 })
  since!: string;

  @Column('varchar', { length: 64 })
  token!: string;

  @Column('bigint', { name: 'expires_ms', transformer: bigintAsNumber })
  expiresMs!: number;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Health } from '../../service/syncers/syncer-record.ts';

/** A configured syncer. Settings and leftovers are JSON objects; secrets are a JSON object of encrypted values. */
@Entity('directory_syncer', { synchronize: false })
export class SyncerRow {
  @PrimaryColumn('varchar', { length: 36 })
  id!: string;

  @Column('varchar', { length: 100 })
  organization!: string;

  @Column('varchar', { length: 100 })
  name!: string;

  @Column('varchar', { length: 100 })
  type!: string;

  @Column('varchar', { name: 'created_time', length: 40 })
  createdTime!: string;

  @Column('boolean', { name: 'is_enabled' })
  isEnabled!: boolean;

  @Column('int', { name: 'sync_interval' })
  syncInterval!: number;

  @Column('text')
  settings!: string;

  @Column('text')
  secrets!: string;

  @Column('text')
  leftovers!: string;

  @Column('text', { name: 'error_text' })
  errorText!: string;

  @Column('varchar', { length: 20 })
  health!: Health;

  @Column('int')
  failures!: number;

  @Column('varchar', { name: 'next_run_at', length: 40, nullable: true })
  nextRunAt!: string | null;

  @Column('varchar', { name: 'last_run_id', length: 36, nullable: true })
  lastRunId!: string | null;

  @Column('int')
  version!: number;
}

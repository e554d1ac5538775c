import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../text-value.ts';

/** One run. Progress, counts, warnings and error are JSON. */
@Entity('sync_run', { synchronize: false })
export class RunRow {
  @PrimaryColumn('varchar', { length: 36 })
  id!: string;

  @Column('varchar', { name: 'syncer_id', length: 36 })
  syncerId!: string;

  @Column('varchar', { length: 100 })
  organization!: string;

  @Column('varchar', { name: 'syncer_name', length: 100 })
  syncerName!: string;

  @Column('varchar', { name: 'trigger_kind', length: 20 })
  triggerKind!: string;

  @Column('boolean', { name: 'dry_run' })
  dryRun!: boolean;

  @Column('varchar', { length: 20 })
  state!: string;

  @Column('varchar', { length: 20 })
  phase!: string;

  @Column('varchar', { name: 'started_at', length: 40 })
  startedAt!: string;

  @Column('bigint', { name: 'started_ms', transformer: bigintAsNumber })
  startedMs!: number;

  @Column('varchar', { name: 'finished_at', length: 40, nullable: true })
  finishedAt!: string | null;

  @Column('bigint', { name: 'finished_ms', nullable: true, transformer: bigintAsNumber })
  finishedMs!: number | null;

  @Column('text')
  progress!: string;

  @Column('text')
  counts!: string;

  @Column('text')
  warnings!: string;

  @Column('text', { nullable: true })
  error!: string | null;

  @Column('varchar', { name: 'lock_out_digest', length: 128 })
  lockOutDigest!: string;

  @Column('varchar', { name: 'superseded_by', length: 36, nullable: true })
  supersededBy!: string | null;
}

/** Which lock-outs a person rejected last, by fingerprint. */
@Entity('sync_rejection', { synchronize: false })
export class RejectionRow {
  @PrimaryColumn('varchar', { name: 'syncer_id', length: 36 })
  syncerId!: string;

  @Column('varchar', { length: 128 })
  digest!: string;
}

/** What a person said of one lock-out of one syncer, while it was not done. */
@Entity('lock_out_decision', { synchronize: false })
export class LockOutDecisionRow {
  @PrimaryColumn('varchar', { name: 'syncer_id', length: 36 })
  syncerId!: string;

  /** Of the change. */
  @PrimaryColumn('varchar', { length: 20 })
  kind!: string;

  @PrimaryColumn('varchar', { name: 'external_key', length: 255 })
  externalKey!: string;

  @Column('varchar', { length: 10 })
  standing!: string;
}

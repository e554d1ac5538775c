import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../text-value.ts';

/** When a member last completed his own data. */
@Entity('member_completion', { synchronize: false })
export class MemberCompletionRow {
  @PrimaryColumn('varchar', { length: 100 })
  organization!: string;

  /** Which directory: what its type says tells one from another. */
  @PrimaryColumn('varchar', { length: 255 })
  directory!: string;

  @PrimaryColumn('varchar', { name: 'external_key', length: 255 })
  externalKey!: string;

  @Column('bigint', { name: 'completed_ms', transformer: bigintAsNumber })
  completedMs!: number;
}

/** That a member was asked to complete his data, or was to be. */
@Entity('member_nudge', { synchronize: false })
export class MemberNudgeRow {
  @PrimaryColumn('varchar', { length: 100 })
  organization!: string;

  @PrimaryColumn('varchar', { length: 255 })
  directory!: string;

  @PrimaryColumn('varchar', { name: 'external_key', length: 255 })
  externalKey!: string;

  /** By which syncer. */
  @Column('varchar', { name: 'syncer_id', length: 36 })
  syncerId!: string;

  /** In the time zone of the syncer, such as 2026-11-30. */
  @Column('varchar', { length: 10 })
  day!: string;

  /** `intended` until the directory has answered: then `sent`, `refused`, or `limited`, which ends the day. */
  @Column('varchar', { length: 10 })
  state!: string;
}

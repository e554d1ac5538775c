import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../text-value.ts';

/** Who began a run; kept as long as the changes that it made to accounts, and so longer than the run itself. */
@Entity('run_origin', { synchronize: false })
export class RunOriginRow {
  @PrimaryColumn('varchar', { name: 'run_id', length: 36 })
  runId!: string;

  @Column('varchar', { length: 100 })
  organization!: string;

  @Column('varchar', { name: 'syncer_name', length: 100 })
  syncerName!: string;

  @Column('varchar', { name: 'trigger_kind', length: 20 })
  triggerKind!: string;

  /** `ORG/NAME` of a person, or of the syncer itself. */
  @Column('varchar', { length: 360 })
  actor!: string;

  @Column('bigint', { name: 'started_ms', transformer: bigintAsNumber })
  startedMs!: number;
}

/** An account that was given another name: what happened to it before stands under the former one. */
@Entity('account_rename', { synchronize: false })
export class AccountRenameRow {
  @PrimaryColumn('varchar', { length: 36 })
  id!: string;

  /** `ORG/NAME`, as the other. */
  @Column('varchar', { length: 360 })
  former!: string;

  @Column('varchar', { length: 360 })
  name!: string;

  @Column('bigint', { name: 'renamed_ms', transformer: bigintAsNumber })
  renamedMs!: number;
}

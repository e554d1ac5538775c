import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { AppliedList } from '../../service/configuration/applied-text.ts';
import { bigintAsNumber } from '../text-value.ts';

/** What a text that was applied said of one organization, a row per list; JSON, without secrets. */
@Entity('applied_configuration', { synchronize: false })
export class AppliedConfigurationRow {
  @PrimaryColumn('varchar', { length: 100 })
  organization!: string;

  @PrimaryColumn('varchar', { length: 20 })
  list!: AppliedList['list'];

  @Column('text')
  said!: string;

  @Column('varchar', { name: 'applied_by', length: 360 })
  appliedBy!: string;

  @Column('bigint', { name: 'applied_ms', transformer: bigintAsNumber })
  appliedMs!: number;
}

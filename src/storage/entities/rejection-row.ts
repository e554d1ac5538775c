import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Which lock-outs a person rejected last, by fingerprint. */
@Entity('sync_rejection')
export class RejectionRow {
  @PrimaryColumn('varchar', { name: 'syncer_id', length: 36 })
  syncerId!: string;

  @Column('varchar', { length: 128 })
  digest!: string;
}

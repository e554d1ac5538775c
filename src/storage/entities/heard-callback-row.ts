import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../text-value.ts';

/** A message of a directory that was heard, until it is too old to be heard again. */
@Entity('heard_callback', { synchronize: false })
export class HeardCallbackRow {
  @PrimaryColumn('varchar', { name: 'syncer_id', length: 36 })
  syncerId!: string;

  @PrimaryColumn('varchar', { name: 'message_id', length: 64 })
  messageId!: string;

  /** Of whoever heard it first. */
  @Column('varchar', { length: 36 })
  token!: string;

  @Column('bigint', { name: 'expires_ms', transformer: bigintAsNumber })
  expiresMs!: number;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../text-value.ts';

/** A sign-in to the host that can be ended: the cookie's id as a hash, never the id itself. */
@Entity('host_session', { synchronize: false })
export class SessionRow {
  @PrimaryColumn('varchar', { name: 'sid_hash', length: 64 })
  sidHash!: string;

  @Column('varchar', { name: 'user_owner', length: 100 })
  userOwner!: string;

  @Column('varchar', { name: 'user_name', length: 255 })
  userName!: string;

  /** Of the account that signed in: another one may have the name later. */
  @Column('varchar', { name: 'user_id', length: 100 })
  userId!: string;

  @Column('bigint', { name: 'created_ms', transformer: bigintAsNumber })
  createdMs!: number;

  @Column('bigint', { name: 'last_seen_ms', transformer: bigintAsNumber })
  lastSeenMs!: number;

  @Column('bigint', { name: 'expires_ms', transformer: bigintAsNumber })
  expiresMs!: number;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../text-value.ts';

/** A member who came back from the directory's page, until his visit is too old to go on, or to count. */
@Entity('member_visit', { synchronize: false })
export class MemberVisitRow {
  /** SHA-256 of what he brought back, in hexadecimal digits. */
  @PrimaryColumn('varchar', { name: 'state_hash', length: 64 })
  stateHash!: string;

  @Column('varchar', { name: 'syncer_id', length: 36 })
  syncerId!: string;

  /** Whose visit it is, by the key of his id; "" = nobody knows. */
  @Column('varchar', { length: 255 })
  member!: string;

  /** What he gives, sealed; "" = nothing that is still to be stored. */
  @Column('text')
  content!: string;

  /** 0 = not yet. */
  @Column('bigint', { name: 'completed_ms', transformer: bigintAsNumber })
  completedMs!: number;

  @Column('bigint', { name: 'expires_ms', transformer: bigintAsNumber })
  expiresMs!: number;
}

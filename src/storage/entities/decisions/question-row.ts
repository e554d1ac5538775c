import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../../text-value.ts';

/** What only a person can decide about one member or department. Member, candidates and comment are JSON. */
@Entity('sync_question', { synchronize: false })
export class QuestionRow {
  @PrimaryColumn('varchar', { length: 36 })
  id!: string;

  @Column('varchar', { name: 'syncer_id', length: 36 })
  syncerId!: string;

  @Column('varchar', { length: 100 })
  organization!: string;

  @Column('varchar', { length: 10 })
  subject!: string;

  @Column('varchar', { name: 'external_key', length: 255 })
  externalKey!: string;

  @Column('varchar', { length: 255 })
  userid!: string;

  @Column('varchar', { length: 20 })
  kind!: string;

  @Column('text')
  member!: string;

  @Column('text')
  candidates!: string;

  @Column('varchar', { name: 'proposed_name', length: 255 })
  proposedName!: string;

  @Column('varchar', { length: 64 })
  fingerprint!: string;

  /** The run that asked it last. */
  @Column('varchar', { name: 'run_id', length: 36 })
  runId!: string;

  /** When it was asked first, in milliseconds since 1970. */
  @Column('bigint', { name: 'asked_ms', transformer: bigintAsNumber })
  askedMs!: number;

  @Column('varchar', { length: 10 })
  state!: string;

  @Column('varchar', { length: 255 })
  answer!: string;

  @Column('boolean', { name: 'keep_sign_in' })
  keepSignIn!: boolean;

  @Column('varchar', { name: 'decided_by', length: 360 })
  decidedBy!: string;

  @Column('varchar', { name: 'decided_at', length: 40, nullable: true })
  decidedAt!: string | null;

  @Column('text', { name: 'comment_json' })
  comment!: string;

  @Column('varchar', { length: 10 })
  waits!: string;
}

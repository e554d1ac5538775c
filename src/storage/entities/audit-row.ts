import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../text-value.ts';

/** Who did what in the host, for the organization's administrators. Never with a secret in it. */
@Entity('audit_log', { synchronize: false })
export class AuditRow {
  @PrimaryColumn('varchar', { length: 36 })
  id!: string;

  @Column('varchar', { length: 100 })
  organization!: string;

  @Column('varchar', { name: 'created_time', length: 40 })
  createdTime!: string;

  @Column('bigint', { name: 'created_ms', transformer: bigintAsNumber })
  createdMs!: number;

  @Column('varchar', { length: 360 })
  actor!: string;

  @Column('varchar', { length: 100 })
  action!: string;

  @Column('varchar', { length: 360 })
  target!: string;

  @Column('varchar', { name: 'client_ip', length: 64 })
  clientIp!: string;

  @Column('text')
  detail!: string;

  /** Whose history it is part of: an account, `ORG/NAME`, or a run that was decided; null: nobody's. */
  @Column('varchar', { length: 360, nullable: true })
  subject!: string | null;
}

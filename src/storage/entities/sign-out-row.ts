import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A session at the IAM beside us that is still to be ended there. */
@Entity('iam_sign_out', { synchronize: false })
export class SignOutRow {
  @PrimaryColumn('varchar', { length: 100 })
  owner!: string;

  @PrimaryColumn('varchar', { length: 255 })
  name!: string;

  @PrimaryColumn('varchar', { length: 100 })
  application!: string;

  /** `access`: the account was locked out. `sign-in`: what let somebody in counts no more. */
  @Column('varchar', { length: 10 })
  cause!: string;

  /** The run that locked the account out, or "". */
  @Column('varchar', { name: 'run_id', length: 36 })
  runId!: string;
}

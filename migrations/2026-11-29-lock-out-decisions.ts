import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, type TableDefinition } from './table-definition.ts';

const lockOutDecision: TableDefinition = {
  name: 'lock_out_decision',
  kind: 'own',
  columns: {
    syncer_id: 'varchar(36)',
    kind: 'varchar(20)',
    external_key: 'varchar(255)',
    standing: 'varchar(10)',
  },
  primaryKey: ['syncer_id', 'kind', 'external_key'],
  indexes: [],
};

/** What a person said of single lock-outs: a set of them is another one as soon as one of them comes or goes. */
export class LockOutDecisions1795917600000 implements MigrationInterface {
  readonly name = 'LockOutDecisions1795917600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createTable(queryRunner, lockOutDecision);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTable(queryRunner, lockOutDecision);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, type TableDefinition } from './table-definition.ts';

const appliedConfiguration: TableDefinition = {
  name: 'applied_configuration',
  kind: 'own',
  columns: {
    organization: 'varchar(100)',
    list: 'varchar(20)',
    said: 'mediumtext',
    applied_by: 'varchar(360)',
    applied_ms: 'bigint',
  },
  primaryKey: ['organization', 'list'],
  indexes: [],
};

/** What the last text that was applied said, so that everybody sees what was changed by hand since. */
export class AppliedConfiguration1795930000000 implements MigrationInterface {
  readonly name = 'AppliedConfiguration1795930000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createTable(queryRunner, appliedConfiguration);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTable(queryRunner, appliedConfiguration);
  }
}

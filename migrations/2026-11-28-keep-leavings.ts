import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, type TableDefinition } from './table-definition.ts';

const directoryLeaving: TableDefinition = {
  name: 'directory_leaving',
  kind: 'own',
  columns: {
    organization: 'varchar(100)',
    kind: 'varchar(10)',
    name: 'varchar(255)',
    syncer_name: 'varchar(100)',
    type: 'varchar(100)',
    directory: 'varchar(255)',
    external_key: 'varchar(255)',
    external_id: 'varchar(255)',
    forbidden_by: 'varchar(10)?',
    deleted_by: 'varchar(10)?',
    groups: 'mediumtext',
  },
  primaryKey: ['organization', 'kind', 'name'],
  indexes: [],
};

/** What deleted syncers held is remembered, so that the accounts and groups that they made can be taken up again. */
export class KeepLeavings1795839000000 implements MigrationInterface {
  readonly name = 'KeepLeavings1795839000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createTable(queryRunner, directoryLeaving);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTable(queryRunner, directoryLeaving);
  }
}

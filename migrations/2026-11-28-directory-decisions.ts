import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, type TableDefinition } from './table-definition.ts';

const directoryDecision: TableDefinition = {
  name: 'directory_decision',
  kind: 'own',
  columns: {
    syncer_id: 'varchar(36)',
    external_key: 'varchar(255)',
    external_id: 'varchar(255)',
    organization: 'varchar(100)',
    kind: 'varchar(10)',
    name: 'varchar(255)',
    account_id: 'varchar(100)',
    fingerprint: 'varchar(64)',
  },
  primaryKey: ['syncer_id', 'external_key'],
  indexes: [{ name: 'IDX_directory_decision_organization', columns: ['organization', 'kind'] }],
};

/** What a person decided about one member: it outlives links, which come and go with what a directory says. */
export class DirectoryDecisions1795838400000 implements MigrationInterface {
  readonly name = 'DirectoryDecisions1795838400000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createTable(queryRunner, directoryDecision);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTable(queryRunner, directoryDecision);
  }
}

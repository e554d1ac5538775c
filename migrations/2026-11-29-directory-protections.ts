import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, type TableDefinition } from './table-definition.ts';

const directoryProtection: TableDefinition = {
  name: 'directory_protection',
  kind: 'own',
  columns: {
    id: 'varchar(36)',
    owner: 'varchar(100)',
    kind: 'varchar(10)',
    value: 'varchar(360)',
    account_id: 'varchar(100)',
    syncer_id: 'varchar(36)',
    reason: 'text',
    until: 'varchar(40)?',
    ends_ms: 'bigint?',
    made_by: 'varchar(360)',
    made_ms: 'bigint',
  },
  primaryKey: ['id'],
  indexes: [{ name: 'IDX_directory_protection_owner', columns: ['owner', 'made_ms'] }],
};

/** Whom no run locks out or takes from, by whose word, and until when. */
export class DirectoryProtections1795912000000 implements MigrationInterface {
  readonly name = 'DirectoryProtections1795912000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createTable(queryRunner, directoryProtection);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTable(queryRunner, directoryProtection);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, type TableDefinition } from './table-definition.ts';

const directoryAbsence: TableDefinition = {
  name: 'directory_absence',
  kind: 'own',
  columns: {
    syncer_id: 'varchar(36)',
    external_key: 'varchar(255)',
    external_id: 'varchar(255)',
    name: 'varchar(255)',
    missing_ms: 'bigint',
    forbidden_ms: 'bigint?',
    left_alone: 'bool',
  },
  primaryKey: ['syncer_id', 'external_key'],
  indexes: [{ name: 'IDX_directory_absence_missing', columns: ['syncer_id', 'missing_ms'] }],
};

/** Since when a directory lacks somebody whose account is not dealt with yet: a time that no later run can find out. */
export class DirectoryAbsences1795914000000 implements MigrationInterface {
  readonly name = 'DirectoryAbsences1795914000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createTable(queryRunner, directoryAbsence);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTable(queryRunner, directoryAbsence);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addColumns, dropColumn } from './table-definition.ts';

const TABLES = ['directory_link', 'directory_leaving'] as const;

/** A link knows its account by the id as well: whoever gets the name of one that is gone is somebody else. */
export class LinkedAccounts1795941000000 implements MigrationInterface {
  readonly name = 'LinkedAccounts1795941000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const name of TABLES) await addColumns(queryRunner, { name, kind: 'own' }, { account_id: 'varchar(255)?' });
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of TABLES) await dropColumn(queryRunner, name, 'account_id');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addColumns, dropColumn } from './table-definition.ts';

const TABLE = { name: 'sync_question', kind: 'own' } as const;

/** A newcomer may have been one of several people: who holds a candidate is looked up when it is decided. */
export class SeveralFormerSelves1795925000000 implements MigrationInterface {
  readonly name = 'SeveralFormerSelves1795925000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await dropColumn(queryRunner, TABLE.name, 'former_key');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await addColumns(queryRunner, TABLE, { former_key: 'varchar(255)?' });
  }
}

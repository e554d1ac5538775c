import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, type TableDefinition } from './table-definition.ts';

const iamSignOut: TableDefinition = {
  name: 'iam_sign_out',
  kind: 'own',
  columns: {
    owner: 'varchar(100)',
    name: 'varchar(255)',
    application: 'varchar(100)',
    cause: 'varchar(10)',
    run_id: 'varchar(36)',
  },
  primaryKey: ['owner', 'name', 'application'],
  indexes: [],
};

/** Sessions at the IAM that are still to be ended there: written with what takes the access, gone once it is done. */
export class IamSignOuts1795905600000 implements MigrationInterface {
  readonly name = 'IamSignOuts1795905600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createTable(queryRunner, iamSignOut);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTable(queryRunner, iamSignOut);
  }
}

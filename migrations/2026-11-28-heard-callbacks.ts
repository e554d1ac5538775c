import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, type TableDefinition } from './table-definition.ts';

const heardCallback: TableDefinition = {
  name: 'heard_callback',
  kind: 'own',
  columns: {
    syncer_id: 'varchar(36)',
    message_id: 'varchar(64)',
    token: 'varchar(36)',
    expires_ms: 'bigint',
  },
  primaryKey: ['syncer_id', 'message_id'],
  indexes: [{ name: 'IDX_heard_callback_expires', columns: ['expires_ms'] }],
};

/** Messages of directories that were heard: one that comes again, to whichever host, is not acted on twice. */
export class HeardCallbacks1795842000000 implements MigrationInterface {
  readonly name = 'HeardCallbacks1795842000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createTable(queryRunner, heardCallback);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTable(queryRunner, heardCallback);
  }
}

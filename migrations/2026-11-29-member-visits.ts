import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, type TableDefinition } from './table-definition.ts';

const memberVisit: TableDefinition = {
  name: 'member_visit',
  kind: 'own',
  columns: {
    state_hash: 'varchar(64)',
    syncer_id: 'varchar(36)',
    member: 'varchar(255)',
    content: 'text',
    completed_ms: 'bigint',
    expires_ms: 'bigint',
  },
  primaryKey: ['state_hash'],
  indexes: [
    { name: 'IDX_member_visit_member', columns: ['syncer_id', 'member'] },
    { name: 'IDX_member_visit_expires', columns: ['expires_ms'] },
  ],
};

/** Members on their way through their own page, whichever host serves the next step. */
export class MemberVisits1795939200000 implements MigrationInterface {
  readonly name = 'MemberVisits1795939200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createTable(queryRunner, memberVisit);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTable(queryRunner, memberVisit);
  }
}

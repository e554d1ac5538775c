import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, type TableDefinition } from './table-definition.ts';

/** By member and directory, not by syncer: one that takes over from another knows who was there and who was asked. */
const MEMBER = { organization: 'varchar(100)', directory: 'varchar(255)', external_key: 'varchar(255)' } as const;
const primaryKey = Object.keys(MEMBER);

const memberCompletion: TableDefinition = {
  name: 'member_completion',
  kind: 'own',
  columns: { ...MEMBER, completed_ms: 'bigint' },
  primaryKey,
  indexes: [],
};

const memberNudge: TableDefinition = {
  name: 'member_nudge',
  kind: 'own',
  columns: { ...MEMBER, syncer_id: 'varchar(36)', day: 'varchar(10)', state: 'varchar(10)' },
  primaryKey,
  indexes: [{ name: 'IDX_member_nudge_day', columns: ['syncer_id', 'day'] }],
};

/** Which members completed their data when, and which were asked to. */
export class MemberCompletions1795940000000 implements MigrationInterface {
  readonly name = 'MemberCompletions1795940000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createTable(queryRunner, memberCompletion);
    await createTable(queryRunner, memberNudge);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTable(queryRunner, memberNudge);
    await dropTable(queryRunner, memberCompletion);
  }
}

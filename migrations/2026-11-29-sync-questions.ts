import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, type TableDefinition } from './table-definition.ts';

const syncQuestion: TableDefinition = {
  name: 'sync_question',
  kind: 'own',
  columns: {
    id: 'varchar(36)',
    syncer_id: 'varchar(36)',
    organization: 'varchar(100)',
    subject: 'varchar(10)',
    external_key: 'varchar(255)',
    userid: 'varchar(255)',
    kind: 'varchar(20)',
    member: 'mediumtext',
    candidates: 'mediumtext',
    proposed_name: 'varchar(255)',
    fingerprint: 'varchar(64)',
    former_key: 'varchar(255)',
    run_id: 'varchar(36)',
    asked_ms: 'bigint',
    state: 'varchar(10)',
    answer: 'varchar(255)',
    keep_sign_in: 'bool',
    decided_by: 'varchar(360)',
    decided_at: 'varchar(40)?',
    comment_json: 'mediumtext',
    waits: 'varchar(10)',
  },
  primaryKey: ['id'],
  indexes: [
    { name: 'IDX_sync_question_member', columns: ['syncer_id', 'subject', 'external_key'], unique: true },
    { name: 'IDX_sync_question_state', columns: ['syncer_id', 'state', 'asked_ms'] },
    { name: 'IDX_sync_question_waits', columns: ['syncer_id', 'waits'] },
  ],
};

/** What only a person can decide about a member, and what was decided. */
export class SyncQuestions1795918000000 implements MigrationInterface {
  readonly name = 'SyncQuestions1795918000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createTable(queryRunner, syncQuestion);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTable(queryRunner, syncQuestion);
  }
}

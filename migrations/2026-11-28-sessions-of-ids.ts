import { TableColumn, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { tableName } from './table-definition.ts';

const SESSIONS = 'host_session';
const USER_ID = 'user_id';
const AUDIT_TIME = new TableIndex({ name: 'IDX_audit_log_created', columnNames: ['created_ms'] });

/** Sign-ins belong to the id of an account, not to its name; and old audit entries are found by their time. */
export class SessionsOfIds1795831200000 implements MigrationInterface {
  readonly name = 'SessionsOfIds1795831200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // MySQL commits after each DDL statement: what a crash left half done is finished by the next start.
    if (!(await queryRunner.hasColumn(SESSIONS, USER_ID))) {
      await queryRunner.addColumn(
        SESSIONS,
        new TableColumn({ name: USER_ID, type: 'varchar', length: '100', isNullable: false, default: "''" }),
      );
    }
    // Nobody knows whose the old ones were at the time; people sign in once more.
    await queryRunner.query(`DELETE FROM ${tableName(queryRunner, SESSIONS)}`);
    const table = await queryRunner.getTable('audit_log');
    if (table && !table.indices.some(({ name }) => name === AUDIT_TIME.name)) {
      await queryRunner.createIndex(table, AUDIT_TIME);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndex('audit_log', AUDIT_TIME);
    await queryRunner.dropColumn(SESSIONS, USER_ID);
  }
}

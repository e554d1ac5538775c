import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { addColumns, createTable, dropTable, tableName, type TableDefinition } from './table-definition.ts';

const runOrigin: TableDefinition = {
  name: 'run_origin',
  kind: 'own',
  columns: {
    run_id: 'varchar(36)',
    organization: 'varchar(100)',
    syncer_name: 'varchar(100)',
    trigger_kind: 'varchar(20)',
    actor: 'varchar(360)',
    started_ms: 'bigint',
  },
  primaryKey: ['run_id'],
  indexes: [{ name: 'IDX_run_origin_organization', columns: ['organization', 'started_ms'] }],
};

const accountRename: TableDefinition = {
  name: 'account_rename',
  kind: 'own',
  columns: {
    id: 'varchar(36)',
    former: 'varchar(360)',
    name: 'varchar(360)',
    renamed_ms: 'bigint',
  },
  primaryKey: ['id'],
  indexes: [
    { name: 'IDX_account_rename_former', columns: ['former', 'renamed_ms'] },
    { name: 'IDX_account_rename_name', columns: ['name', 'renamed_ms'] },
  ],
};

const change = { name: 'sync_change', kind: 'own' } as const;
const audit = { name: 'audit_log', kind: 'own' } as const;
const ofAccount = new TableIndex({ name: 'IDX_sync_change_user', columnNames: ['user', 'at_ms'] });
const ofSubject = new TableIndex({ name: 'IDX_audit_log_subject', columnNames: ['subject', 'created_ms'] });

const EDITS = `'add-user', 'update-user', 'delete-user', 'set-password', 'remove-user-from-group'`;
const CHANGES = `'create', 'update', 'forbid', 'restore', 'remove', 'link'`;

/**
 * What happened to one account is found by its name, also when the run that did it is gone. What was stored before is
 * told as far as it is known: nobody wrote down who began a run.
 */
export class AccountHistory1795924800000 implements MigrationInterface {
  readonly name = 'AccountHistory1795924800000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const { type } = queryRunner.dataSource.options;
    const t = (name: string): string => tableName(queryRunner, name);
    await createTable(queryRunner, runOrigin);
    await createTable(queryRunner, accountRename);
    await addColumns(queryRunner, change, { at_ms: 'bigint?' });
    await addColumns(queryRunner, audit, { subject: 'varchar(360)?' });
    const syncer =
      type === 'mysql' || type === 'mariadb'
        ? `CONCAT(organization, '/', syncer_name)`
        : `organization || '/' || syncer_name`;
    await queryRunner.query(
      `INSERT INTO ${t('run_origin')} (run_id, organization, syncer_name, trigger_kind, actor, started_ms)
       SELECT id, organization, syncer_name, trigger_kind, ${syncer}, started_ms FROM ${t('sync_run')}
       WHERE dry_run = FALSE AND id NOT IN (SELECT run_id FROM ${t('run_origin')})`,
    );
    // A lock-out that waited is told by the run that applied it, and not once more by the one that was held.
    await queryRunner.query(
      `UPDATE ${t('sync_change')} SET at_ms =
         (SELECT COALESCE(r.finished_ms, r.started_ms) FROM ${t('sync_run')} r WHERE r.id = run_id)
       WHERE state = 'applied' AND kind IN (${CHANGES})
         AND run_id IN (SELECT id FROM ${t('sync_run')} WHERE dry_run = FALSE)
         AND NOT (kind IN ('forbid', 'remove')
           AND run_id IN (SELECT id FROM ${t('sync_run')} WHERE warnings LIKE '%"code":"held"%'))`,
    );
    await queryRunner.query(
      `UPDATE ${t('audit_log')} SET subject = target
       WHERE (action IN (${EDITS}) AND detail LIKE '{"outcome":"ok"%')
         OR (action IN ('approve-run', 'reject-run') AND (detail LIKE '{"outcome":"held"%'
           OR detail LIKE '{"outcome":"succeeded"%' OR detail LIKE '{"outcome":"cancelled"%'))`,
    );
    await addIndex(queryRunner, change.name, ofAccount);
    await addIndex(queryRunner, audit.name, ofSubject);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndex(audit.name, ofSubject);
    await queryRunner.dropIndex(change.name, ofAccount);
    await queryRunner.dropColumn(audit.name, 'subject');
    await queryRunner.dropColumn(change.name, 'at_ms');
    await dropTable(queryRunner, accountRename);
    await dropTable(queryRunner, runOrigin);
  }
}

/** MySQL commits after each DDL statement: what a crash left half done is finished by the next start. */
async function addIndex(queryRunner: QueryRunner, name: string, index: TableIndex): Promise<void> {
  const table = await queryRunner.getTable(name);
  if (table && !table.indices.some((one) => one.name === index.name)) await queryRunner.createIndex(table, index);
}

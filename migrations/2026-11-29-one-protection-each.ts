import { createHash } from 'node:crypto';
import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { addColumns, dropColumn, statement, tableName } from './table-definition.ts';

const TABLE = { name: 'directory_protection', kind: 'own' } as const;
const COLUMN = 'subject_key';
const SUBJECT = new TableIndex({
  name: 'IDX_directory_protection_subject',
  columnNames: [COLUMN],
  isUnique: true,
});

interface StoredProtection {
  readonly id: string;
  readonly owner: string;
  readonly kind: string;
  readonly value: string;
  readonly account_id: string;
  readonly syncer_id: string;
  readonly made_by: string;
  readonly made_ms: number | string;
  readonly ends_ms: number | string | null;
}

/** Who is protected twice at one moment is protected once, for as long as the longer one says. */
export class OneProtectionEach1795926000000 implements MigrationInterface {
  readonly name = 'OneProtectionEach1795926000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // NULL for what a process of the version before stores while this one is being rolled out.
    await addColumns(queryRunner, TABLE, { [COLUMN]: 'varchar(64)?' });
    const table = tableName(queryRunner, TABLE.name);
    const rows = (await queryRunner.query(`SELECT * FROM ${table}`)) as readonly StoredProtection[];
    const kept = new Set<string>();
    for (const row of [...rows].toSorted(longestFirst)) {
      const key = keyOf(row);
      if (kept.has(key)) {
        await queryRunner.query(statement(queryRunner, `DELETE FROM ${table} WHERE id = ?`), [row.id]);
      } else {
        const update = statement(queryRunner, `UPDATE ${table} SET ${COLUMN} = ? WHERE id = ?`);
        await queryRunner.query(update, [key, row.id]);
      }
      kept.add(key);
    }
    const stored = await queryRunner.getTable(TABLE.name);
    if (stored && !stored.indices.some(({ name }) => name === SUBJECT.name)) {
      await queryRunner.createIndex(stored, SUBJECT);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndex(TABLE.name, SUBJECT);
    await dropColumn(queryRunner, TABLE.name, COLUMN);
  }
}

const endOf = ({ ends_ms: end }: StoredProtection): number => (end === null ? Infinity : Number(end));

const longestFirst = (one: StoredProtection, other: StoredProtection): number =>
  endOf(other) - endOf(one) || Number(other.made_ms) - Number(one.made_ms);

function keyOf(row: StoredProtection): string {
  const { owner, kind, value, account_id: accountId, syncer_id: syncerId, made_by: madeBy } = row;
  const named =
    kind === 'user' && accountId !== ''
      ? ['id', accountId]
      : ['value', kind === 'userid' ? value.toLowerCase() : value];
  const parts = [owner, kind, ...named, syncerId, madeBy === 'undo' ? 'undo' : 'person'];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

import type { QueryRunner } from 'typeorm';

/** `varchar(n)`, or one of Casdoor's other types; a `?` at the end of an own table's column allows NULL. */
type ColumnType = 'text' | 'mediumtext' | 'json' | 'int' | 'bigint' | 'bool' | 'double' | `varchar(${number})`;

export interface TableDefinition {
  readonly name: string;
  /** `shared`: a table of Casdoor's, where only the primary key is NOT NULL. `own`: ours, where NULL is the exception. */
  readonly kind: 'shared' | 'own';
  readonly columns: Readonly<Record<string, ColumnType | `${ColumnType}?`>>;
  readonly primaryKey: readonly string[];
  readonly indexes: readonly {
    readonly name: string;
    readonly columns: readonly string[];
    readonly unique?: boolean;
  }[];
}

type Dialect = 'sqlite' | 'postgres' | 'mysql';

function dialectOf(queryRunner: QueryRunner): Dialect {
  // TypeORM 0.3 has another name for it.
  if (!('dataSource' in queryRunner)) throw new Error('The migrations of wecom-syncer need TypeORM 1.0 or later.');
  const { type } = queryRunner.dataSource.options;
  if (type === 'better-sqlite3') return 'sqlite';
  if (type === 'postgres') return 'postgres';
  if (type === 'mysql' || type === 'mariadb') return 'mysql';
  throw new Error(`No migrations for databases of type "${type}": use better-sqlite3, postgres, mysql or mariadb.`);
}

/** The types that Casdoor's own ORM chooses, so that a table of ours and one of Casdoor's are the same. */
const TYPES: Readonly<Record<Dialect, Readonly<Record<string, string>>>> = {
  sqlite: {
    text: 'TEXT',
    mediumtext: 'TEXT',
    json: 'TEXT',
    int: 'INTEGER',
    bigint: 'INTEGER',
    bool: 'INTEGER',
    double: 'REAL',
  },
  postgres: {
    text: 'TEXT',
    mediumtext: 'TEXT',
    json: 'JSON',
    int: 'INTEGER',
    bigint: 'BIGINT',
    bool: 'BOOL',
    double: 'DOUBLE PRECISION',
  },
  mysql: {
    text: 'TEXT',
    mediumtext: 'MEDIUMTEXT',
    json: 'TEXT',
    int: 'INT',
    bigint: 'BIGINT',
    bool: 'TINYINT(1)',
    double: 'DOUBLE',
  },
};

const quote = (dialect: Dialect, name: string): string => (dialect === 'mysql' ? `\`${name}\`` : `"${name}"`);

/** A table's name for a statement: in the schema that the DataSource names, where it names one. */
export function tableName(queryRunner: QueryRunner, name: string): string {
  const dialect = dialectOf(queryRunner);
  const { options } = queryRunner.dataSource;
  const schema = options.type === 'postgres' ? options.schema : undefined;
  return [...(schema === undefined ? [] : [schema]), name].map((part) => quote(dialect, part)).join('.');
}

/** A statement with `?` for each value, as the database wants it. */
export function statement(queryRunner: QueryRunner, sql: string): string {
  let count = 0;
  return dialectOf(queryRunner) === 'postgres' ? sql.replaceAll('?', () => `$${(count += 1)}`) : sql;
}

function columnSql(dialect: Dialect, table: TableDefinition, name: string, declared: string): string {
  const type = declared.replace(/\?$/, '');
  let sql = type.startsWith('varchar') && dialect !== 'sqlite' ? type.toUpperCase() : (TYPES[dialect][type] ?? 'TEXT');
  // Keys of ours compare and sort by code point on every database, whatever the locale of the server.
  if (dialect === 'postgres' && table.kind === 'own' && type.startsWith('varchar')) sql += ' COLLATE "C"';
  const nullable = table.kind === 'shared' ? !table.primaryKey.includes(name) : declared.endsWith('?');
  return `${quote(dialect, name)} ${sql} ${nullable ? 'NULL' : 'NOT NULL'}`;
}

/** Makes the table and its indexes; does nothing when there is a table of this name. */
export async function createTable(queryRunner: QueryRunner, table: TableDefinition): Promise<void> {
  const dialect = dialectOf(queryRunner);
  if (await queryRunner.hasTable(table.name)) return;
  const list = (names: readonly string[]): string => names.map((name) => quote(dialect, name)).join(', ');
  const lines = Object.entries(table.columns).map(([name, type]) => columnSql(dialect, table, name, type));
  lines.push(`PRIMARY KEY (${list(table.primaryKey)})`);
  let options = '';
  if (dialect === 'mysql') {
    // MySQL commits after each DDL statement, so the indexes are made with the table: a crash leaves no half of it.
    for (const index of table.indexes) {
      lines.push(`${index.unique ? 'UNIQUE ' : ''}KEY ${quote(dialect, index.name)} (${list(index.columns)})`);
    }
    const collation = table.kind === 'own' ? 'utf8mb4_bin' : 'utf8mb4_general_ci';
    options = ` ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=${collation}`;
  }
  await queryRunner.query(`CREATE TABLE ${tableName(queryRunner, table.name)} (${lines.join(', ')})${options}`);
  if (dialect === 'mysql') return;
  for (const index of table.indexes) {
    await queryRunner.query(
      `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${quote(dialect, index.name)} ON ${tableName(queryRunner, table.name)} (${list(index.columns)})`,
    );
  }
}

/** Adds columns to a table that is there; those that it has already stay as they are. */
export async function addColumns(
  queryRunner: QueryRunner,
  table: Pick<TableDefinition, 'name' | 'kind'>,
  columns: TableDefinition['columns'],
): Promise<void> {
  const dialect = dialectOf(queryRunner);
  const whole: TableDefinition = { ...table, columns, primaryKey: [], indexes: [] };
  const found = await queryRunner.getTable(table.name);
  const has = new Set(found?.columns.map(({ name }) => name));
  const steps = Object.entries(columns)
    .filter(([name]) => !has.has(name))
    .map(([name, type]) => `ADD COLUMN ${columnSql(dialect, whole, name, type)}`);
  if (steps.length === 0) return;
  // SQLite takes one at a time; elsewhere one statement adds all or none.
  const statements = dialect === 'sqlite' ? steps : [steps.join(', ')];
  for (const statement of statements) {
    await queryRunner.query(`ALTER TABLE ${tableName(queryRunner, table.name)} ${statement}`);
  }
}

/** Takes a column from a table of ours; does nothing where it has none of this name. */
export async function dropColumn(queryRunner: QueryRunner, table: string, column: string): Promise<void> {
  const found = await queryRunner.getTable(table);
  if (!found?.columns.some(({ name }) => name === column)) return;
  const dialect = dialectOf(queryRunner);
  await queryRunner.query(`ALTER TABLE ${tableName(queryRunner, table)} DROP COLUMN ${quote(dialect, column)}`);
}

export async function dropTable(queryRunner: QueryRunner, table: TableDefinition): Promise<void> {
  if (await queryRunner.hasTable(table.name)) {
    await queryRunner.query(`DROP TABLE ${tableName(queryRunner, table.name)}`);
  }
}

import { getMetadataArgsStorage, type DataSource } from 'typeorm';
import { migrations, runMigrations } from '../../../migrations/index.ts';
import { ConfigError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';
import { dialectOf } from '../dialect.ts';
import { entities, GroupRow, OrganizationRow, runEntities, UserRow } from '../entities/index.ts';
import type { LiveColumns } from '../live-columns.ts';
import { fileOf } from './own-connection.ts';

/** Casdoor's tables, by the columns without which one of such a name is somebody else's. */
const CASDOOR = {
  user: ['owner', 'name', 'id', 'display_name', 'is_admin', 'is_forbidden'],
  group: ['owner', 'name', 'display_name'],
  organization: ['owner', 'name'],
} as const;

const USER_ENTITIES = [UserRow, GroupRow, OrganizationRow];

/** Whether Casdoor's tables are a part of what this DataSource is for. */
export const hasUsers = (dataSource: DataSource): boolean =>
  USER_ENTITIES.some((entity) => dataSource.hasMetadata(entity));

/**
 * What a host's DataSource must be, as far as it can be told without its tables.
 *
 * @throws ConfigError that says in one sentence what is not so
 */
export async function checkDataSource(dataSource: DataSource): Promise<void> {
  checkVersion(dataSource);
  dialectOf(dataSource);
  if (!dataSource.isInitialized) {
    throw refused(
      'The DataSource is not initialized: call "await dataSource.initialize()" first.',
      'DataSource 尚未初始化：请先调用“await dataSource.initialize()”。',
    );
  }
  checkEntities(dataSource);
  checkNames(dataSource);
  if (dialectOf(dataSource) === 'sqlite') await fileOf(dataSource);
}

function checkVersion(dataSource: DataSource): void {
  if (typeof dataSource !== 'object' || dataSource === null || !('options' in dataSource)) {
    throw refused('"dataSource" is no DataSource of TypeORM.', '“dataSource”不是 TypeORM 的 DataSource。');
  }
  // TypeORM 1.0 took these away.
  if ('isConnected' in dataSource || 'connect' in dataSource) {
    throw refused(
      'This DataSource is of TypeORM 0.3, and wecom-syncer needs TypeORM 1.0 or later: npm install typeorm@^1.',
      '此 DataSource 属于 TypeORM 0.3，而 wecom-syncer 需要 TypeORM 1.0 或更高版本：npm install typeorm@^1。',
    );
  }
}

function checkEntities(dataSource: DataSource): void {
  const needed = hasUsers(dataSource) ? entities : runEntities;
  const missing = needed.filter((entity) => !dataSource.hasMetadata(entity)).map(declaredName);
  if (missing.length === 0) return;
  throw refused(
    `The DataSource lacks entities of wecom-syncer (${missing.join(', ')}): add "...entities" to its "entities", or "...runEntities" where you bring your own users.`,
    `DataSource 缺少 wecom-syncer 的实体（${missing.join('、')}）：请在其“entities”中加入“...entities”；若使用自己的用户表，则加入“...runEntities”。`,
  );
}

/** Our statements, and Casdoor, know the tables and columns by the names that the entities declare. */
function checkNames(dataSource: DataSource): void {
  for (const entity of entities) {
    if (!dataSource.hasMetadata(entity)) continue;
    const { tableName, columns } = dataSource.getMetadata(entity);
    const { entityPrefix } = dataSource.options;
    if (tableName !== declaredName(entity)) {
      const [en, zh] =
        entityPrefix === undefined || entityPrefix === ''
          ? ['The naming strategy', '命名策略（namingStrategy）']
          : ['The option "entityPrefix"', '选项“entityPrefix”'];
      throw renamed(en, zh, declaredName(entity), tableName);
    }
    const declared = getMetadataArgsStorage().filterColumns(entity);
    for (const { propertyName, databaseName } of columns) {
      const name = declared.find((column) => column.propertyName === propertyName)?.options.name ?? propertyName;
      if (databaseName !== name) {
        throw renamed(
          'The naming strategy',
          '命名策略（namingStrategy）',
          `${tableName}.${name}`,
          `${tableName}.${databaseName}`,
        );
      }
    }
  }
}

const renamed = (en: string, zh: string, declared: string, found: string): ConfigError =>
  refused(
    `${en} of the DataSource would call "${declared}" "${found}", and wecom-syncer's tables have fixed names: give it a DataSource without.`,
    `DataSource 的${zh}会将“${declared}”命名为“${found}”，而 wecom-syncer 的表名是固定的：请为其提供不含该设置的 DataSource。`,
  );

/**
 * What a host's database must hold.
 *
 * @throws ConfigError that says in one sentence what is not so
 */
export function checkTables(dataSource: DataSource, live: LiveColumns): void {
  if (hasUsers(dataSource)) checkForeignTables(live);
  for (const entity of runEntities) {
    const { tableName, columns } = dataSource.getMetadata(entity);
    const names = columns.map(({ databaseName }) => databaseName);
    const [missing] = live.missing(tableName, names);
    if (missing !== undefined) throw notMigrated(live.hasTable(tableName) ? `${tableName}.${missing}` : tableName);
  }
  const shared = hasUsers(dataSource) ? Object.keys(CASDOOR) : [];
  for (const name of shared) if (!live.hasTable(name)) throw notMigrated(name);
}

/** @throws ConfigError for a table of one of Casdoor's names that is not Casdoor's */
export function checkForeignTables(live: LiveColumns): void {
  for (const [name, columns] of Object.entries(CASDOOR)) {
    const missing = live.hasTable(name) ? live.missing(name, columns) : [];
    if (missing.length === 0) continue;
    throw refused(
      `The table "${name}" of this database is somebody else's (it has no ${missing.join(', ')}): give wecom-syncer a database or a PostgreSQL schema of its own, or bring your own users with "runEntities".`,
      `此数据库中的“${name}”表并非 Casdoor 的表（缺少 ${missing.join('、')}）：请为 wecom-syncer 提供独立的数据库或 PostgreSQL schema，或通过“runEntities”使用自己的用户表。`,
    );
  }
}

/** @throws ConfigError when the DataSource does not list our migrations */
export function checkMigrations(dataSource: DataSource): void {
  const listed = new Set(dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name));
  const lacks = (steps: readonly { readonly name: string }[]): string[] =>
    steps.map(({ name }) => name).filter((name) => !listed.has(name));
  const missing = lacks(migrations);
  if (missing.length === 0 || (!hasUsers(dataSource) && lacks(runMigrations).length === 0)) return;
  throw refused(
    `The DataSource lacks migrations of wecom-syncer (${missing.join(', ')}): add "...migrations" to its "migrations", or "...runMigrations" beside "runEntities".`,
    `DataSource 缺少 wecom-syncer 的迁移（${missing.join('、')}）：请在其“migrations”中加入“...migrations”；若使用“runEntities”，则加入“...runMigrations”。`,
  );
}

const notMigrated = (what: string): ConfigError =>
  refused(
    `The migrations of wecom-syncer have not run on this database (it has no ${what}): add "...migrations" to "migrations" of the DataSource and call "await migrate(dataSource)" first.`,
    `此数据库尚未执行 wecom-syncer 的迁移（缺少 ${what}）：请在 DataSource 的“migrations”中加入“...migrations”，并先调用“await migrate(dataSource)”。`,
  );

const declaredName = (entity: (typeof entities)[number]): string =>
  getMetadataArgsStorage().filterTables(entity)[0]?.name ?? entity.name;

const refused = (en: string, zh: string): ConfigError => new ConfigError(text(en, zh));

import type { CasdoorSyncer, CasdoorSyncerStore } from '../../service/iam/casdoor-syncer.ts';
import { selectBySet } from '../bulk.ts';
import type { Database } from '../database.ts';
import type { Row } from '../session.ts';
import { asBoolean, asJson, asText } from '../text-value.ts';

/** What tells the table from another one of this name. */
const NEEDED = ['owner', 'name', 'organization', 'type', 'user', 'password', 'is_enabled'];
const TEXTS = [
  'created_time',
  'database_type',
  'ssl_mode',
  'ssh_type',
  'ssh_host',
  'ssh_user',
  'cert',
  'database',
  'table',
  'affiliation_table',
  'avatar_base_url',
];
const NUMBERS = ['port', 'ssh_port', 'sync_interval'];

const camel = (column: string): string => column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Casdoor's table `syncer`. */
export class CasdoorSyncers implements CasdoorSyncerStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(): Promise<readonly CasdoorSyncer[]> {
    const { columns } = this.#database;
    if (!columns.hasAll('syncer', NEEDED)) return [];
    const names = [...NEEDED, ...TEXTS, ...NUMBERS, 'table_columns'].filter((name) => columns.has('syncer', name));
    const where = { equal: {}, column: 'type' };
    const rows = await this.#database.read((session) => selectBySet(session, 'syncer', names, where, ['WeCom']));
    return rows.map(toSyncer).toSorted((one, other) => (one.id < other.id ? -1 : 1));
  }

  async accountsMadeBy(organization: string, source: string): Promise<ReadonlySet<string>> {
    if (!this.#database.columns.has('user', 'register_source')) return new Set();
    const where = { equal: { owner: organization }, column: 'register_source' };
    const rows = await this.#database.read((session) => selectBySet(session, 'user', ['name'], where, [source]));
    return new Set(rows.map((row) => asText(row['name'])));
  }
}

function toSyncer(row: Row): CasdoorSyncer {
  const [organization, name] = [asText(row['organization']), asText(row['name'])];
  const texts = TEXTS.map((column) => [camel(column), asText(row[column])]);
  const numbers = NUMBERS.map((column) => [camel(column), Number(row[column] ?? 0)]);
  const tableColumns = asJson(row['table_columns']);
  return {
    id: `${asText(row['owner'])}/${name}`,
    organization,
    name,
    isEnabled: asBoolean(row['is_enabled']),
    values: {
      ...(Object.fromEntries([...texts, ...numbers]) as Record<string, unknown>),
      user: asText(row['user']),
      password: asText(row['password']),
      tableColumns: Array.isArray(tableColumns) ? tableColumns : [],
    },
  };
}

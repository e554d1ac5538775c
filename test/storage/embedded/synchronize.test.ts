import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { EntitySchema, type DataSource } from 'typeorm';
import { entities } from '../../../src/storage/entities/index.ts';
import { migrate } from '../../../src/storage/migrate.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../../support/databases.ts';
import { hostSource } from '../../support/host-source.ts';

const casdoorDdl = (kind: string): Promise<string> =>
  readFile(new URL(`../../fixtures/casdoor-ddl/${kind}.sql`, import.meta.url), 'utf8');

/** Of the host, beside ours. */
const Invoice = new EntitySchema<{ id: number; total: string }>({
  name: 'invoice',
  columns: { id: { type: 'int', primary: true }, total: { type: 'varchar', length: 20 } },
});

/** Every column of every table, as the database describes it. */
async function columnsOf(dataSource: DataSource): Promise<readonly string[]> {
  const sql =
    dataSource.options.type === 'better-sqlite3'
      ? `SELECT m.name AS t, p.name AS c, p.type AS k, p."notnull" AS n FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table'`
      : `SELECT table_name AS t, column_name AS c, data_type AS k, is_nullable AS n FROM information_schema.columns
         WHERE table_schema = ${dataSource.options.type === 'postgres' ? 'current_schema()' : 'DATABASE()'}`;
  const rows = await dataSource.query<object[]>(sql);
  return rows.map((row) => JSON.stringify(row)).sort();
}

describe('a host that synchronizes his entities', () => {
  for (const kind of DATABASE_KINDS) {
    for (const state of ['a fresh database', 'a database of Casdoor'] as const) {
      describe(`on ${kind}, with ${state}`, () => {
        let fresh: TestDatabase;
        before(async function () {
          const created = await createTestDatabase(kind);
          if (!created) this.skip();
          fresh = created;
          if (state === 'a database of Casdoor') await fresh.run(await casdoorDdl(kind));
        });
        after(() => fresh?.drop());

        it('finds nothing to do for our tables', async () => {
          const host = await hostSource(fresh).initialize();
          await migrate(host);
          const { upQueries, downQueries } = await host.driver.createSchemaBuilder().log();
          expect([...upQueries, ...downQueries]).to.deep.equal([]);
          await host.destroy();
        });

        it('loses no column of ours or of Casdoor’s, and gets his own table', async () => {
          const plain = await hostSource(fresh).initialize();
          const columns = await columnsOf(plain);
          await plain.destroy();
          const host = await hostSource(fresh, { entities: [...entities, Invoice], synchronize: true }).initialize();
          await host.synchronize();
          const after = await columnsOf(host);
          expect(columns.filter((column) => !after.includes(column))).to.deep.equal([]);
          expect(
            after.filter((column) => !columns.includes(column)).every((column) => column.includes('invoice')),
          ).to.equal(true);
          expect(after.length - columns.length).to.equal(2);
          await host.destroy();
        });
      });
    }
  }
});

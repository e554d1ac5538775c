import { DataSource } from 'typeorm';
import { migrations } from '../../migrations/index.ts';
import { entities } from '../../src/storage/entities/index.ts';
import type { TestDatabase } from './databases.ts';

/** A host's own DataSource on a database of its own, with nothing but what a host sets. */
export const hostSource = ({ kind, url }: Pick<TestDatabase, 'kind' | 'url'>, options: object = {}): DataSource =>
  new DataSource({
    ...(kind === 'sqlite'
      ? { type: 'better-sqlite3', database: url.slice('sqlite:'.length) }
      : { type: kind === 'mysql' ? 'mariadb' : kind, url }),
    entities: [...entities],
    migrations: [...migrations],
    ...options,
  });

import { readFile } from 'node:fs/promises';
import type { Database } from '../../../src/storage/database.ts';
import type { Dialect } from '../../../src/storage/dialect.ts';
import { SessionRow, SignOutRow } from '../../../src/storage/entities/index.ts';
import { quote } from '../../../src/storage/dialect.ts';
import type { TestDatabase } from '../databases.ts';

const TYPES = {
  sqlite: { long: 'TEXT', flag: 'INTEGER' },
  postgres: { long: 'TEXT', flag: 'BOOL' },
  mysql: { long: 'MEDIUMTEXT', flag: 'TINYINT(1)' },
} as const;

/** Casdoor's table of tokens, as its start makes it (object/token.go). */
function tokenTable(kind: Dialect): string {
  const q = (name: string): string => quote(kind, name);
  const { long, flag } = TYPES[kind];
  return `
    CREATE TABLE ${q('token')} (
      owner VARCHAR(100) NOT NULL, name VARCHAR(100) NOT NULL, created_time VARCHAR(100) NULL,
      application VARCHAR(100) NULL, organization VARCHAR(100) NULL, ${q('user')} VARCHAR(100) NULL,
      code VARCHAR(100) NULL, access_token ${long} NULL, refresh_token ${long} NULL, expires_in INTEGER NULL,
      scope VARCHAR(100) NULL, token_type VARCHAR(100) NULL, code_challenge VARCHAR(100) NULL,
      code_is_used ${flag} NULL, code_expire_in BIGINT NULL, PRIMARY KEY (owner, name));`;
}

/** Makes an empty database one that Casdoor has started on. */
export async function makeCasdoors(fresh: TestDatabase): Promise<void> {
  await fresh.run(await readFile(new URL(`../../fixtures/casdoor-ddl/${fresh.kind}.sql`, import.meta.url), 'utf8'));
  await fresh.run(tokenTable(fresh.kind));
}

/** Signs an account in: a session and two tokens in Casdoor, and one session of ours. */
export async function signInEverywhere(database: Database, organization: string, name: string): Promise<void> {
  const { dialect } = database;
  const q = (column: string): string => quote(dialect, column);
  await database.transaction(async (session) => {
    for (const application of ['app-built-in', 'app-shop']) {
      const token = `${organization}-${name}-${application}`;
      await session.execute(
        `INSERT INTO ${q('token')} (owner, name, application, organization, ${q('user')}, access_token, expires_in)
         VALUES ('admin', '${token}', '${application}', '${organization}', '${name}', 'jwt of ${token}', 604800)`,
      );
    }
    await session.execute(
      `INSERT INTO ${q('session')} (owner, name, application, created_time, session_id)
       VALUES ('${organization}', '${name}', 'app-built-in', '2026-11-22T00:00:00Z', '["s1"]')`,
    );
    await signInHere(database, organization, name);
  });
}

export async function signInHere(database: Database, organization: string, name: string): Promise<void> {
  await database.transaction(({ manager }) =>
    manager.insert(SessionRow, {
      sidHash: `${organization} ${name}`,
      userOwner: organization,
      userName: name,
      userId: '',
      createdMs: 1,
      lastSeenMs: 1,
      expiresMs: 2 ** 52,
    }),
  );
}

/** What still works: `ours`, the IAM's `sessions` and those of them that are to be ended there, and the tokens. */
export async function signedIn(database: Database, organization: string, name: string) {
  const { dialect } = database;
  const q = (column: string): string => quote(dialect, column);
  return database.read(async (session) => {
    const tokens = await session.select(
      `SELECT expires_in, access_token FROM ${q('token')}
       WHERE organization = '${organization}' AND ${q('user')} = '${name}' ORDER BY name`,
    );
    const sessions = await session.select(
      `SELECT session_id FROM ${q('session')} WHERE owner = '${organization}' AND name = '${name}'`,
    );
    return {
      ours: await session.manager.countBy(SessionRow, { userOwner: organization, userName: name }),
      sessions: sessions.length,
      toEnd: await session.manager.countBy(SignOutRow, { owner: organization, name }),
      tokens: tokens.map((row) => Number(row['expires_in'])),
      // A token is ended, not rewritten: Casdoor still has to find it to refuse it.
      keptTokens: tokens.filter((row) => String(row['access_token']).startsWith(`jwt of ${organization}-${name}`))
        .length,
    };
  });
}

export const EVERYWHERE = { ours: 1, sessions: 1, toEnd: 0, tokens: [604800, 604800], keptTokens: 2 };
export const NOWHERE = { ours: 0, sessions: 1, toEnd: 1, tokens: [0, 0], keptTokens: 2 };

import type { PendingSignOut, SignOutStore } from '../../engine/ports/sign-outs.ts';
import { selectBySet } from '../bulk.ts';
import type { Database } from '../database.ts';
import { SignOutRow } from '../entities/index.ts';
import type { Session } from '../session.ts';
import { asBoolean, asText } from '../text-value.ts';
import { SESSION_COLUMNS } from './casdoor-sessions.ts';

const keyOf = ({ name, application }: Pick<PendingSignOut, 'name' | 'application'>): string =>
  JSON.stringify([name, application]);

/** The table `iam_sign_out`, beside the IAM's own tables. */
export class TypeormSignOutStore implements SignOutStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async pending(organization: string, names?: readonly string[]): Promise<readonly PendingSignOut[]> {
    const { noted, due } = await this.#database.read(async (session) => {
      const all = await session.manager.findBy(SignOutRow, { owner: organization });
      // MySQL takes another spelling of a name for the same.
      const wanted = names && new Set(names.map((name) => name.toLowerCase()));
      const rows = all.filter(({ name }) => wanted?.has(name.toLowerCase()) ?? true);
      return { noted: rows, due: rows.length === 0 ? [] : await this.#due(session, organization, rows) };
    });
    const needless = noted.filter((row) => !due.includes(row));
    if (needless.length > 0) await this.#forget(needless);
    return due.map(({ owner, name, application, runId }) => ({ owner, name, application, runId }));
  }

  async done({ owner, name, application }: PendingSignOut): Promise<boolean> {
    const { affected } = await this.#database.transaction(({ manager }) =>
      manager.delete(SignOutRow, { owner, name, application }),
    );
    return affected === 1;
  }

  /** Those whose session is still there, and whose account was not allowed again meanwhile. */
  async #due(session: Session, owner: string, noted: readonly SignOutRow[]): Promise<readonly SignOutRow[]> {
    const { columns } = this.#database;
    if (!columns.hasAll('session', SESSION_COLUMNS)) return [];
    const names = [...new Set(noted.map(({ name }) => name))];
    const where = { equal: { owner }, column: 'name' };
    const sessions = await selectBySet(session, 'session', ['name', 'application'], where, names);
    const accounts = await selectBySet(session, 'user', ['name', 'is_forbidden', 'is_deleted'], where, names);
    const open = new Set(
      sessions.map((row) => keyOf({ name: asText(row['name']), application: asText(row['application']) })),
    );
    const allowed = new Set(
      accounts
        .filter((row) => !asBoolean(row['is_forbidden']) && !asBoolean(row['is_deleted']))
        .map((row) => asText(row['name'])),
    );
    return noted.filter((row) => open.has(keyOf(row)) && (row.cause === 'sign-in' || !allowed.has(row.name)));
  }

  async #forget(rows: readonly SignOutRow[]): Promise<void> {
    await this.#database.transaction(async ({ manager }) => {
      for (const { owner, name, application } of rows) await manager.delete(SignOutRow, { owner, name, application });
    });
  }
}

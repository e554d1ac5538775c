import type { PendingSignOut, SignOutStore } from '../../engine/ports/sign-outs.ts';
import { deleteBySet, selectBySet } from '../bulk.ts';
import type { Database } from '../database.ts';
import { SignOutRow } from '../entities/index.ts';
import type { Row, Session } from '../session.ts';
import { asBoolean, asText } from '../text-value.ts';
import { SESSION_COLUMNS, sessionKey } from './casdoor-sessions.ts';

/** The table `iam_sign_out`, beside the IAM's own tables. */
export class TypeormSignOutStore implements SignOutStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async pending(organization: string, names?: readonly string[]): Promise<readonly PendingSignOut[]> {
    const asked = await this.#database.read((session) => this.#spelled(session, organization, names));
    if (asked.length === 0) return [];
    const of = { equal: { owner: organization }, column: 'name' };
    return this.#database.transaction(async (session) => {
      const isNeeded = await this.#need(session, organization, asked);
      const notes = await selectBySet(session, 'iam_sign_out', ['name', 'application', 'cause', 'run_id'], of, asked);
      const needless = new Map<string, string[]>();
      for (const note of notes.filter((row) => !isNeeded(row))) {
        const application = asText(note['application']);
        needless.set(application, [...(needless.get(application) ?? []), asText(note['name'])]);
      }
      for (const [application, forgotten] of needless) {
        const there = { equal: { owner: organization, application }, column: 'name' };
        await deleteBySet(session, 'iam_sign_out', there, forgotten);
      }
      return notes.filter(isNeeded).map((note) => ({
        owner: organization,
        name: asText(note['name']),
        application: asText(note['application']),
        runId: asText(note['run_id']),
      }));
    });
  }

  async done({ owner, name, application, runId }: PendingSignOut): Promise<boolean> {
    const { affected } = await this.#database.transaction(({ manager }) =>
      // What another run noted meanwhile may be about a later session.
      manager.delete(SignOutRow, { owner, name, application, runId }),
    );
    return affected === 1;
  }

  /** Accounts to look for, as notes spell them: as the IAM does, for which MySQL takes any other spelling. */
  async #spelled(session: Session, owner: string, names?: readonly string[]): Promise<readonly string[]> {
    if (names !== undefined && !this.#hasSessions) return [];
    const rows =
      names === undefined
        ? await session.manager.find(SignOutRow, { select: { name: true, application: true }, where: { owner } })
        : await selectBySet(session, 'session', ['name'], { equal: { owner }, column: 'name' }, names);
    return [...new Set(rows.map(({ name }) => asText(name)))];
  }

  /**
   * Tells of a note whether its session is still there, and its account was not allowed again meanwhile. It keeps the
   * accounts as they are, and notes are to be read after it: who locks one out, or gives it away, notes that anew, and
   * what was not seen must not be forgotten.
   */
  async #need(session: Session, owner: string, names: readonly string[]): Promise<(note: Row) => boolean> {
    const of = { equal: { owner }, column: 'name' };
    const accounts = await selectBySet(session, 'user', ['name', 'is_forbidden', 'is_deleted'], of, names, true);
    const sessions = this.#hasSessions ? await selectBySet(session, 'session', ['name', 'application'], of, names) : [];
    const open = new Set(sessions.map(sessionKey));
    const isMysql = session.dialect === 'mysql';
    const spelling = ({ name }: Row): string => (isMysql ? asText(name).toLowerCase() : asText(name));
    const allowed = new Set(
      accounts.filter((row) => !asBoolean(row['is_forbidden']) && !asBoolean(row['is_deleted'])).map(spelling),
    );
    return (note) => open.has(sessionKey(note)) && (note['cause'] === 'sign-in' || !allowed.has(spelling(note)));
  }

  get #hasSessions(): boolean {
    return this.#database.columns.hasAll('session', SESSION_COLUMNS);
  }
}

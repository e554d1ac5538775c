import type { Database } from '../database.ts';
import type { Dialect } from '../dialect.ts';
import type { Session } from '../session.ts';

/** The members of one syncer, and the directory that they are of. */
export interface MembersOf {
  readonly syncerId: string;
  readonly organization: string;
  /** What tells one directory of its type from another. */
  readonly directory: string;
}

/** The n-th parameter of a statement. */
export const parameterOf = (dialect: Dialect, number: number): string => (dialect === 'postgres' ? `$${number}` : '?');

/** From an account to its link, and from there to what our table says of the member. */
const ON_LINK = `l.organization = u.owner AND l.name = u.name AND l.kind = 'user'`;
const onMember = (directory: string): string =>
  `m.organization = l.organization AND m.directory = ${directory} AND m.external_key = l.external_key`;

/**
 * Accounts `u` that can sign in and are no administrators', with their links `l` to one syncer and the rows `m` of
 * another table of ours, or NULL: for `FROM`. Its parameters are `parametersOf`.
 *
 * The way is prescribed: our tables compare byte by byte, and some of Casdoor's do not, so an index serves from the
 * account to its link alone; and a database that knows nothing of the tables yet would look at all links for each account.
 */
export function activeMembers(database: Database, table: 'member_completion' | 'member_nudge'): string {
  const { columns, dialect } = database;
  const flags = ['is_forbidden', 'is_deleted', 'is_admin', 'is_global_admin'];
  const none = flags.filter((name) => columns.has('user', name)).map((name) => `AND NOT COALESCE(u.${name}, FALSE)`);
  const [users, links, members] = ['user', 'directory_link', table].map((name) => database.table(name));
  const [owner, syncer] = [2, 3].map((number) => parameterOf(dialect, number));
  const from = {
    sqlite: `${users} u CROSS JOIN ${links} l ON ${ON_LINK} LEFT JOIN ${members} m ON ${onMember('?')}`,
    postgres: `${users} u CROSS JOIN LATERAL (SELECT * FROM ${links} l WHERE ${ON_LINK} OFFSET 0) l
      LEFT JOIN LATERAL (SELECT * FROM ${members} m WHERE ${onMember('$1')} OFFSET 0) m ON TRUE`,
    mysql: `${users} u STRAIGHT_JOIN ${links} l ON ${ON_LINK}
        AND CAST(CONVERT(u.name USING utf8mb4) AS BINARY) = CAST(CONVERT(l.name USING utf8mb4) AS BINARY)
      LEFT JOIN ${members} m ON ${onMember('?')}`,
  }[dialect];
  return `${from} WHERE u.owner = ${owner} AND l.syncer_id = ${syncer} ${none.join(' ')}`;
}

/**
 * A write that changes nothing: until this transaction ends, nobody else counts what was done for members of the syncer,
 * and does one more.
 */
export async function lockSyncer(session: Session, { syncerId }: Pick<MembersOf, 'syncerId'>): Promise<void> {
  const parameter = parameterOf(session.dialect, 1);
  await session.execute(`UPDATE ${session.table('directory_syncer')} SET id = id WHERE id = ${parameter}`, [syncerId]);
}

/** Whether an account lacks a value; of a column that there is not, nobody lacks one. */
export const isEmpty = ({ columns }: Database, column: 'email' | 'phone'): string =>
  columns.has('user', column) ? `(u.${column} IS NULL OR u.${column} = '')` : 'FALSE';

/** The first parameters of a statement with `activeMembers`. */
export const parametersOf = ({ directory, organization, syncerId }: MembersOf): readonly string[] => [
  directory,
  organization,
  syncerId,
];

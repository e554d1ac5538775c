import type { CharacterSet } from '../identity/column-limits.ts';
import type { Session } from './session.ts';
import { asText } from './text-value.ts';

/** Of the servers' sets those that take every character. */
const UNIVERSAL = new Set(['', 'utf8mb4', 'utf16', 'utf16le', 'utf32', 'gb18030', 'binary', 'UTF8']);
const PLANE = 0x1_0000;
const ASCII = 0x80;

const isSurrogate = (codePoint: number): boolean => codePoint >= 0xd800 && codePoint <= 0xdfff;

/** Beyond the first plane, where emoji are, the sets that are not universal have nothing. */
class KnownCharacters implements CharacterSet {
  readonly #taken = new Uint8Array(PLANE);

  constructor(codePoints: Iterable<number>) {
    for (let ascii = 1; ascii < ASCII; ascii += 1) this.#taken[ascii] = 1;
    for (const codePoint of codePoints) this.#taken[codePoint] = 1;
  }

  has(codePoint: number): boolean {
    return this.#taken[codePoint] === 1;
  }
}

/**
 * Asks a MySQL server what each of these sets takes: its tables differ from everybody else's of the same name, so nobody
 * but the server can say. What is lost on the way into a set comes back as a question mark.
 *
 * @param names as the server names them
 */
async function mysqlCharacterSets(
  session: Session,
  names: readonly string[],
): Promise<ReadonlyMap<string, CharacterSet>> {
  const sets = new Map<string, CharacterSet>();
  if (names.length === 0) return sets;
  const asked = Array.from({ length: PLANE - ASCII }, (_, at) => ASCII + at).filter((code) => !isSurrogate(code));
  const all = asked.map((code) => String.fromCodePoint(code)).join('');
  for (const name of names) {
    const [row] = await session.select(`SELECT CONVERT(CONVERT(? USING ${name}) USING utf8mb4) AS kept`, [all]);
    const kept = asText(row?.['kept']);
    // Should a server answer with fewer, nobody knows which: then only what every set takes is certain.
    const isAligned = kept.length === all.length;
    sets.set(name, new KnownCharacters(isAligned ? asked.filter((code, at) => kept.codePointAt(at) === code) : []));
  }
  return sets;
}

/** What a PostgreSQL database takes, and how it counts. */
interface PostgresEncoding {
  /** Undefined: everything. */
  readonly charset?: CharacterSet;
  /** SQL_ASCII knows bytes and no characters. */
  readonly countsBytes: boolean;
}

/** The server has no answer for what cannot be converted but an error, so it catches one for each character itself. */
const PROBE = `DO $$
DECLARE
  kept text := '';
  bytes bytea;
BEGIN
  FOR code IN 128..65535 LOOP
    CONTINUE WHEN code BETWEEN 55296 AND 57343;
    IF code < 2048 THEN
      bytes := set_byte(set_byte('\\x0000'::bytea, 0, 192 | (code >> 6)), 1, 128 | (code & 63));
    ELSE
      bytes := set_byte(set_byte(set_byte('\\x000000'::bytea, 0, 224 | (code >> 12)), 1, 128 | ((code >> 6) & 63)), 2, 128 | (code & 63));
    END IF;
    BEGIN
      PERFORM convert(bytes, 'UTF8', getdatabaseencoding());
      kept := kept || ',' || code;
    EXCEPTION WHEN OTHERS THEN
      NULL;
    END;
  END LOOP;
  PERFORM set_config('wecom_syncer.kept', kept, false);
END $$`;

/** Takes a second for an encoding that is not universal, once for each opening of the database. */
async function postgresEncoding(session: Session): Promise<PostgresEncoding> {
  const [row] = await session.select('SELECT getdatabaseencoding() AS name');
  const name = asText(row?.['name']);
  if (name === 'SQL_ASCII') return { countsBytes: true };
  if (UNIVERSAL.has(name)) return { countsBytes: false };
  await session.select(PROBE);
  const [found] = await session.select(`SELECT current_setting('wecom_syncer.kept') AS kept`);
  const kept = asText(found?.['kept']).split(',').filter(Boolean).map(Number);
  return { charset: new KnownCharacters(kept), countsBytes: false };
}

/** What the columns of an open database can store. */
export class StorableCharacters {
  private constructor(
    /** By MySQL's names; "" is PostgreSQL's, where a whole database has one. */
    private readonly charsets: ReadonlyMap<string, CharacterSet>,
    readonly countsBytes: boolean,
  ) {}

  /** For a look at a database that nothing is to be written into. */
  static readonly unasked = new StorableCharacters(new Map(), false);

  /**
   * @param names of the sets of the columns, where columns have sets of their own
   * @param known what was found in this database before: asking for a set costs a megabyte, or a second
   */
  static async read(
    session: Session,
    names: Iterable<string>,
    known?: StorableCharacters,
  ): Promise<StorableCharacters> {
    switch (session.dialect) {
      case 'sqlite':
        return new StorableCharacters(new Map(), false);
      case 'mysql': {
        const before = known?.charsets ?? new Map<string, CharacterSet>();
        const isAsked = (name: string): boolean => !UNIVERSAL.has(name) && /^\w+$/.test(name) && !before.has(name);
        const found = await mysqlCharacterSets(session, [...new Set(names)].filter(isAsked));
        return new StorableCharacters(new Map([...before, ...found]), false);
      }
      case 'postgres': {
        if (known) return known;
        const { charset, countsBytes } = await postgresEncoding(session);
        return new StorableCharacters(new Map(charset ? [['', charset]] : []), countsBytes);
      }
    }
  }

  /** Undefined: every character. */
  of(name: string): CharacterSet | undefined {
    return this.charsets.get(name);
  }
}

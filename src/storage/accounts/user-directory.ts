import { Brackets, type ObjectLiteral, type SelectQueryBuilder } from 'typeorm';
import { present } from '../../syncer/present.ts';
import { LinkRow, SyncerRow, UserRow } from '../entities/index.ts';
import { isFlag, OTHER_USER_COLUMNS, type SortedField, type UserField } from '../entities/casdoor/user-columns.ts';
import type { Database } from '../database.ts';
import { selectBySet } from '../bulk.ts';
import type { Row, Session } from '../session.ts';
import { isSpelling } from '../text-value.ts';
import { CountedList } from './user-totals.ts';
import { countOf, hasGroup, likePattern, pageWithin, type Listing } from './listing.ts';

export interface UserQuery {
  /** Undefined: all organizations. */
  readonly organization?: string;
  /** `ORG/GROUP`. */
  readonly group?: string;
  readonly isOnline?: boolean;
  readonly listing: Listing<UserField>;
}

/** Who holds an account, and who took its access away. */
export interface Holding {
  readonly syncer: string;
  readonly forbiddenBy: string | null;
  readonly deletedBy: string | null;
}

interface HeldRow extends Omit<Holding, 'syncer'> {
  /** Of the account. */
  readonly name: string;
  /** Null: it was deleted. */
  readonly syncer: string | null;
}

export interface FoundUser {
  readonly row: UserRow;
  readonly holding: Holding | undefined;
}

/** How many rows are read at one time when all of them are wanted. */
const STRIDE = 1000;

function narrow<T extends ObjectLiteral>(query: SelectQueryBuilder<T>, wanted: UserQuery): SelectQueryBuilder<T> {
  const { organization, group, isOnline, listing } = wanted;
  if (organization !== undefined) query.andWhere('u.owner = :organization', { organization });
  if (group !== undefined) query.andWhere(...hasGroup(group));
  if (isOnline !== undefined) query.andWhere('u.isOnline = :isOnline', { isOnline });
  const { filter } = listing;
  if (filter && isFlag(filter.field)) {
    const flag = filter.value.toLowerCase() === 'true';
    // NULL, as rows that are older than the column have it, is false.
    query.andWhere(flag ? `u.${filter.field} = :flag` : `(u.${filter.field} = :flag OR u.${filter.field} IS NULL)`, {
      flag,
    });
  } else if (filter) {
    query.andWhere(`LOWER(u.${filter.field}) LIKE :value ESCAPE '!'`, { value: likePattern(filter.value) });
  }
  return query;
}

function byOrganization(rows: readonly UserRow[]): Map<string, UserRow[]> {
  const groups = new Map<string, UserRow[]>();
  for (const row of rows) {
    const group = groups.get(row.owner);
    if (group) group.push(row);
    else groups.set(row.owner, [row]);
  }
  return groups;
}

/** Accounts as an administrator sees them: found, searched, read page by page. */
export class UserDirectory {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(organization: string, name: string): Promise<FoundUser | undefined> {
    const found = await this.#first((query) =>
      query.andWhere('u.owner = :organization AND u.name = :name', { organization, name }),
    );
    return found && isSpelling(organization, found.row.owner) && isSpelling(name, found.row.name) ? found : undefined;
  }

  /** What the table has of an account beside what lists show, by the names of its columns; nothing of nobody. */
  async others({ owner, name }: Pick<UserRow, 'owner' | 'name'>): Promise<Row> {
    const live = OTHER_USER_COLUMNS.filter(({ column }) => this.#database.columns.has('user', column));
    if (live.length === 0) return {};
    const where = { equal: { owner }, column: 'name' };
    const columns = live.map(({ column }) => column);
    const [row = {}] = await this.#database.read((session) => selectBySet(session, 'user', columns, where, [name]));
    return row;
  }

  /** The first one, by name, whose column has this value; without case where the database compares so. */
  async findBy(field: 'id' | 'email' | 'phone', value: string, organization?: string): Promise<FoundUser | undefined> {
    const found = await this.#first((query) => {
      if (organization !== undefined) query.andWhere('u.owner = :organization', { organization });
      return query.andWhere(`u.${field} = :value`, { value }).orderBy('u.name', 'ASC');
    });
    if (!found || !isSpelling(value, found.row[field])) return undefined;
    return organization === undefined || isSpelling(organization, found.row.owner) ? found : undefined;
  }

  async #first(
    narrowed: (query: SelectQueryBuilder<UserRow>) => SelectQueryBuilder<UserRow>,
  ): Promise<FoundUser | undefined> {
    return this.#database.read(async (session) => {
      const row = await narrowed(session.manager.createQueryBuilder(UserRow, 'u')).limit(1).getOne();
      return row === null ? undefined : (await this.#withHoldings(session, [row]))[0];
    });
  }

  /** Whether an organization has any account. */
  isAnyIn(organization: string): Promise<boolean> {
    return this.#database.read(({ manager }) => manager.existsBy(UserRow, { owner: organization }));
  }

  async count(wanted: UserQuery): Promise<number> {
    return this.#database.read(async (session) => (await this.#counted(session, wanted)).total);
  }

  async #counted(session: Session, wanted: UserQuery): Promise<CountedList> {
    const { organization, group, isOnline, listing } = wanted;
    const isWhole = group === undefined && isOnline === undefined && listing.filter === undefined;
    if (organization !== undefined && isWhole) {
      return this.#database.userTotals.of(session, this.#database.table('user'), organization);
    }
    return new CountedList(await countOf(narrow(session.manager.createQueryBuilder(UserRow, 'u'), wanted)));
  }

  /** One page and how many there are in all. */
  async page(
    wanted: UserQuery,
    page: { readonly number: number; readonly size: number },
  ): Promise<{ readonly rows: readonly FoundUser[]; readonly total: number }> {
    return this.#database.read(async (session) => {
      const list = await this.#counted(session, wanted);
      const { total } = list;
      const start = (pageWithin(page, total) - 1) * page.size;
      const keys = await this.#keys(session, wanted, start, Math.min(page.size, total - start), list);
      return { rows: await this.#load(session, keys), total };
    });
  }

  /**
   * The first so many by a column, the highest first.
   *
   * @param organization undefined: of all
   */
  async highest(organization: string | undefined, field: SortedField, limit: number): Promise<readonly FoundUser[]> {
    return this.#database.read(async (session) => {
      const query = narrow(session.manager.createQueryBuilder(UserRow, 'u').select(['u.owner', 'u.name']), {
        listing: {},
        ...present({ organization }),
      });
      if (field !== 'name') query.orderBy(`u.${field}`, 'DESC');
      const keys = await query.addOrderBy('u.name', 'DESC').addOrderBy('u.owner', 'DESC').limit(limit).getMany();
      return this.#load(session, keys);
    });
  }

  /** All of them, by name, a stretch at a time: a large organization never stands in memory as a whole. */
  async *all(wanted: UserQuery): AsyncGenerator<readonly FoundUser[]> {
    let after: UserRow | undefined;
    for (;;) {
      const rows = await this.#database.read(async (session) => {
        const query = narrow(session.manager.createQueryBuilder(UserRow, 'u'), wanted);
        if (after) {
          const { owner, name } = after;
          // With one organization the index serves the comparison; an OR would walk it from the start each time.
          query.andWhere(
            wanted.organization === undefined
              ? '(u.owner > :owner OR (u.owner = :owner AND u.name > :name))'
              : 'u.name > :name',
            { owner, name },
          );
        }
        const found = await query.orderBy('u.owner', 'ASC').addOrderBy('u.name', 'ASC').limit(STRIDE).getMany();
        return this.#withHoldings(session, found);
      });
      if (rows.length > 0) yield rows;
      if (rows.length < STRIDE) return;
      after = rows.at(-1)?.row;
    }
  }

  /**
   * Primary keys of one page. Only the index is walked, from whichever end is nearer or from a page of before, and whole
   * rows are read for the page alone: with 100,000 accounts that is the difference between milliseconds and a second.
   */
  async #keys(
    session: Session,
    wanted: UserQuery,
    start: number,
    size: number,
    list: CountedList,
  ): Promise<readonly UserRow[]> {
    if (size <= 0) return [];
    const { sort } = wanted.listing;
    const descending = sort?.descending ?? false;
    const behind = list.total - start - size;
    const byName = wanted.organization !== undefined && (!sort || sort.field === 'name');
    const position = descending ? behind : start;
    const place = byName ? list.nearest(position) : undefined;
    const fromEnd = behind < start;
    const isNear = place !== undefined && position - place.position < Math.min(start, behind);
    const isReversed = isNear ? descending : fromEnd;
    const direction = descending === isReversed ? 'ASC' : 'DESC';
    const query = narrow(session.manager.createQueryBuilder(UserRow, 'u').select(['u.owner', 'u.name']), wanted);
    if (isNear) query.andWhere('u.name >= :name', { name: place.name });
    if (sort && sort.field !== 'name') query.orderBy(`u.${sort.field}`, direction).addOrderBy('u.name', direction);
    else query.orderBy('u.name', direction);
    if (wanted.organization === undefined) query.addOrderBy('u.owner', direction);
    const offset = isNear ? position - place.position : Math.min(start, behind);
    const found = await query.offset(offset).limit(size).getMany();
    const [first] = direction === 'ASC' ? found : found.toReversed();
    if (byName && first && found.length === size) list.note({ position, name: first.name });
    return isReversed ? found.toReversed() : found;
  }

  async #load(session: Session, keys: readonly UserRow[]): Promise<readonly FoundUser[]> {
    if (keys.length === 0) return [];
    const byOwner = byOrganization(keys);
    const rows = await session.manager
      .createQueryBuilder(UserRow, 'u')
      .where(
        new Brackets((where) => {
          let index = 0;
          for (const [owner, ofOwner] of byOwner) {
            where.orWhere(`u.owner = :owner${index} AND u.name IN (:...names${index})`, {
              [`owner${index}`]: owner,
              [`names${index}`]: ofOwner.map((key) => key.name),
            });
            index += 1;
          }
        }),
      )
      .getMany();
    const byKey = new Map(rows.map((row) => [`${row.owner}/${row.name}`, row]));
    const inOrder = keys.flatMap((key) => byKey.get(`${key.owner}/${key.name}`) ?? []);
    return this.#withHoldings(session, inOrder);
  }

  async #withHoldings(session: Session, rows: readonly UserRow[]): Promise<readonly FoundUser[]> {
    if (rows.length === 0) return [];
    const byOwner = byOrganization(rows);
    const holdings = new Map<string, Holding>();
    for (const [organization, ofOwner] of byOwner) {
      const links = await session.manager
        .createQueryBuilder(LinkRow, 'l')
        .leftJoin(SyncerRow, 's', 's.id = l.syncerId AND s.organization = l.organization')
        .select('l.name', 'name')
        .addSelect('s.name', 'syncer')
        .addSelect('l.forbiddenBy', 'forbiddenBy')
        .addSelect('l.deletedBy', 'deletedBy')
        .where(`l.kind = 'user' AND l.organization = :organization AND l.name IN (:...names)`, {
          organization,
          names: ofOwner.map((row) => row.name),
        })
        .getRawMany<HeldRow>();
      for (const { name, syncer, forbiddenBy, deletedBy } of links) {
        const holder = syncer === null ? '' : `${organization}/${syncer}`;
        holdings.set(`${organization}/${name}`, { syncer: holder, forbiddenBy, deletedBy });
      }
    }
    return rows.map((row) => ({ row, holding: holdings.get(`${row.owner}/${row.name}`) }));
  }
}

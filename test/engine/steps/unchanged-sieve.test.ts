import { expect } from 'chai';
import * as fc from 'fast-check';
import { DIGEST_BYTES } from '../../../src/identity/account-digest.ts';
import { CancelledError, LeaseError, UnavailableError } from '../../../src/syncer/errors.ts';
import type { ExternalKey } from '../../../src/syncer/external-id.ts';
import { text } from '../../../src/syncer/text.ts';
import type { IdentityPage, IdentityStore } from '../../../src/identity/identity-store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { quote, type Dialect } from '../../../src/storage/dialect.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { MemoryIdentityStore, MemoryLeaseStore, MemoryRunStore } from '../../../src/testing/index.ts';
import { createTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { DirectoryWorld, storesOn, type RunDifferences, type Stores } from '../../support/directory-world.ts';
import { LocalActs } from '../../support/local-acts.ts';

/** Trials per database; a longer hunt: DRIFT_RUNS=200 npx mocha …. */
const RUNS = Number(process.env['DRIFT_RUNS'] ?? 6);
const TOLD = process.env['DRIFT_RUNS'] === undefined ? { seed: 20_261_128 } : {};

/** Values that a comparison less than byte by byte takes for others. */
const ODD = ['Zoë', 'Zoe\u0308', 'straße', 'ＡＢＣ', '🚀 lead', 'a\x1fb', '7', '7.0', 'x ', '<A&B>', 'ı', 'e'];

const user = { table: fc.constant('user' as const), who: fc.nat() };
const link = { table: fc.constant('directory_link' as const), who: fc.nat() };
const profile = fc.constantFrom('display_name', 'avatar', 'email', 'phone', 'country_code', 'title', 'gender');
const textAct = fc.constantFrom(
  'blank',
  'upper',
  'lower',
  'null',
  'empty',
  'decompose',
  'compose',
  'emoji',
  'wide',
  'accent',
  'number',
  'bytes',
  'separator',
  'shift',
  'other',
);
/** Keys are texts: who makes them something else has another database. */
const keyAct = textAct.filter((act) => act !== 'bytes' && act !== 'number');
const listAct = fc.constantFrom(
  'reverse',
  'local',
  'repeat',
  'double',
  'truncate',
  'null',
  'empty',
  'spaced',
  'numbers',
  'less',
);
const mapAct = fc.constantFrom(
  'sorted backwards',
  'signed in',
  'raised',
  'emptied',
  'counted',
  'list',
  'truncate',
  'null',
  'empty',
  'bytes',
);
const damage = fc.oneof(
  { weight: 6, arbitrary: fc.record({ ...user, column: profile, act: textAct }) },
  { weight: 2, arbitrary: fc.record({ ...user, column: fc.constant('wecom'), act: textAct }) },
  { weight: 2, arbitrary: fc.record({ ...user, column: fc.constant('name'), act: keyAct }) },
  { weight: 2, arbitrary: fc.record({ ...link, column: fc.constantFrom('external_id', 'name'), act: textAct }) },
  { weight: 1, arbitrary: fc.record({ ...link, column: fc.constant('external_key'), act: keyAct }) },
  { weight: 3, arbitrary: fc.record({ ...user, column: fc.constant('groups'), act: listAct }) },
  { weight: 2, arbitrary: fc.record({ ...link, column: fc.constant('groups'), act: listAct }) },
  { weight: 4, arbitrary: fc.record({ ...user, column: fc.constant('properties'), act: mapAct }) },
  {
    weight: 5,
    arbitrary: fc.record({
      ...user,
      column: fc.constantFrom('is_forbidden', 'is_deleted', 'is_admin'),
      act: fc.constantFrom('yes', 'no', 'null'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ...link,
      column: fc.constantFrom('forbidden_by', 'deleted_by'),
      act: fc.constantFrom('syncer', 'person', 'null'),
    }),
  },
);
interface Damage {
  readonly table: 'user' | 'directory_link';
  readonly who: number;
  readonly column: string;
  readonly act: string;
}

const listed = (value: unknown): unknown[] => {
  try {
    return JSON.parse(String(value)) as unknown[];
  } catch {
    return [];
  }
};

const mapped = (value: string): Record<string, unknown> => {
  try {
    return JSON.parse(value) as Record<string, unknown>;
  } catch {
    return {};
  }
};

/** What stands in a column after such an act; `other` is what another row has there. */
const AFTER: Readonly<Record<string, (value: string, other: unknown, dialect: Dialect) => unknown>> = {
  blank: (value) => `${value} `,
  upper: (value) => value.toUpperCase(),
  lower: (value) => value.toLowerCase(),
  null: () => null,
  empty: () => '',
  decompose: (value) => value.normalize('NFD'),
  compose: (value) => value.normalize('NFC'),
  emoji: (value) => `${value}🎉`,
  wide: (value) => value.replace(/[!-~]/, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
  accent: (value) => value.replace(/[ae]/, (letter) => (letter === 'a' ? 'á' : 'é')),
  // A number in a column of text, which only SQLite keeps as one.
  number: (value, _, dialect) => (dialect === 'sqlite' ? Number(value) || 7 : String(Number(value) || 7)),
  bytes: (value, _, dialect) => (dialect === 'sqlite' ? Buffer.from(value) : value),
  separator: (value) => `${value}\x1f`,
  other: (_, other) => other,
  reverse: (value) => JSON.stringify(listed(value).toReversed()),
  local: (value) => JSON.stringify([...listed(value), 'acme/local']),
  repeat: (value) => JSON.stringify([...listed(value), ...listed(value)]),
  double: (value) => JSON.stringify([...listed(value), ...listed(value).slice(0, 1)]),
  truncate: (value) => value.slice(0, -1),
  spaced: (value) => value.replaceAll(',', ', '),
  numbers: (value) => JSON.stringify([...listed(value), 7]),
  less: (value) => JSON.stringify(listed(value).slice(1)),
  'sorted backwards': (value) =>
    JSON.stringify(Object.fromEntries(Object.entries(mapped(value)).toReversed()), null, 1),
  'signed in': (value) => JSON.stringify({ ...mapped(value), oauth_WeCom_id: 'somebody' }),
  raised: (value) => JSON.stringify({ ...mapped(value), grade: '9' }),
  emptied: (value) => JSON.stringify({ ...mapped(value), 工号: '' }),
  counted: (value) => JSON.stringify({ ...mapped(value), 工号: 7 }),
  list: () => '["工号"]',
  yes: (_, __, dialect) => (dialect === 'postgres' ? true : 1),
  no: (_, __, dialect) => (dialect === 'postgres' ? false : 0),
  syncer: () => 'syncer',
  person: () => 'person',
};

type Row = Readonly<Record<string, unknown>>;

const TABLES = {
  user: { key: ['owner', 'name'], rows: (q: string) => `SELECT * FROM ${q} WHERE owner = 'acme' ORDER BY name` },
  directory_link: {
    key: ['syncer_id', 'kind', 'external_key'],
    rows: (q: string) => `SELECT * FROM ${q} WHERE kind = 'user' ORDER BY external_key`,
  },
};

/** Whoever writes past every rule of ours. */
class Vandal {
  constructor(private readonly database: Database) {}

  async damage(damages: readonly Damage[]): Promise<void> {
    const { dialect } = this.database;
    const tables = await this.rows();
    for (const { table, who, column, act } of damages) {
      const rows = tables[table];
      const row = rows[who % rows.length] ?? {};
      const value = row[column];
      const other = rows[(who + 1) % rows.length]?.[column];
      const cells =
        act === 'shift'
          ? shifted(table, row)
          : [[column, AFTER[act]?.(typeof value === 'string' ? value : '', other, dialect)] as const];
      for (const [name, after] of cells) await this.#write(table, row, name, after);
    }
  }

  async rows(): Promise<Readonly<Record<keyof typeof TABLES, readonly Row[]>>> {
    return { user: await this.#rows('user'), directory_link: await this.#rows('directory_link') };
  }

  #rows(table: keyof typeof TABLES): Promise<readonly Row[]> {
    const sql = TABLES[table].rows(quote(this.database.dialect, table));
    return this.database.read((session) => session.select(sql));
  }

  async #write(table: keyof typeof TABLES, row: Row, column: string, value: unknown): Promise<void> {
    const { dialect } = this.database;
    const { key } = TABLES[table];
    const mark = (at: number): string => (dialect === 'postgres' ? `$${at}` : '?');
    const where = key.map((part, at) => `${quote(dialect, part)} = ${mark(at + 2)}`).join(' AND ');
    const sql = `UPDATE ${quote(dialect, table)} SET ${quote(dialect, column)} = ${mark(1)} WHERE ${where}`;
    const values = [value, ...key.map((part) => row[part])];
    // What the database does not take, such as a name that somebody has, does no damage.
    await this.database.transaction((session) => session.execute(sql, values)).catch(() => undefined);
  }
}

/** The same characters, parted into columns in another place. */
function shifted(table: keyof typeof TABLES, { title, gender }: Row): readonly (readonly [string, unknown])[] {
  const [first, second] = String(title).split('\x1f');
  if (table !== 'user' || second === undefined) return [];
  return [
    ['title', first],
    ['gender', `${second}\x1f${String(gender)}`],
  ];
}

/** A store that answers this about digests, or says nothing of them. */
function withDigests(store: IdentityStore, heldDigests: IdentityStore['heldDigests']): IdentityStore {
  return new Proxy(store, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name, target);
      if (name === 'heldDigests') return heldDigests;
      return typeof found === 'function' ? (found.bind(target) as unknown) : found;
    },
  });
}

/** A store that counts the members who were looked up. */
function counting(store: IdentityStore, looked: (keys: readonly ExternalKey[]) => void): IdentityStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (name !== 'page') {
        const found: unknown = Reflect.get(target, name, target);
        return typeof found === 'function' ? (found.bind(target) as unknown) : found;
      }
      const page: IdentityStore['page'] = (lease, work) =>
        target.page(lease, (inner) =>
          work(
            new Proxy(inner, {
              get: (of, call) => {
                const found: unknown = Reflect.get(of, call, of);
                if (call !== 'heldAccounts') return typeof found === 'function' ? (found.bind(of) as unknown) : found;
                const heldAccounts: IdentityPage['heldAccounts'] = (scope, keys, fields) => {
                  // Of leaders of departments it is asked whether they have accounts, and nothing else.
                  if (fields?.length !== 0) looked(keys);
                  return of.heldAccounts(scope, keys, fields);
                };
                return heldAccounts;
              },
            }),
          ),
        );
      return page;
    },
  });
}

const NO_LIMIT: RunDifferences = { settings: { removalLimit: { percent: 100, count: 0 } } };

const PROPERTIES = [
  { name: 'name', casdoorName: 'DisplayName' },
  { name: 'position', casdoorName: 'Properties.工号' },
  { name: 'gender', casdoorName: 'Properties.grade', authority: 'whenEmpty' },
  { name: 'userid', casdoorName: 'Properties.first', authority: 'createOnly' },
];

const SETTINGS: readonly RunDifferences[] = [
  {},
  {
    config: {
      tableColumns: [
        { name: 'name', casdoorName: 'DisplayName' },
        { name: 'email', casdoorName: 'Email' },
        { name: 'mobile', casdoorName: 'Phone' },
        { name: 'position', casdoorName: 'Title', authority: 'whenEmpty' },
        { name: 'gender', casdoorName: 'Gender', authority: 'createOnly' },
      ],
    },
  },
  {
    config: {
      tableColumns: [
        { name: 'name', casdoorName: 'DisplayName', authority: 'createOnly' },
        { name: 'email', casdoorName: 'Email', authority: 'whenEmpty' },
        { name: 'mobile', casdoorName: 'Phone' },
        { name: 'avatar', casdoorName: 'Avatar' },
      ],
    },
  },
  { settings: { syncGroups: false, bindingColumn: '' } },
  { config: { tableColumns: PROPERTIES } },
];

async function told(world: DirectoryWorld, differences: RunDifferences): Promise<unknown> {
  const run = await world.preview({ concurrency: 1, ...differences });
  const changes = (await world.changes(run)).map((change) => JSON.stringify({ ...change, runId: '', seq: 0 }));
  const { state, counts, warnings, lockOutDigest, error } = run;
  return { state, counts, warnings, lockOutDigest, error, changes: changes.sort() };
}

const memory = (): Stores => {
  const leases = new MemoryLeaseStore();
  const runs = new MemoryRunStore(leases);
  const { recordChanges } = runs;
  return { identity: new MemoryIdentityStore({ organizations: ['acme'], recordChanges }), runs, leases };
};

const collated = (collation: string) => async (fresh: TestDatabase) => {
  await (await openDatabase(fresh.url)).close();
  await fresh.run(`ALTER TABLE \`user\` CONVERT TO CHARACTER SET utf8mb4 COLLATE ${collation}`);
};

const PLACES: readonly {
  readonly title: string;
  readonly kind: Dialect;
  readonly prepare?: (fresh: TestDatabase) => Promise<void>;
}[] = [
  {
    title: 'sqlite, where a column may hold anything',
    kind: 'sqlite',
    prepare: async (fresh) => {
      await (await openDatabase(fresh.url)).close();
      await fresh.run('ALTER TABLE "user" DROP COLUMN title; ALTER TABLE "user" ADD COLUMN title');
    },
  },
  { title: 'postgres', kind: 'postgres' },
  { title: 'mysql, utf8mb4_general_ci', kind: 'mysql', prepare: collated('utf8mb4_general_ci') },
  { title: 'mysql, utf8mb4_unicode_ci', kind: 'mysql', prepare: collated('utf8mb4_unicode_ci') },
  { title: 'mysql, utf8mb4_bin', kind: 'mysql', prepare: collated('utf8mb4_bin') },
];

/** Stores with an organization, for each place where accounts may be kept. */
const EVERYWHERE: readonly { readonly title: string; readonly kind?: Dialect }[] = [
  { title: 'memory' },
  { title: 'sqlite', kind: 'sqlite' },
  { title: 'postgres', kind: 'postgres' },
  { title: 'mysql', kind: 'mysql' },
];

describe('members about whom there is nothing to do', () => {
  for (const { title, kind, prepare } of PLACES) {
    describe(`on ${title}`, () => {
      let fresh: TestDatabase | undefined;
      let database: Database | undefined;
      before(async function () {
        fresh = await createTestDatabase(kind);
        if (!fresh) return this.skip();
        await prepare?.(fresh);
        database = await openDatabase(fresh.url);
        await new LocalActs(database).addOrganization('acme');
      });
      after(async () => {
        if (!fresh) return;
        await database?.close();
        await fresh.drop();
      });

      it('are those whom a look at each of them finds, whatever was damaged', async () => {
        const stores = storesOn(database!);
        const world = await DirectoryWorld.open(stores, { members: 150, departments: 4 });
        const plain = world.on({ ...stores, identity: withDigests(stores.identity, undefined) });
        try {
          const members = [...world.company.members];
          for (const [at, odd] of ODD.entries()) {
            const { userid = '' } = members[at] ?? {};
            world.company.setField(userid, { position: odd, ...(at % 2 === 0 && odd !== '' && { name: `王 ${odd}` }) });
          }
          await world.sync({ config: { tableColumns: PROPERTIES } });
          await world.sync();
          const vandal = new Vandal(database!);
          let trials = 0;
          const trial = fc.asyncProperty(fc.array(damage, { minLength: 90, maxLength: 120 }), async (damages) => {
            await vandal.damage(damages);
            const differences = SETTINGS[trials++ % SETTINGS.length] ?? {};
            expect(await told(world, differences)).to.deep.equal(await told(plain, differences));
            await world.sync(NO_LIMIT);
            const healed = await vandal.rows();
            await plain.sync(NO_LIMIT);
            expect(await vandal.rows(), 'nothing is left to be written').to.deep.equal(healed);
          });
          await fc.assert(trial, { numRuns: RUNS, endOnFailure: true, ...TOLD });
        } finally {
          await world.close();
        }
      });
    });
  }

  for (const { title, kind } of EVERYWHERE) {
    it(`are looked up by nobody on ${title}, and found to be held, unchanged and allowed`, async function () {
      const config = { tableColumns: PROPERTIES };
      const fresh = kind && (await createTestDatabase(kind));
      if (kind && !fresh) return this.skip();
      const database = fresh && (await openDatabase(fresh.url));
      if (database) await new LocalActs(database).addOrganization('acme');
      const stores = database ? storesOn(database) : memory();
      const looked: ExternalKey[] = [];
      const identity = counting(stores.identity, (keys) => looked.push(...keys));
      const world = await DirectoryWorld.open({ ...stores, identity }, { members: 60, departments: 5 });
      try {
        const members = [...world.company.members];
        // Of whom something is to be told is looked at with those who changed.
        for (const { userid } of members) world.company.setField(userid, { status: 1, enable: 1, position: '职员' });
        const first = await world.sync({ config });
        looked.length = 0;
        const again = await world.sync({ config });
        expect(looked).to.deep.equal([]);
        expect(again.state).to.equal('succeeded');
        expect(again.counts).to.include({ members: first.counts.members, unchanged: first.counts.members });
        const [member] = members;
        world.company.setField(member!.userid, { position: '新职位' });
        expect((await world.sync({ config })).counts).to.include({ updated: 1, unchanged: first.counts.members - 1 });
        expect(looked).to.deep.equal([member!.userid.toLowerCase()]);
      } finally {
        await world.close();
        await database?.close();
        await fresh?.drop();
      }
    });
  }

  describe('where all accounts cannot be read at once', () => {
    let world: DirectoryWorld;
    let reads: number;
    let failure: () => unknown;

    beforeEach(async () => {
      reads = 0;
      const stores = memory();
      const identity = withDigests(stores.identity, async (_scope, _shape, take) => {
        reads += 1;
        take('half of them'.padEnd(DIGEST_BYTES));
        const error = failure();
        if (error !== undefined) throw error as Error;
      });
      // More than one page of them.
      world = await DirectoryWorld.open({ ...stores, identity }, { members: 520, departments: 5 });
      await world.sync();
    });
    afterEach(() => world.close());

    for (const [what, error] of [
      ['a statement is refused', Object.assign(new Error("timeout of '王伟'"), { code: '57014' })],
      ['a store of a host has an error of its own', new TypeError('王伟 is not a function')],
      ['something else is thrown', '王伟'],
    ] as const) {
      it(`looks each of them up, reads no second time and says so once when ${what}`, async () => {
        failure = () => error;
        world.company.setField([...world.company.members][0]!.userid, { position: '新职位' });
        const run = await world.sync({ concurrency: 1 });
        expect([run.state, run.error, reads]).to.deep.equal(['succeeded', null, 1]);
        expect(run.counts.updated).to.equal(1);
        const warnings = run.warnings.filter(({ code }) => code === 'accounts-one-by-one');
        expect(warnings).to.have.length(1);
        expect(warnings[0]).to.include({ count: 1 });
        expect(JSON.stringify(run)).to.not.include('王伟');
      });
    }

    for (const [what, error, state] of [
      ['the database is away', new UnavailableError(text('away', '无响应')), 'failed'],
      ['another run took over', new LeaseError(text('taken', '已被占用')), 'failed'],
      ['it is told to', new CancelledError(), 'cancelled'],
    ] as const) {
      it(`ends the run when ${what}`, async () => {
        failure = () => error;
        const run = await world.sync();
        expect([run.state, run.error?.code, reads]).to.deep.equal([state, error.code, 1]);
      });
    }

    for (const [what, error] of [
      ['failed', new Error('57014')],
      ['was done', undefined],
    ] as const) {
      it(`writes nothing more when the run was cancelled before the reading ${what}`, async () => {
        const ending = new AbortController();
        failure = () => {
          ending.abort();
          return error;
        };
        world.company.setField([...world.company.members][0]!.userid, { position: '新职位' });
        const run = await world.sync({ signal: ending.signal });
        expect([run.state, run.counts.updated, run.warnings]).to.deep.equal(['cancelled', 0, []]);
      });
    }
  });
});

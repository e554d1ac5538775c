import { expect } from 'chai';
import { UserAccounts } from '../../src/storage/accounts/user-accounts.ts';
import { UserDirectory } from '../../src/storage/accounts/user-directory.ts';
import { CountedList, UserTotals } from '../../src/storage/accounts/user-totals.ts';
import { quote } from '../../src/storage/dialect.ts';
import { insertRows } from '../../src/storage/bulk.ts';
import type { Session } from '../../src/storage/session.ts';
import { aLink } from '../../src/testing/suites/identity-world.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import { createTestDatabase, eachDatabase, harnessOn } from '../support/databases.ts';
import { LocalActs } from '../support/local-acts.ts';

describe('the total of a list of accounts', () =>
  eachDatabase((suite) => {
    const nobody = { texts: {}, flags: {} };

    it('is right as soon as somebody was added or removed here, whoever did it', async () => {
      const { database } = suite;
      const local = new LocalActs(database);
      await local.addOrganization('acme');
      const users = new UserDirectory(database);
      const accounts = new UserAccounts(database);
      const total = async (): Promise<number> =>
        (await users.page({ organization: 'acme', listing: {} }, { number: 1, size: 10 })).total;
      expect(await total()).to.equal(0);
      await accounts.add('acme', 'one', () => nobody, 'acme/admin');
      expect(await total()).to.equal(1);
      expect(await users.count({ organization: 'acme', listing: {} })).to.equal(1);

      const harness = harnessOn(database);
      const { store, leases } = harness;
      const scope = { syncerId: 'syncer-1', organization: 'acme', source: 'acme/wecom', bindingColumn: 'wecom' };
      await harness.addSyncer(scope);
      const taken = await leases.acquire({ syncerId: 'syncer-1', runId: 'run', owner: 'test', ttlMs: 60_000 });
      if (!('grant' in taken)) throw new Error('somebody has the lease');
      await store.page(taken.grant, (page) =>
        page.write(scope, {
          runId: 'run',
          createAccounts: [{ name: 'two', id: 'two', binding: 'two', values: {}, isForbidden: false, groups: [] }],
          links: [aLink('two')],
        }),
      );
      expect(await total()).to.equal(2);
      await accounts.remove('acme', 'one');
      expect(await total()).to.equal(1);

      const filter = { field: 'name', value: 'two' } as const;
      await local.addAccount('acme', { name: 'two-by-a-stranger' });
      const found = await users.page({ organization: 'acme', listing: { filter } }, { number: 1, size: 10 });
      expect(found.total, 'what a search finds is counted each time').to.equal(2);
    });
  }));

describe('pages of a large list of accounts', () =>
  eachDatabase((suite) => {
    const COUNT = 10_000;
    const nameOf = (index: number): string => `member-${String(index).padStart(5, '0')}`;

    it('are the same ones whichever were read before, in both orders, also when somebody was removed meanwhile', async () => {
      const { database } = suite;
      const names = Array.from({ length: COUNT }, (_, index) => nameOf(index));
      await new LocalActs(database).addOrganization('acme');
      await database.transaction((session) =>
        insertRows(
          session,
          'user',
          [{ name: 'name', type: 'text' }],
          { owner: "'acme'" },
          names.map((name) => [name]),
        ),
      );
      const users = new UserDirectory(database);
      const check = async (number: number, descending: boolean): Promise<void> => {
        const sort = { field: 'name', descending } as const;
        const { rows, total } = await users.page({ organization: 'acme', listing: { sort } }, { number, size: 20 });
        const ordered = descending ? names.toReversed() : names;
        expect(total).to.equal(names.length);
        expect(rows.map(({ row }) => row.name)).to.deep.equal(ordered.slice((number - 1) * 20, number * 20));
      };
      const pages = [250, 1, 251, 252, 249, 200, 300, 299, 500, 251];
      for (const number of pages) {
        await check(number, false);
        await check(number, true);
      }
      await new UserAccounts(database).remove('acme', nameOf(4_999));
      names.splice(4_999, 1);
      await new UserAccounts(database).add('acme', 'member', () => ({ texts: {}, flags: {} }), 'acme/admin');
      names.unshift('member');
      for (const number of pages) await check(number, false);
      await check(251, true);
    });
  }));

describe('the narrowest index of Casdoor’s table', () => {
  it('is one that MariaDB has and counts by', async function () {
    const fresh = await createTestDatabase('mysql');
    if (!fresh) return this.skip();
    const database = await openDatabase(fresh.url);
    try {
      const digits = Array.from({ length: 10 }, (_, digit) => `SELECT ${digit} AS d`).join(' UNION ALL ');
      const places = ['a', 'b', 'c', 'd'];
      const tens = places.map((place) => `(${digits}) ${place}`).join(' CROSS JOIN ');
      const number = `CONCAT(${places.map((place) => `${place}.d`).join(', ')})`;
      await fresh.run(
        `INSERT INTO \`user\` (owner, name) SELECT 'acme', ${number} FROM ${tens}; ANALYZE TABLE \`user\``,
      );
      const totals = new UserTotals();
      const asked: string[] = [];
      const count = (): Promise<number> =>
        database.read((session) => {
          const select = session.select.bind(session);
          session.select = (sql, parameters) => {
            asked.push(sql);
            return select(sql, parameters);
          };
          return totals.of(session, '`user`', 'acme').then(({ total }) => total);
        });
      expect(await count()).to.equal(10_000);
      totals.forget();
      expect(await count()).to.equal(10_000);
      expect(asked.at(-1)).to.include('FORCE INDEX');
    } finally {
      await database.close();
      await fresh.drop();
    }
  });
});

describe('totals that are remembered', () => {
  /** Answers a count, and the narrow index when it is asked for that. */
  class Counter {
    readonly asked: string[] = [];
    total = 20_000;
    accounts = 21_000;
    meanwhile: () => void = () => undefined;

    readonly session = {
      dialect: 'mysql',
      select: async (sql: string) => {
        if (sql.includes('information_schema')) return [{ name: 'IDX_user_uid_number', accounts: this.accounts }];
        this.asked.push(sql);
        const counted = this.total;
        this.meanwhile();
        return [{ n: counted }];
      },
    } as unknown as Session;
  }

  it('stand for a few seconds, so that a stranger’s account is missing no longer than that', async () => {
    let now = 0;
    const totals = new UserTotals(() => now);
    const { session, asked } = new Counter();
    const read = async (): Promise<number> => (await totals.of(session, quote('mysql', 'user'), 'acme')).total;
    expect(await read()).to.equal(20_000);
    now = 4_999;
    await read();
    expect(asked).to.have.length(1);
    now = 5_000;
    await read();
    expect(asked).to.have.length(2);
    await totals.of(session, quote('mysql', 'user'), 'other');
    expect(asked, 'each organization has its own').to.have.length(3);
  });

  it('do not outlive an account that was added while they were counted', async () => {
    const totals = new UserTotals(() => 0);
    const counter = new Counter();
    counter.meanwhile = () => {
      counter.total = 20_001;
      totals.forget();
    };
    await totals.of(counter.session, '`user`', 'acme');
    counter.meanwhile = () => undefined;
    expect((await totals.of(counter.session, '`user`', 'acme')).total).to.equal(20_001);
  });

  it('are counted by the narrowest index in an organization that most accounts are in, and in no other', async () => {
    const totals = new UserTotals(() => 0);
    const counter = new Counter();
    const again = async (): Promise<string> => {
      totals.forget();
      await totals.of(counter.session, '`user`', 'acme');
      return counter.asked.at(-1) ?? '';
    };
    await again();
    expect(await again()).to.include('FORCE INDEX (`IDX_user_uid_number`)');
    counter.accounts = 2_000_000;
    expect(await again()).to.not.include('FORCE');
    counter.total = 50;
    await again();
    expect(await again()).to.not.include('FORCE');
  });
});

describe('places in a list', () => {
  it('are those at a position or before it, each once, and none of a list that is quickly walked', () => {
    const list = new CountedList(20_000);
    expect(list.nearest(19_999)).to.equal(undefined);
    for (const position of [500, 100, 900, 100, 0]) list.note({ position, name: `at ${position}` });
    const near = [0, 99, 100, 499, 500, 20_000].map((position) => list.nearest(position)?.position);
    expect(near).to.deep.equal([0, 0, 100, 100, 500, 900]);
    const small = new CountedList(100);
    small.note({ position: 50, name: 'at 50' });
    expect(small.nearest(60)).to.equal(undefined);
  });
});

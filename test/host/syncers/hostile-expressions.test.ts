import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { ADMIN_PASSWORD, TestHost, type Client } from '../test-host.ts';

const times = (count: number, part: string): string => part.repeat(count);
const LONG = `"${times(1_500, 'a')}"`;

/** Each is refused when it is saved, or stopped for every member. */
const REFUSED = [
  `"${times(60_000, 'x')}"`,
  times(4_000, '('),
  `${times(4_000, '!')}true ? "a" : "b"`,
  times(1_000, '"a"+') + '"b"',
  'member.departments.map(a, member.departments.map(b, member.departments.map(c, c.name).join()).join()).join()',
  'member.name.matches("^(a+)+$") ? "a" : "b"',
  'member.__proto__.constructor.constructor("return process")()',
  'member.constructor',
  'process.env.SECRET_KEY',
];
const MANY = `[${times(950, '1,')}1]`;
const STOPPED = [
  `${MANY}.exists(a, ${MANY}.exists(b, a + b == -1)) ? "a" : "b"`,
  `["ab"]${times(12, '.map(x, x + x + x + x + x + x)')}[0]`,
  `"${times(1_000, 'a')}".replace("a", ${LONG})`,
  `["1","2","3","4","5","6","7","8","9"].map(a, ${LONG}.contains("${times(700, 'a')}b") ? "y" : "n").join(${LONG})`,
  'dyn(member).constructor.name',
];
const TARGETS = ['title', 'Bio', 'Tag', 'Location', 'Affiliation'];

describe('hostile expressions', () => {
  let test: TestHost;
  let chief: Client;

  before(async () => {
    test = await TestHost.start({ members: 200, departments: 20 });
    await test.addOrganization('acme');
    chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
  });
  after(() => test.close());

  it('keep nobody waiting: while they are saved, tried and run, the host says within a second that it is well', async () => {
    const over = new AbortController();
    let longest = 0;
    let asked = 0;
    const watch = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const began = performance.now();
        expect((await fetch(`${test.host.url}/healthz`)).status).to.equal(200);
        longest = Math.max(longest, performance.now() - began);
        asked += 1;
        await wait(5);
      }
    };
    const watching = watch();
    const { userid } = test.sandbox.company.visibleMembers()[0]!;
    const rows = (expressions: readonly string[]) =>
      expressions.map((expression, at) => ({ expression, casdoorName: TARGETS[at % TARGETS.length] }));
    try {
      for (const expression of REFUSED) {
        for (const wrong of [
          { tableColumns: rows([expression]) },
          { condition: expression },
          { accountName: expression },
        ]) {
          const syncer = { ...test.syncer('acme'), ...wrong };
          expect((await chief.post('/api/add-syncer', syncer)).status, expression.slice(0, 60)).to.equal('error');
          expect((await chief.post('/api/try-mapping', { syncer, userid })).status).to.equal('error');
        }
      }
      const syncer = { ...test.syncer('acme'), tableColumns: rows(STOPPED) };
      const tried = await chief.post('/api/try-mapping', { syncer, userid });
      expect(tried.status, tried.msg).to.equal('ok');
      const added = await chief.post('/api/add-syncer', syncer);
      expect(added.status, added.msg).to.equal('ok');
      const { data: run } = await chief.post('/api/run-syncer?id=acme/wecom&wait=true');
      expect(run.counts.created).to.be.greaterThan(150);
      const stopped = (run.warnings as { code: string }[]).filter(({ code }) => code === 'expression-failed');
      expect(stopped).to.have.length(STOPPED.length);
    } finally {
      over.abort();
      await watching;
    }
    expect(asked).to.be.greaterThan(20);
    expect(longest).to.be.lessThan(1_000);
  });
});

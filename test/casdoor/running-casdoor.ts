import { expect } from 'chai';
import { english as words } from '../../src/web/language/english.ts';
import { openBrowser, openWindow } from '../browser/browser.ts';
import { DATABASE_KINDS } from '../support/databases.ts';
import { until } from '../support/promises.ts';
import { BesideCasdoor, MEMBERS } from './world.ts';

const PROGRAM = process.env['CASDOOR_BIN'] ?? '';
const FORBIDDEN = 'The user is forbidden to sign in, please contact the administrator';

if (PROGRAM === '')
  console.log(
    'CASDOOR_BIN names no Casdoor: build one ("CGO_ENABLED=0 go build -o casdoor ." in its sources), and name the program.',
  );

for (const kind of PROGRAM === '' ? [] : DATABASE_KINDS) {
  describe(`Casdoor and our host on one database of ${kind}`, () => {
    let world: BesideCasdoor;
    before(async function () {
      world = await BesideCasdoor.start(PROGRAM, kind, this);
    });
    after(() => world?.close());

    /** Members at work, of whom no test has taken any yet. */
    const taken = new Set<string>();
    const somebody = (): string => {
      const found = [...world.sandbox.company.members].find(
        ({ status, enable, userid }) => status === 1 && enable !== 0 && !taken.has(userid),
      );
      taken.add(found?.userid ?? '');
      return found?.userid ?? '';
    };
    const expectSignedIn = async (
      { status, msg, cookie }: { status: string; msg: string; cookie: string },
      as: string,
    ) => {
      expect(status, msg).to.equal('ok');
      expect(await world.whois(cookie)).to.equal(as);
      return cookie;
    };

    it('adds our tables to its own, and serves', async () => {
      const { code, stderr } = await world.command('migrate');
      expect(code, stderr).to.equal(0);
      await world.serve();
      const syncer = { ...world.syncer('wecom', 'acme'), removalLimit: { percent: 100, count: 100 } };
      expect((await world.ours.post('/wecom/api/add-syncer', syncer)).msg).to.equal('');
    });

    it('shows in its lists what a run made; the next changes nothing', async () => {
      const { counts } = await world.sync('acme/wecom');
      expect(counts).to.include({ created: MEMBERS, conflicts: 0 });
      const users = await world.theirs('get-users?owner=acme');
      expect(users).to.have.length(MEMBERS);
      const groups = await world.theirs('get-groups?owner=acme');
      expect(groups).to.have.length(counts.groupsCreated);
      for (const { name, users: members } of groups) {
        const inIt = users.filter(({ groups: own }: { groups: string[] }) => own.includes(`acme/${name}`));
        expect(members ?? [], name).to.have.members(inIt.map(({ name: user }: { name: string }) => `acme/${user}`));
        expect(await world.theirs(`get-users?owner=acme&groupName=${name}`)).to.have.length(inIt.length);
      }
      expect((await world.sync('acme/wecom')).counts).to.include({ created: 0, updated: 0, unchanged: MEMBERS });
    });

    it('lets members in by password and through WeCom, and a run after that changes nothing', async () => {
      const one = somebody();
      await world.setPassword(one);
      await expectSignedIn(await world.byPassword(one), one);
      const other = somebody();
      await expectSignedIn(await world.byWecom(world.codeOf(other)), other);
      expect((await world.sync('acme/wecom')).counts).to.include({ updated: 0, unchanged: MEMBERS });
    });

    it('signs out whom a run or a person locks out, and lets them in no more', async () => {
      const [disabled, leaver, byHand, stayer] = [somebody(), somebody(), somebody(), somebody()];
      const everybody = [disabled, leaver, byHand, stayer];
      const cookies = new Map<string, string>();
      for (const name of everybody) {
        await world.setPassword(name);
        cookies.set(name, await expectSignedIn(await world.byPassword(name), name));
      }
      const codes = new Map(everybody.map((name) => [name, world.codeOf(name)] as const));
      world.sandbox.company.disable([disabled]);
      world.sandbox.company.leave([leaver]);
      expect((await world.sync('acme/wecom')).counts).to.include({ forbidden: 2, signedOut: 2 });
      const account = { owner: 'acme', name: byHand, isForbidden: true };
      const { msg } = await world.ours.post(`/wecom/api/update-user?id=acme/${byHand}&columns=isForbidden`, account);
      expect(msg).to.equal('');
      for (const name of everybody) {
        const isIn = name === stayer;
        expect(await world.whois(cookies.get(name) ?? ''), name).to.equal(isIn ? name : '');
        expect((await world.byPassword(name)).msg, name).to.equal(isIn ? '' : FORBIDDEN);
        // WeCom itself knows the leaver no more.
        const refusal = name === leaver ? 'Failed to login in: not an internal user' : FORBIDDEN;
        expect((await world.byWecom(codes.get(name) ?? '')).msg, name).to.equal(isIn ? '' : refusal);
      }
      expect((await world.sync('acme/wecom')).counts).to.include({ forbidden: 0, updated: 0, signedOut: 0 });
    });

    it('has the Syncers tab behind nginx, for whom it has signed in, as long as he is', async function () {
      const browser = await openBrowser(this);
      try {
        const { page, context, complaints } = await openWindow(browser, { locale: 'en-GB' });
        const { origin } = world.nginx;
        await page.goto(`${origin}/wecom/`);
        const link = page.getByRole('link', { name: words.signIn.atIam });
        expect(await link.getAttribute('href')).to.equal(`${origin}/login`);
        // Its own page is not built with it: this is what that sends.
        await context.request.post(`${origin}/api/login`, { data: world.first });
        await page.goto(`${origin}/wecom/syncers/acme/wecom`);
        await page.getByRole('button', { name: words.syncers.sync, exact: true }).click();
        await page.waitForURL('**/wecom/runs/*');
        await page.getByText(words.state.succeeded).first().waitFor();
        const listed = await context.request.get(`${origin}/api/get-syncers?owner=admin&organization=acme`);
        expect((await listed.json()).data.map(({ name }: { name: string }) => name)).to.deep.equal(['wecom']);
        expect(complaints).to.deep.equal([]);

        await context.request.post(`${origin}/api/logout`);
        // Here within half a minute, so long as an answer is remembered.
        const account = async () => (await context.request.get(`${origin}/wecom/api/get-account`)).json();
        await until(async () => (await account()).status === 'error');
        await page.goto(`${origin}/wecom/users`);
        await link.waitFor();
      } finally {
        await browser.close();
      }
    });

    it('knows everybody when both start again, and the next run changes nothing', async () => {
      const name = somebody();
      await world.setPassword(name);
      // It writes a session down after a long answer, before a short one: the end must not come in between.
      const { cookie } = await world.byPassword(name);
      await world.casdoor.restart();
      await world.serve();
      expect(await world.whois(cookie)).to.equal(name);
      await expectSignedIn(await world.byPassword(name), name);
      await expectSignedIn(await world.byWecom(world.codeOf(name)), name);
      expect((await world.sync('acme/wecom')).counts).to.include({ created: 0, updated: 0, forbidden: 0 });
    });

    it('has a syncer of its own, whose accounts are taken over as they are', async () => {
      const members = world.sandbox.company.size;
      // Its own takes in nobody at all where one position is longer than the column.
      for (const { userid } of world.sandbox.company.members) world.sandbox.company.setField(userid, { position: 'x' });
      await world.addOrganization('beta');
      const own = { ...world.syncer('own', 'beta'), isReadOnly: true, isEnabled: true, tableColumns: MAPPING };
      await world.theirs('add-syncer', own);
      const made = await world.theirs('get-users?owner=beta');
      expect(made).to.have.length(members);
      const adopt = async (...options: readonly string[]) => {
        const { code, stdout, stderr } = await world.command('adopt', 'beta/own', '--json', ...options);
        expect(code, stderr).to.equal(0);
        return JSON.parse(stdout).adopted[0];
      };
      const options = ['--forbidden-by', 'syncer'];
      const planned = { state: 'adopted', linked: members, problem: null, switchOff: 'admin/own' };
      expect(await adopt('--dry-run', ...options)).to.include(planned);
      await world.theirs('update-syncer?id=admin/own', { ...own, isEnabled: false });
      const forbidden = made.filter(({ isForbidden }: { isForbidden: boolean }) => isForbidden).length;
      expect(await adopt(...options)).to.include({ linked: members, forbidden, switchOff: null });
      expect(await adopt(...options)).to.include({ state: 'present', linked: 0 });
      const { counts } = await world.sync('beta/own');
      expect(counts).to.include({ created: 0, conflicts: 0, removed: 0 });
      const active = [...world.sandbox.company.members].filter(({ status, enable }) => status === 1 && enable !== 0);
      const accounts = await world.theirs('get-users?owner=beta');
      const allowed = accounts.filter(({ isForbidden }: { isForbidden: boolean }) => !isForbidden);
      expect(allowed.map(({ name }: { name: string }) => name)).to.have.members(active.map(({ userid }) => userid));
      expect(accounts.map(({ id }: { id: string }) => id)).to.have.members(made.map(({ id }: { id: string }) => id));
      expect((await world.sync('beta/own')).counts).to.include({ created: 0, updated: 0, unchanged: members });
    });
  });
}

/** As its page fills it in for type WeCom. */
const MAPPING = [
  ['userid', 'Id'],
  ['name', 'DisplayName'],
  ['email', 'Email'],
  ['mobile', 'Phone'],
  ['avatar', 'Avatar'],
  ['position', 'Title'],
  ['gender', 'Gender'],
].map(([name, casdoorName]) => ({ name, casdoorName, type: 'string', isHashed: true, values: [] }));

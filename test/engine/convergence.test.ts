import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Run } from '../../src/engine/run.ts';
import type { Change } from '../../src/identity/change.ts';
import type { Database } from '../../src/storage/database.ts';
import type { Dialect } from '../../src/storage/dialect.ts';
import type { UserRow } from '../../src/storage/entities/index.ts';
import type { Member } from '../../src/sandbox/company/member.ts';
import { eachDatabase } from '../support/databases.ts';
import { DirectoryWorld, storesOn, type RunDifferences } from '../support/directory-world.ts';
import { LocalActs } from '../support/local-acts.ts';

/** Stories per property; a longer hunt: CONVERGENCE_RUNS=5000 npx mocha …. */
const RUNS = Number(process.env['CONVERGENCE_RUNS'] ?? 12);
/** The same stories at each `npm test`, so that what fails is what was changed; a hunt tells new ones. */
const TOLD = process.env['CONVERGENCE_RUNS'] === undefined ? { seed: 20_261_128 } : {};
/** The main one is told so often where a story takes a fifth of a second; the servers take ten times as long. */
const mainRuns = (kind: Dialect): number => (kind === 'sqlite' ? Math.max(RUNS, 250) : RUNS);

const index = fc.nat({ max: 1_000_000 });
const FAULTS = ['60011', '60003', '-1', '40014', 'reset', 'truncated', '500'] as const;

const act = fc.oneof(
  fc.record({ act: fc.constant('hire' as const) }),
  fc.record({ act: fc.constant('leave' as const), who: index }),
  fc.record({ act: fc.constant('mobile goes on' as const), who: index }),
  fc.record({ act: fc.constant('userid goes on' as const), who: index }),
  fc.record({ act: fc.constant('newcomer alike' as const), who: index }),
  fc.record({ act: fc.constant('disable' as const), who: index }),
  fc.record({ act: fc.constant('enable' as const), who: index }),
  fc.record({ act: fc.constant('rename' as const), who: index }),
  fc.record({ act: fc.constant('move' as const), who: index, to: index }),
  fc.record({ act: fc.constant('spell otherwise' as const), who: index }),
  fc.record({ act: fc.constant('hide fields' as const) }),
  fc.record({ act: fc.constant('narrow scope' as const), to: index }),
  fc.record({ act: fc.constant('widen scope' as const) }),
  fc.record({ act: fc.constant('person forbids' as const), who: index }),
  fc.record({ act: fc.constant('person allows' as const), who: index }),
  fc.record({ act: fc.constant('person promotes' as const), who: index }),
  fc.record({ act: fc.constant('person renames' as const), who: index }),
  fc.record({ act: fc.constant('person deletes' as const), who: index }),
  fc.record({
    act: fc.constant('person decides' as const),
    which: index,
    said: fc.constantFrom('linked' as const, 'created' as const, 'ignored' as const),
  }),
  fc.record({
    act: fc.constant('faulty sync' as const),
    fault: fc.constantFrom(...FAULTS),
    after: fc.nat({ max: 12 }),
  }),
  fc.record({
    act: fc.constant('unreadable department' as const),
    which: index,
    key: fc.constantFrom('id', 'name', 'parentid'),
    value: fc.constantFrom(undefined, null, '', 'x y', {}),
  }),
  fc.record({ act: fc.constant('sync' as const) }),
  fc.record({
    act: fc.constant('changes while it reads' as const),
    what: fc.constantFrom(
      'move' as const,
      'hire' as const,
      'leave' as const,
      'disable' as const,
      'mobile goes on' as const,
      'userid goes on' as const,
      'newcomer alike' as const,
      'rename' as const,
      'spell otherwise' as const,
      'enable' as const,
    ),
    who: index,
    to: index,
    after: fc.nat({ max: 6 }),
  }),
);
const stories = fc.array(act, { minLength: 1, maxLength: 12 });
/** What a person says about runs. */
const decision = fc.oneof(
  fc.record({
    act: fc.constant('preview is applied' as const),
    what: fc.constantFrom('hire' as const, 'leave' as const, 'disable' as const, 'rename' as const, 'enable' as const),
    who: index,
  }),
  fc.record({ act: fc.constant('person decides about a part' as const), of: index }),
);
/** Told less often: each of these is several runs. */
const decidedStories = fc.array(fc.oneof({ arbitrary: act, weight: 3 }, { arbitrary: decision, weight: 1 }), {
  minLength: 2,
  maxLength: 10,
});
/** What any number of lock-outs passes. */
const NO_LIMIT = { settings: { removalLimit: { percent: 100, count: 0 } } } satisfies RunDifferences;
type Act = typeof act | typeof decision extends fc.Arbitrary<infer T> ? T : never;

/** What contract §5 says about the account of each member, kept by hand beside the real thing. */
class Expectation {
  readonly forbiddenByPerson = new Set<string>();
  readonly deletedByPerson = new Set<string>();
  readonly admins = new Set<string>();
  /** Whom a person kept when a run was about to lock them out. */
  readonly keptByPerson = new Set<string>();
}

const key = (userid: string): string => userid.toLowerCase();
const isIn = ({ status, enable }: Member): boolean => status === 1 && enable !== 0;

class Story {
  readonly #expect = new Expectation();
  #hired = 0;

  constructor(
    private readonly world: DirectoryWorld,
    private readonly local: LocalActs,
  ) {}

  async play(act: Act): Promise<void> {
    const { company, sandbox } = this.world;
    switch (act.act) {
      case 'hire':
        company.hire(1);
        return;
      case 'leave':
        this.#member(act.who, ({ userid }) => company.leave([userid]));
        return;
      case 'mobile goes on':
        // Somebody leaves, and whoever comes for him has his company mobile and no e-mail address yet.
        this.#member(act.who, ({ userid, mobile, department }) => {
          company.leave([userid]);
          const name = `接任 ${act.who}`;
          company.hire({ userid: `heir-${(this.#hired += 1)}`, name, mobile, email: '', biz_mail: '', department });
        });
        return;
      case 'userid goes on':
        this.#member(act.who, ({ userid }) => {
          const serial = (this.#hired += 1);
          company.setField(userid, {
            mobile: `1370000${1000 + serial}`,
            email: `n${serial}@example.com`,
            biz_mail: '',
          });
          company.rename({ userid, name: `另一人 ${serial}` });
        });
        return;
      case 'newcomer alike':
        // Same name, number and address as somebody who is there.
        this.#member(act.who, ({ name, mobile, email, biz_mail, department }) =>
          company.hire({ userid: `twin-${(this.#hired += 1)}`, name, mobile, email, biz_mail, department }),
        );
        return;
      case 'disable':
        this.#member(act.who, ({ userid }) => company.disable([userid]));
        return;
      case 'enable':
        this.#member(act.who, ({ userid }) => company.enable([userid]));
        return;
      case 'rename':
        this.#member(act.who, ({ userid }) => company.rename({ userid, name: `新名 ${act.who}` }));
        return;
      case 'move': {
        const departments = [...company.departments];
        const to = departments[act.to % departments.length];
        this.#member(act.who, ({ userid }) => to && company.move(userid, [to.id]));
        return;
      }
      case 'spell otherwise':
        this.#member(act.who, ({ userid }) => {
          const swapped = userid === userid.toUpperCase() ? userid.toLowerCase() : userid.toUpperCase();
          if (swapped !== userid) company.changeUserid(userid, swapped);
        });
        return;
      case 'hide fields':
        sandbox.access.rules.withheld = true;
        return;
      case 'narrow scope': {
        const departments = [...company.departments].filter(({ id }) => id !== 1);
        const only = departments[act.to % departments.length];
        if (only) company.scope = { departments: [only.id] };
        return;
      }
      case 'widen scope':
        company.scope = { departments: [1] };
        return;
      case 'person forbids':
        await this.#account(act.who, async ({ name, wecom, isForbidden }) => {
          if (isForbidden) return;
          await this.local.change(name, { isForbidden: true });
          this.#expect.forbiddenByPerson.add(key(wecom!));
        });
        return;
      case 'person allows':
        await this.#account(act.who, async ({ name, wecom }) => {
          await this.local.change(name, { isForbidden: false });
          this.#expect.forbiddenByPerson.delete(key(wecom!));
        });
        return;
      case 'person promotes':
        await this.#account(act.who, async ({ name, wecom }) => {
          await this.local.change(name, { isAdmin: true });
          this.#expect.admins.add(key(wecom!));
        });
        return;
      case 'person renames':
        await this.#account(act.who, async ({ name }) =>
          this.local.change(name, { name: `by-hand-${act.who}-${name}`.slice(0, 90) }),
        );
        return;
      case 'person deletes':
        await this.#account(act.who, async ({ name, wecom }) => {
          await this.local.remove(name);
          this.#expect.deletedByPerson.add(key(wecom!));
        });
        return;
      case 'person decides':
        await this.#decide(act.which, act.said);
        return;
      case 'faulty sync':
        await this.#faultySync(act.fault, act.after);
        return;
      case 'unreadable department':
        await this.#unreadableDepartment(act.which, { [act.key]: act.value });
        return;
      case 'changes while it reads':
        await this.#restlessSync(act);
        return;
      case 'sync':
        await this.#sync(NO_LIMIT);
        return;
      case 'preview is applied':
        await this.#applyPreview(act);
        return;
      case 'person decides about a part':
        await this.#decidePart(act.of);
        return;
    }
  }

  /**
   * An answer to an open question, carried out by a run of that member: it lets nobody in who is not let in by the
   * directory, and locks out nobody who is.
   */
  async #decide(which: number, said: 'linked' | 'created' | 'ignored'): Promise<void> {
    const { questions } = this.world.stores;
    const of = { syncerId: 'syncer-1', organization: 'acme' };
    const open = (await questions!.list(of, 'open', 1, 100)).rows
      .filter(({ kind }) => kind === 'handed-on' || kind === 'renamed')
      .toSorted((one, other) => (one.key < other.key ? -1 : 1));
    const question = open[which % open.length];
    if (!question) return;
    const { id, kind, userid, candidates, proposedName } = question;
    const isKept = kind === 'renamed' && said === 'created';
    const chosen = said === 'linked' ? (candidates[0]?.user.slice('acme/'.length) ?? '') : proposedName;
    await questions!.answer(id, {
      state: said,
      answer: isKept || said === 'ignored' ? '' : chosen,
      keepSignIn: false,
      by: 'acme/eve',
      at: '2026-01-01T00:00:00.000Z',
      comment: '',
      waits: isKept || said === 'ignored' ? '' : 'apply',
    });
    const before = new Map((await this.local.accounts('acme')).map((account) => [account.name, account]));
    await this.world.member({ userid }, { trigger: 'decision', ...NO_LIMIT });
    const members = new Map([...this.world.company.members].map((member) => [key(member.userid), member]));
    for (const { name, wecom, isForbidden } of await this.local.accounts('acme')) {
      const member = members.get(key(wecom!));
      const wasForbidden = before.get(name)?.isForbidden;
      if (!isForbidden && wasForbidden !== false) {
        expect(member && isIn(member), `${name} was let in by a decision`).to.equal(true);
      }
      if (isForbidden && wasForbidden === false) {
        expect(!member || !isIn(member), `${name} was locked out by a decision`).to.equal(true);
      }
    }
    const after = await questions!.find(id);
    // Nobody could be asked: it is decided by nobody, for what follows tells of runs alone.
    if (after?.waits === 'apply') await questions!.reopen(after, '');
    else if (after?.state === said && !isKept)
      this.#noteDecided(kind, said, key(userid), key(before.get(chosen)?.wecom ?? ''));
  }

  /** Whose the word of a person about an account is from now on. */
  #noteDecided(kind: string, said: string, userid: string, former: string): void {
    const { admins, forbiddenByPerson } = this.#expect;
    if (said === 'ignored' || (kind === 'handed-on' && said === 'linked')) return;
    const isForbidden = kind === 'renamed' && forbiddenByPerson.delete(former);
    admins.delete(userid);
    forbiddenByPerson.delete(userid);
    if (isForbidden) forbiddenByPerson.add(userid);
  }

  /**
   * A run, whatever goes wrong in it: it takes access from nobody who was in before it and after it, and gives no
   * account to somebody else, neither by the binding nor by the values.
   */
  async #sync(differences: RunDifferences = {}): Promise<Run> {
    return this.#harmless(() => this.world.sync(differences));
  }

  async #harmless<T>(step: () => Promise<T>): Promise<T> {
    const isInNow = (): Set<string> =>
      new Set([...this.world.company.members].filter(isIn).map(({ userid }) => key(userid)));
    const [inBefore, before] = [isInNow(), await this.local.accounts('acme')];
    const done = await step();
    const inAfter = isInNow();
    const now = new Map((await this.local.accounts('acme')).map((account) => [account.id, account]));
    for (const { id, name, wecom, isForbidden, displayName, phone, email } of before) {
      const after = now.get(id);
      expect(after, `${name} is still there`).to.not.equal(undefined);
      if (!this.#isChangedUserid(wecom!, after!))
        expect(key(after!.wecom!), `${name} belongs to whom it belonged`).to.equal(key(wecom!));
      const agrees =
        after!.displayName === displayName ||
        (Boolean(phone) && after!.phone === phone) ||
        (Boolean(email) && after!.email === email);
      expect(agrees, `${name} has become somebody else’s`).to.equal(true);
      if (isForbidden || !inBefore.has(key(wecom!)) || !inAfter.has(key(wecom!))) continue;
      expect(after!.isForbidden, `${name} is there, and was locked out`).to.equal(false);
    }
    return done;
  }

  /** Somebody alike came, and whom he is like has left: nothing tells that from a userid that was changed. */
  #isChangedUserid(former: string, { wecom, displayName, phone, email }: UserRow): boolean {
    const members = new Map([...this.world.company.members].map((member) => [key(member.userid), member]));
    const now = members.get(key(wecom!));
    if (!now || members.has(key(former))) return false;
    const address = (now.email || now.biz_mail || '').toLowerCase();
    return displayName === now.name && (now.mobile ?? '').endsWith(phone!) && address === email!.toLowerCase();
  }

  /** One clean run, approved if it is held, and the state that follows from what happened. */
  async settle(): Promise<void> {
    this.world.sandbox.faults.clear();
    const before = new Map((await this.local.accounts('acme')).map((account) => [account.name, account.isForbidden]));
    const run = await this.#sync();
    if (run.state === 'held') await this.#harmless(() => this.world.engine.approve(run, this.world.request()));
    else expect(run.state, JSON.stringify(run.error)).to.be.oneOf(['succeeded', 'partial']);
    await this.#check(before);
    const again = await this.world.sync();
    expect(again.counts, 'a second run changes nothing').to.deep.include({
      created: 0,
      updated: 0,
      forbidden: 0,
      restored: 0,
      removed: 0,
      linked: 0,
      groupsCreated: 0,
      groupsUpdated: 0,
      groupsRemoved: 0,
    });
  }

  async #check(before: ReadonlyMap<string, boolean | null>): Promise<void> {
    const shown = new Map(this.world.company.visibleMembers().map((member) => [key(member.userid), member]));
    const accounts = new Map((await this.local.accounts('acme')).map((account) => [key(account.wecom!), account]));
    for (const [userid, member] of shown) {
      const account = accounts.get(userid);
      if (this.#expect.deletedByPerson.has(userid) && !account) continue;
      expect(account, `${member.userid} has an account`).to.not.equal(undefined);
      if (this.#mayBeAnother(member, account!)) {
        // Left for a person: what it had, it has; but nobody is let in whom the directory does not let in.
        if (!isIn(member)) this.#checkAccess(userid, account!, false);
        continue;
      }
      expect(key(account!.wecom!), 'login binding, without case as WeCom compares it').to.equal(userid);
      expect(account!.displayName).to.equal(member.name);
      expect(JSON.parse(account!.groups!)).to.have.members(this.#groupsOf(member));
      this.#checkAccess(userid, account!, isIn(member));
    }
    for (const { name, wecom, isAdmin, isForbidden } of await this.local.accounts('acme')) {
      if (!wecom && !isAdmin) expect(isForbidden, `${name}, which is nobody’s any more`).to.equal(true);
    }
    const company = new Set([...this.world.company.members].map((member) => key(member.userid)));
    for (const [userid, account] of accounts) {
      if (shown.has(userid) || userid === '') continue;
      // In the company and out of sight: nobody can say more than that, so nothing happens to the account.
      if (company.has(userid))
        expect(account.isForbidden, `${userid}, out of sight`).to.equal(before.get(account.name));
      else this.#checkAccess(userid, account, false);
    }
  }

  /** Nothing that the directory says of the member agrees with the account. */
  #mayBeAnother({ name, mobile, email, biz_mail }: Member, account: UserRow): boolean {
    if (account.displayName === name) return false;
    if (this.world.sandbox.access.rules.withheld) return true;
    const address = (email || biz_mail || '').toLowerCase();
    const sameMobile = Boolean(account.phone) && (mobile ?? '').endsWith(account.phone!);
    return !sameMobile && (address === '' || address !== account.email?.toLowerCase());
  }

  #checkAccess(userid: string, account: UserRow, mayBeIn: boolean): void {
    const what = `${account.name}, ${mayBeIn ? 'active' : 'not active'} in the directory`;
    if (this.#expect.forbiddenByPerson.has(userid))
      expect(account.isForbidden, `${what}, forbidden by a person`).to.equal(true);
    else if (mayBeIn) expect(account.isForbidden, what).to.equal(false);
    else if (!this.#expect.admins.has(userid) && !this.#expect.keptByPerson.has(userid)) {
      expect(account.isForbidden, what).to.equal(true);
    }
  }

  #groupsOf(member: Member): string[] {
    const visible = new Set(this.world.company.visibleDepartments().map(({ id }) => id));
    return member.department.filter((id) => visible.has(id)).map((id) => `acme/acme-wecom-${id}`);
  }

  /** What hangs on a department stays while its entry cannot be read: its name or a place, and who is in it. */
  async #unreadableDepartment(which: number, fields: Readonly<Record<string, unknown>>): Promise<void> {
    const { company, sandbox } = this.world;
    const departments = [...company.visibleDepartments()];
    const spoilt = departments[which % departments.length];
    if (!spoilt) return;
    const department = departments.map((entry) => (entry === spoilt ? { ...entry, ...fields } : entry));
    const body = JSON.stringify({ errcode: 0, errmsg: 'ok', department });
    const name = `acme-wecom-${spoilt.id}`;
    const group = async () => (await this.local.groups('acme')).find((one) => one.name === name);
    const [before, accounts] = [await group(), await this.local.accounts('acme')];
    const stop = sandbox.faults.add({ path: 'department/list', respond: { body } });
    await this.#sync(NO_LIMIT);
    stop();
    const after = await group();
    if (before && !('name' in fields)) expect(after, 'the group is still there').to.not.equal(undefined);
    if (before && 'name' in fields && fields['name'] !== 'x y') {
      expect(after?.displayName).to.equal(before.displayName);
    }
    if (before && 'parentid' in fields && spoilt.id !== 1) expect(after?.parentId).to.equal(before.parentId);
    const now = new Map((await this.local.accounts('acme')).map((account) => [account.name, account]));
    const inIt = new Set(
      [...company.members].filter(({ department: own }) => own.includes(spoilt.id)).map(({ userid }) => key(userid)),
    );
    for (const { name: account, wecom, groups } of accounts) {
      if (!inIt.has(key(wecom!)) || !groups!.includes(`"acme/${name}"`)) continue;
      expect(now.get(account)?.groups, `${account} stays in ${name}`).to.include(`"acme/${name}"`);
    }
  }

  /** Nobody who was in and whom nobody disabled may be out after it. */
  async #faultySync(fault: (typeof FAULTS)[number], after: number): Promise<void> {
    const before = await this.local.accounts('acme');
    const respond =
      fault === 'reset' || fault === 'truncated'
        ? { broken: fault }
        : fault === '500'
          ? { httpStatus: 500 }
          : { errcode: Number(fault) };
    const stop = this.world.sandbox.faults.add({ path: 'user/list', after, respond });
    const run = await this.#sync(NO_LIMIT);
    stop();
    // A run is partial for other reasons, too; only what could not be read proves nothing.
    if (!run.warnings.some(({ code }) => code === 'unread')) return;
    const now = new Map((await this.local.accounts('acme')).map((account) => [account.name, account]));
    const shown = new Map([...this.world.company.members].map((member) => [key(member.userid), member]));
    for (const { name, wecom, isForbidden } of before) {
      if (isForbidden || !now.get(name)?.isForbidden) continue;
      const member = shown.get(key(wecom!));
      expect(!member || !isIn(member), `${name} was locked out by an incomplete read`).to.equal(true);
    }
  }

  /** Somebody comes, goes or changes between the preview and its being applied: nothing is done that nobody saw. */
  async #applyPreview({ what, who }: Extract<Act, { act: 'preview is applied' }>): Promise<void> {
    const { engine } = this.world;
    const preview = await this.world.preview();
    if (preview.state !== 'succeeded' && preview.state !== 'partial') return;
    await this.play(what === 'hire' ? { act: what } : { act: what, who });
    const run = await this.#harmless(async () => (await engine.apply(preview, this.world.request())).ended);
    expect(run.state, JSON.stringify(run.error)).to.be.oneOf(['succeeded', 'partial']);
    const told = ({ kind, userid, user, fields }: Change): string => JSON.stringify([kind, userid, user, fields]);
    const seen = new Set((await this.world.changes(preview)).map(told));
    const done = (await this.world.changes(run)).filter(({ state }) => state === 'applied');
    for (const change of done) expect(seen.has(told(change)), `${told(change)} was seen`).to.equal(true);
  }

  /** Of what waits one half is approved and the other one rejected: nobody of the latter is locked out. */
  async #decidePart(of: number): Promise<void> {
    const { engine } = this.world;
    // Whoever would go waits; later runs have the usual limit, which such a few pass.
    const run = await this.#sync({ settings: { removalLimit: { percent: 0, count: 0 } } });
    if (run.state !== 'held') return;
    const waiting = (await this.world.changes(run)).filter(({ state }) => state === 'held');
    const approved = waiting.filter((_, at) => (at + of) % 2 === 0).map(({ seq }) => seq);
    const rejected = waiting.filter(({ seq }) => !approved.includes(seq));
    if (approved.length > 0) {
      await this.#harmless(() => engine.approve(run, this.world.request(), { changes: approved }));
    }
    const standing = (await this.world.changes(run)).filter(({ state }) => state === 'held').map(({ seq }) => seq);
    if (standing.length > 0) await engine.reject(run, { changes: standing });
    const isInNow = new Map(
      (await this.local.accounts('acme')).map(({ wecom, isForbidden }) => [key(wecom ?? ''), !isForbidden]),
    );
    for (const { kind, userid } of rejected) {
      if (kind !== 'forbid') continue;
      this.#expect.keptByPerson.add(key(userid));
      expect(isInNow.get(key(userid)), `${userid}, rejected`).to.equal(true);
    }
    await this.#sync();
    const later = new Map(
      (await this.local.accounts('acme')).map(({ wecom, isForbidden }) => [key(wecom ?? ''), !isForbidden]),
    );
    for (const { kind, userid } of rejected) {
      if (kind === 'forbid') expect(later.get(key(userid)), `${userid}, rejected and synced again`).to.equal(true);
    }
  }

  /** The company changes between two answers of one run. */
  async #restlessSync({ what, who, to, after }: Extract<Act, { act: 'changes while it reads' }>): Promise<void> {
    const { sandbox } = this.world;
    sandbox.faults.afterAnswer({
      path: '*',
      after,
      work: () => void this.play(what === 'hire' ? { act: what } : { act: what, who, to }),
    });
    await this.#sync({ ...NO_LIMIT, concurrency: 1 });
    sandbox.faults.clear();
  }

  #member(at: number, act: (member: Member) => unknown): void {
    const members = [...this.world.company.members];
    const member = members[at % members.length];
    // The last one stays: a company without members is the guard's business.
    if (member && members.length > 1) act(member);
  }

  async #account(at: number, act: (account: UserRow) => Promise<void>): Promise<void> {
    const accounts = (await this.local.accounts('acme')).filter(({ wecom }) => wecom);
    const account = accounts[at % accounts.length];
    if (account) await act(account);
  }
}

/** Plays a story on an empty database, and then what the end of it is about. */
async function tell<T>(
  database: Database,
  acts: readonly Act[],
  end: (story: Story, world: DirectoryWorld) => Promise<T>,
  begin: (world: DirectoryWorld) => unknown = () => undefined,
): Promise<T> {
  const local = new LocalActs(database);
  await local.clear();
  await local.addOrganization('acme');
  const world = await DirectoryWorld.open(storesOn(database), { members: 12, departments: 4 });
  try {
    begin(world);
    const story = new Story(world, local);
    await story.play({ act: 'sync' });
    for (const next of acts) await story.play(next);
    return await end(story, world);
  } finally {
    await world.close();
  }
}

/** A change without its place in the run and without what became of it. */
const shapeOf = ({ kind, userid, user, fields, reason }: Change): string =>
  JSON.stringify({ kind, userid, user, fields, reason });

async function comparePreview(world: DirectoryWorld): Promise<void> {
  world.sandbox.faults.clear();
  const preview = await world.preview();
  const run = await world.sync();
  const planned = (await world.changes(preview)).map(shapeOf).sort();
  const done = (await world.changes(run)).map(shapeOf).sort();
  expect(planned).to.deep.equal(done);
  expect(preview.warnings.some(({ code }) => code === 'would-be-held')).to.equal(run.state === 'held');
}

/** In these it is the order of the answers that decides what is seen, or a list is sent as it is. */
const isOrdered = ({ act }: Act): boolean =>
  act === 'faulty sync' || act === 'changes while it reads' || act === 'unreadable department';

/**
 * Accounts and groups as a story leaves them, without the times at which they were written.
 *
 * @param seed of the order in which the directory lists everything; absent: its own
 */
async function leftBy(database: Database, acts: readonly Act[], seed?: number): Promise<object> {
  const local = new LocalActs(database);
  return tell(
    database,
    acts,
    async (story) => {
      await story.play({ act: 'sync' });
      const timeless = (rows: readonly object[]): object[] =>
        rows.map((row) => ({ ...row, createdTime: '', updatedTime: '' }));
      const accounts = (await local.accounts('acme')).map((account) => ({
        ...account,
        groups: (JSON.parse(account.groups ?? '[]') as string[]).sort(),
      }));
      return { accounts: timeless(accounts), groups: timeless(await local.groups('acme')) };
    },
    ({ sandbox }) => seed !== undefined && sandbox.faults.add({ respond: { spoil: 'shuffled', seed } }),
  );
}

describe('any sequence of changes upstream and decisions by hand', () =>
  eachDatabase((suite) => {
    it('ends, after one clean run, in the state that the contract defines', async function () {
      this.timeout(900_000);
      await fc.assert(
        fc.asyncProperty(stories, (acts) => tell(suite.database, acts, (story) => story.settle())),
        { ...TOLD, numRuns: mainRuns(suite.kind) },
      );
    });

    it('does what a person saw or approved, and nothing that he rejected', async function () {
      this.timeout(300_000);
      await fc.assert(
        fc.asyncProperty(decidedStories, (acts) => tell(suite.database, acts, (story) => story.settle())),
        { ...TOLD, numRuns: RUNS },
      );
    });

    it('leads to the same accounts and groups, in whatever order the directory lists them', async function () {
      this.timeout(300_000);
      await fc.assert(
        fc.asyncProperty(stories, fc.integer({ min: 1 }), async (acts, seed) => {
          const told = acts.filter((one) => !isOrdered(one));
          expect(await leftBy(suite.database, told, seed)).to.deep.equal(await leftBy(suite.database, told));
        }),
        { ...TOLD, numRuns: RUNS },
      );
    });

    it('is previewed as it then happens', async function () {
      this.timeout(300_000);
      await fc.assert(
        fc.asyncProperty(stories, (acts) => tell(suite.database, acts, (_, world) => comparePreview(world))),
        { ...TOLD, numRuns: RUNS },
      );
    });
  }));

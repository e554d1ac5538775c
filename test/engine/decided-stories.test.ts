import { expect } from 'chai';
import * as fc from 'fast-check';
import { stub } from 'sinon';
import type { Selection } from '../../src/engine/lifecycle/selection.ts';
import type { StoredChange } from '../../src/engine/ports/run-store.ts';
import { isOver, type Run } from '../../src/engine/run.ts';
import type { SyncerSettings } from '../../src/engine/syncer-settings.ts';
import type { Member } from '../../src/sandbox/company/member.ts';
import { AccountHistory } from '../../src/storage/history/account-history.ts';
import { UserAccounts } from '../../src/storage/accounts/user-accounts.ts';
import type { Database } from '../../src/storage/database.ts';
import type { Dialect } from '../../src/storage/dialect.ts';
import { ConfigError } from '../../src/syncer/errors.ts';
import { eachDatabase } from '../support/databases.ts';
import { DirectoryWorld, storesOn } from '../support/directory-world.ts';
import { LocalActs } from '../support/local-acts.ts';

/** A longer hunt: DECIDED_RUNS=500 npx mocha …. */
const HUNT = process.env['DECIDED_RUNS'];
/** The same stories at each `npm test`, so that what fails is what was changed; a hunt tells new ones. */
const TOLD = HUNT === undefined ? { seed: 20_261_129 } : {};
const runsOn = (kind: Dialect): number => Number(HUNT ?? (kind === 'sqlite' ? 8 : 1));

const DAY_MS = 86_400_000;
const STRICT = { percent: 0, count: 1 };
const FREE = { percent: 100, count: 0 };

const who = fc.nat({ max: 1_000_000 });
const word = <T extends string>(...words: readonly T[]) => fc.constantFrom(...words);
const inDirectory = fc.record({
  act: word('hire', 'leave', 'leave', 'return', 'disable', 'enable', 'rename', 'hand on'),
  who,
});
const byHand = fc.record({
  act: word('forbid', 'allow', 'protect', 'unprotect', 'unlink', 'call otherwise', 'freeze', 'thaw', 'give'),
  who,
});
const syncs = fc.record({ act: word('sync', 'sync', 'event', 'days pass'), who, strict: fc.boolean() });
const decisions = fc.record({
  act: word('approve', 'reject', 'undo', 'undo', 'apply', 'answer'),
  who,
  part: fc.boolean(),
  strict: fc.boolean(),
  said: word('linked', 'created', 'ignored'),
  meanwhile: inDirectory,
});
type Act =
  typeof inDirectory | typeof byHand | typeof syncs | typeof decisions extends fc.Arbitrary<infer T> ? T : never;
const stories = fc.record({
  acts: fc.array(
    fc.oneof(
      { arbitrary: inDirectory, weight: 4 },
      { arbitrary: byHand, weight: 3 },
      { arbitrary: syncs, weight: 7 },
      { arbitrary: decisions, weight: 5 },
    ),
    { minLength: 8, maxLength: 24, size: 'max' },
  ),
  graceDays: word('0', '3').map(Number),
  leavers: fc.constantFrom('forbid' as const, 'softDelete' as const),
  disabledToo: fc.boolean(),
});

const key = (userid: string): string => userid.toLowerCase();
const isActive = (member: Member | undefined): boolean =>
  member !== undefined && member.status === 1 && member.enable !== 0;

const hasDone = ({ counts }: Run): boolean =>
  counts.created + counts.updated + counts.linked + counts.restored + counts.forbidden + counts.removed > 0;

interface Standing {
  readonly member: string;
  readonly isIn: boolean;
}

/** What a run that began just now may do about access, and what nobody may read of otherwise. */
interface Allowed {
  /** As which it is known. */
  readonly runs: readonly string[];
  /** The run read the directory: it decides. Else somebody was named. */
  readonly letsIn: (member: string, name: string) => boolean;
  readonly locksOut: (member: string, name: string) => boolean;
  readonly isStrict: boolean;
}

class DecidedStory {
  readonly #world: DirectoryWorld;
  readonly #local: LocalActs;
  readonly #database: Database;
  readonly #settings: Partial<SyncerSettings>;
  readonly #of = { syncerId: 'syncer-1', organization: 'acme' };
  /** Account names that a person forbade. */
  readonly #forbidden = new Set<string>();
  readonly #protected = new Map<string, string>();
  /** Members whose lock-out was taken back, until a run sees them active. */
  readonly #undone = new Set<string>();
  readonly #rejected = new Set<string>();
  readonly #missedSince = new Map<string, number>();
  /** Which run, or `person`, changed last whether somebody is in; by account name. */
  readonly #changedBy = new Map<string, readonly string[]>();
  readonly #left: Member[] = [];
  readonly #disabledToo: boolean;
  #isFrozen = false;
  day = 0;

  constructor(
    database: Database,
    world: DirectoryWorld,
    local: LocalActs,
    {
      disabledToo,
      ...settings
    }: Pick<SyncerSettings, 'leavers'> & { readonly graceDays: number; readonly disabledToo: boolean },
  ) {
    this.#database = database;
    this.#world = world;
    this.#local = local;
    this.#disabledToo = disabledToo;
    const freeze = { isFrozen: () => this.#isFrozen, disabledToo };
    this.#settings = { ...settings, deleteDays: 2, freeze };
  }

  async play(act: Act): Promise<void> {
    const { company } = this.#world;
    switch (act.act) {
      case 'hire':
        company.hire(1);
        return;
      case 'leave':
        this.#member(act.who, (member) => {
          this.#left.push(member);
          company.leave([member.userid]);
        });
        return;
      case 'return': {
        const member = this.#left.pop();
        if (member && !company.member(member.userid)) company.hire({ ...member });
        return;
      }
      case 'disable':
        this.#member(act.who, ({ userid }) => company.disable([userid]));
        return;
      case 'enable':
        this.#member(act.who, ({ userid }) => company.enable([userid]));
        return;
      case 'rename':
        this.#member(act.who, ({ userid }) => company.rename({ userid, name: `新名 ${act.who}` }));
        return;
      case 'hand on':
        this.#member(act.who, ({ userid }) => {
          const number = 10_000_000 + act.who;
          const mobile = `139${number}`;
          company.setField(userid, { name: `继任 ${act.who}`, mobile, email: `heir${number}@acme.example` });
        });
        return;
      case 'call otherwise':
        return this.#callOtherwise(act.who);
      case 'freeze':
      case 'thaw':
        this.#isFrozen = act.act === 'freeze';
        return;
      case 'give':
        return this.#give(act.who);
      case 'days pass':
        this.day += 1 + (act.who % 3);
        return;
      case 'forbid':
      case 'allow':
        return this.#setForbidden(act.who, act.act === 'forbid');
      case 'protect':
        return this.#protect(act.who);
      case 'unprotect': {
        const [[userid, id] = []] = this.#protected;
        if (userid === undefined || id === undefined) return;
        await this.#world.stores.protections!.remove(id);
        this.#protected.delete(userid);
        return;
      }
      case 'unlink':
        return this.#unlink(act.who);
      case 'sync':
        await this.sync(act.strict);
        return;
      case 'event':
        return this.#event(act.who, act.strict);
      case 'approve':
        return this.#approve(act.who, act.part);
      case 'reject':
        return this.#reject(act.who, act.part);
      case 'undo':
        return this.#undo(act.who, act.part, act.strict);
      case 'apply':
        return this.#apply(act.strict, act.meanwhile);
      case 'answer':
        return this.#answer(act.who, act.said, act.strict);
    }
  }

  async sync(isStrict: boolean): Promise<Run> {
    const run = await this.#whole({ isStrict }, () => this.#world.sync(this.#with(isStrict)));
    expect(run.state, JSON.stringify(run.error)).to.be.oneOf(['succeeded', 'partial', 'held']);
    return run;
  }

  /** Everybody is as the directory and people say. */
  async settle(): Promise<void> {
    this.#isFrozen = false;
    const before = await this.#standing();
    await this.sync(false);
    const asked = await this.#handedOn();
    for (const [name, { member, isIn }] of await this.#standing()) {
      if (member === '') continue;
      const may = isActive(this.#world.company.member(member));
      // Whose userid may have gone to another person waits for a person's word.
      if (may && asked.has(member)) continue;
      if (may && !this.#isKept(member) && !this.#forbidden.has(name)) expect(isIn, `${name} belongs`).to.equal(true);
      if (this.#forbidden.has(name)) expect(isIn, `${name}, forbidden by a person`).to.equal(false);
      if (this.#isKept(member)) expect(isIn, `${name}, left alone`).to.equal(before.get(name)?.isIn);
      else if (!may && this.#isDue(member)) expect(isIn, `${name} does not belong`).to.equal(false);
    }
    const again = await this.sync(false);
    const { created, updated, forbidden, restored, removed, linked } = again.counts;
    expect([created, updated, forbidden, restored, removed, linked], 'a second run changes nothing').to.deep.equal(
      Array(6).fill(0),
    );
  }

  #with(isStrict: boolean) {
    return { settings: { ...this.#settings, removalLimit: isStrict ? STRICT : FREE } };
  }

  async #standing(): Promise<ReadonlyMap<string, Standing>> {
    const accounts = await this.#local.accounts('acme');
    return new Map(
      accounts.map(({ name, wecom, isForbidden, isDeleted }) => [
        name,
        { member: key(wecom ?? ''), isIn: !isForbidden && !isDeleted },
      ]),
    );
  }

  async #handedOn(): Promise<ReadonlySet<string>> {
    const { rows } = await this.#world.stores.questions!.list(this.#of, undefined, 1, 100);
    const open = rows.filter(({ kind, state }) => kind === 'handed-on' && (state === 'open' || state === 'ignored'));
    return new Set(open.map(({ key: member }) => member));
  }

  /** In a freeze nobody is locked out but, where that is so set, whom somebody disabled. */
  #mayTake(member: string): boolean {
    const found = this.#world.company.member(member);
    const isDisabled = found !== undefined && (found.status === 2 || found.enable === 0);
    return !this.#isFrozen || (isDisabled && !this.#disabledToo);
  }

  #isKept(member: string): boolean {
    return this.#protected.has(member) || this.#undone.has(member);
  }

  #isDue(member: string): boolean {
    // Who is there and disabled is given no time.
    if (this.#world.company.member(member)) return true;
    return (this.#missedSince.get(member) ?? this.day) + (this.#settings.graceDays ?? 0) <= this.day;
  }

  /** A run that reads the whole directory. */
  async #whole(
    {
      isStrict,
      named,
      isReviewed = false,
      decides,
    }: {
      readonly isStrict: boolean;
      readonly named?: (member: string) => boolean;
      readonly isReviewed?: boolean;
      /** The run that waited. */
      readonly decides?: Run;
    },
    work: () => Promise<Run>,
  ): Promise<Run> {
    const { company } = this.#world;
    for (const { member } of (await this.#standing()).values()) {
      if (member === '') continue;
      if (company.member(member)) this.#missedSince.delete(member);
      else if (!this.#missedSince.has(member)) this.#missedSince.set(member, this.day);
      if (isActive(company.member(member))) for (const kept of [this.#undone, this.#rejected]) kept.delete(member);
    }
    return this.#watched(work, (run) => ({
      runs: [run.id, decides?.id ?? run.id],
      isStrict: isStrict && !named && !isReviewed,
      letsIn: (member, name) => isActive(company.member(member)) && !this.#forbidden.has(name),
      locksOut: (member) =>
        !isActive(company.member(member)) &&
        this.#isDue(member) &&
        (named?.(member) ?? (!isStrict || isReviewed || !this.#rejected.has(member))),
    }));
  }

  /** Nobody's access changes but as it may, and nobody's at all whose account is no member's, or who is left alone. */
  async #watched(work: () => Promise<Run>, allowed: (run: Run) => Allowed): Promise<Run> {
    const before = await this.#standing();
    const kept = new Set([...this.#protected.keys(), ...this.#undone]);
    const run = await work();
    const after = await this.#standing();
    const { isStrict, letsIn, locksOut, runs } = allowed(run);
    const told = `${run.trigger} ${run.state}, day ${this.day}`;
    let lockedOut = 0;
    for (const [name, { member: now, isIn }] of after) {
      const was = before.get(name);
      const member = now === '' ? (was?.member ?? '') : now;
      if (was?.isIn === isIn || (!was && !isIn)) continue;
      expect(member, `${told}: ${name}, which is nobody’s`).to.not.equal('');
      if (isIn) expect(letsIn(member, name), `${told}: ${name} was let in`).to.equal(true);
      else {
        lockedOut += 1;
        expect(kept.has(member), `${told}: ${name} was locked out and is left alone`).to.equal(false);
        expect(locksOut(member, name), `${told}: ${name} was locked out`).to.equal(true);
        const isDecided = run.trigger === 'decision' && !isActive(this.#world.company.member(member));
        if (run.trigger !== 'decision' || isDecided) {
          expect(this.#mayTake(member), `${told}: ${name} was locked out in a freeze`).to.equal(true);
        }
        this.#rejected.delete(member);
      }
      this.#changedBy.set(name, runs);
    }
    if (isStrict) expect(lockedOut, `${told}: the limit`).to.be.at.most(STRICT.count);
    return run;
  }

  async #event(at: number, isStrict: boolean): Promise<void> {
    const { company } = this.#world;
    const held = [...(await this.#standing()).values()].filter(({ member }) => member !== '');
    const changed = held.filter(({ member, isIn }) => isActive(company.member(member)) !== isIn);
    const members = changed.length > 0 ? changed : held;
    const one = members[at % members.length]?.member;
    if (one === undefined) return;
    const member = company.member(one);
    if (!member && !this.#missedSince.has(one)) this.#missedSince.set(one, this.day);
    if (member) this.#missedSince.delete(one);
    if (isActive(member)) this.#undone.delete(one);
    const asked = { userid: member?.userid ?? one, automatic: true };
    await this.#watched(
      async () => (await this.#world.member(asked, this.#with(isStrict))).run,
      (run) => ({
        runs: [run.id],
        isStrict,
        letsIn: (found, name) => found === one && isActive(member) && !this.#forbidden.has(name),
        locksOut: (found) =>
          found === one && !isActive(member) && this.#isDue(one) && !(isStrict && this.#rejected.has(one)),
      }),
    );
  }

  async #held(): Promise<{ readonly held: Run; readonly waiting: readonly StoredChange[] } | undefined> {
    const held = await this.#world.stores.runs.held(this.#of);
    if (!held) return undefined;
    const waiting = (await this.#world.changes(held)).filter(({ state }) => state === 'held');
    return { held, waiting };
  }

  #chosen(changes: readonly StoredChange[], at: number, isPart: boolean): readonly StoredChange[] {
    return isPart ? changes.filter((_, index) => (index + at) % 2 === 0) : changes;
  }

  async #approve(at: number, isPart: boolean): Promise<void> {
    const found = await this.#held();
    if (!found) return;
    const { held, waiting } = found;
    const chosen = this.#chosen(waiting, at, isPart);
    if (chosen.length === 0) return;
    const named = new Set(chosen.map(({ userid }) => key(userid)));
    const work = async (): Promise<Run> => {
      const selection = isPart ? { changes: chosen.map(({ seq }) => seq) } : {};
      return (await this.#world.engine.approve(held, this.#world.request(this.#with(true)), selection)).approval;
    };
    if (held.trigger === 'undo')
      await this.#watched(work, (run) => ({
        runs: [run.id, held.id],
        isStrict: false,
        letsIn: () => false,
        locksOut: (member) => named.has(member),
      }));
    else await this.#whole({ isStrict: true, named: (member) => named.has(member), decides: held }, work);
  }

  async #reject(at: number, isPart: boolean): Promise<void> {
    const found = await this.#held();
    if (!found) return;
    const chosen = this.#chosen(found.waiting, at, isPart);
    if (chosen.length === 0) return;
    await this.#world.engine.reject(found.held, isPart ? { changes: chosen.map(({ seq }) => seq) } : {});
    if (found.held.trigger === 'undo') return;
    for (const { kind, userid } of chosen) if (kind === 'forbid' || kind === 'remove') this.#rejected.add(key(userid));
  }

  /** What a run did, or one change of it; whoever is let in is somebody whom that very run had locked out. */
  async #undo(at: number, isPart: boolean, isStrict: boolean): Promise<void> {
    const { engine, stores } = this.#world;
    const { rows } = await stores.runs.list(this.#of, 1, 100);
    const done = rows.filter((run) => !run.dryRun && isOver(run) && hasDone(run));
    // One of the last: of what was long ago little stands.
    const undone = done[at % Math.min(done.length, 4)];
    if (!undone) return;
    const applied = (await this.#world.changes(undone)).filter(({ state }) => state === 'applied');
    const one = applied[at % applied.length];
    const selection: Selection = isPart && one ? { changes: [one.seq] } : {};
    const chosen = selection.changes ? applied.filter((change) => change === one) : applied;
    const by = (member: string, ...kinds: readonly string[]): boolean =>
      chosen.some(({ kind, userid, fields }) => {
        const opens = fields.some(({ field, before }) => (field === 'isForbidden' || field === 'isDeleted') && before);
        return key(userid) === member && (kinds.includes(kind) || (kinds.includes('opens') && opens));
      });
    const before = new Set([...(await this.#standing())].flatMap(([name, { isIn }]) => (isIn ? name : [])));
    try {
      await this.#watched(
        async () => (await engine.undo(undone, this.#world.request(this.#with(isStrict)), selection)).ended,
        (run) => ({
          runs: [run.id],
          isStrict,
          // What later runs and people did stays.
          letsIn: (member, name) =>
            by(member, 'forbid', 'remove') && (this.#changedBy.get(name)?.includes(undone.id) ?? false),
          locksOut: (member) => by(member, 'create', 'restore', 'opens'),
        }),
      );
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
    }
    for (const [name, { member, isIn }] of await this.#standing())
      if (isIn && !before.has(name)) this.#undone.add(member);
  }

  /** A preview, applied after something else happened. */
  async #apply(isStrict: boolean, meanwhile: Act): Promise<void> {
    const preview = await this.#world.preview(this.#with(isStrict));
    await this.play(meanwhile);
    const seen = new Set(
      (await this.#world.changes(preview))
        .filter(({ kind }) => kind === 'forbid' || kind === 'remove')
        .map(({ userid }) => key(userid)),
    );
    await this.#whole({ isStrict, isReviewed: true, named: (member) => seen.has(member) }, async () => {
      return (await this.#world.engine.apply(preview, this.#world.request(this.#with(isStrict)))).ended;
    });
  }

  async #setForbidden(at: number, isForbidden: boolean): Promise<void> {
    const accounts = await this.#local.accounts('acme');
    const account = accounts[at % accounts.length];
    if (!account || account.isForbidden === isForbidden) return;
    const edit = { texts: {}, flags: { isForbidden } };
    await new UserAccounts(this.#database).update('acme', account.name, () => edit);
    this.#changedBy.set(account.name, ['person']);
    if (isForbidden) this.#forbidden.add(account.name);
    else this.#forbidden.delete(account.name);
  }

  async #protect(at: number): Promise<void> {
    const { company, stores } = this.#world;
    const members = [...(await this.#standing()).values()].filter(({ member }) => member !== '');
    const member = members[at % members.length]?.member;
    if (member === undefined || this.#protected.has(member)) return;
    const value = company.member(member)?.userid ?? member;
    const draft = { owner: 'acme', kind: 'userid', value, accountId: '', syncerId: '', reason: 'asked' } as const;
    const { id } = await stores.protections!.protect({ ...draft, until: null, endsAt: null, by: 'acme/boss' });
    this.#protected.set(member, id);
  }

  async #unlink(at: number): Promise<void> {
    const linked = [...(await this.#standing())].filter(([, { member }]) => member !== '');
    const [name] = linked[at % linked.length] ?? [];
    if (name === undefined) return;
    await this.#world.engine.unlinkAccount(this.#world.request(this.#with(false)).syncer, name);
  }

  /** A question that is open, about an account that was unlinked. */
  async #answer(at: number, said: 'linked' | 'created' | 'ignored', isStrict: boolean): Promise<void> {
    const questions = this.#world.stores.questions!;
    const open = (await questions.list(this.#of, 'open', 1, 100)).rows
      .filter(({ kind, waits }) => (kind === 'name-taken' || kind === 'handed-on') && waits === '')
      .toSorted((one, other) => (one.key < other.key ? -1 : 1));
    const question = open[at % open.length];
    if (!question) return;
    const { id, kind, userid, candidates, proposedName } = question;
    const linked = candidates[0]?.user.slice('acme/'.length) ?? '';
    await questions.answer(id, {
      state: said,
      answer: { ignored: '', linked, created: proposedName }[said],
      keepSignIn: true,
      by: 'acme/eve',
      at: '2026-01-01T00:00:00.000Z',
      comment: '',
      waits: said === 'ignored' ? '' : 'apply',
    });
    const member = this.#world.company.member(userid);
    if (!member && !this.#missedSince.has(key(userid))) this.#missedSince.set(key(userid), this.day);
    if (isActive(member)) this.#undone.delete(key(userid));
    await this.#watched(
      async () => (await this.#world.member({ userid }, { ...this.#with(isStrict), trigger: 'decision' })).run,
      (run) => ({
        runs: [run.id],
        isStrict,
        letsIn: (found, name) => found === key(userid) && isActive(member) && !this.#forbidden.has(name),
        // The account that was the member's until then counts as a leaver's.
        locksOut: (found, name) =>
          found === key(userid) &&
          ((!isActive(member) && this.#isDue(found)) ||
            (said === 'created' && kind === 'handed-on' && name === linked)),
      }),
    );
  }

  /** A person gives the account another name; it stays that member's. */
  async #callOtherwise(at: number): Promise<void> {
    const accounts = await this.#local.accounts('acme');
    const account = accounts[at % accounts.length];
    if (!account) return;
    const [before, name] = [account.name, `called.${at}.${accounts.length}`];
    if (accounts.some((other) => other.name === name)) return;
    await new UserAccounts(this.#database).update('acme', before, () => ({ name, texts: {}, flags: {} }));
    if (this.#forbidden.delete(before)) this.#forbidden.add(name);
    const changedBy = this.#changedBy.get(before);
    this.#changedBy.delete(before);
    if (changedBy) this.#changedBy.set(name, changedBy);
  }

  /** What a member gives by himself changes nobody's access. */
  async #give(at: number): Promise<void> {
    const linked = [...(await this.#standing()).values()].filter(({ member }) => member !== '');
    const userid = linked[at % linked.length]?.member;
    if (userid === undefined) return;
    const values = { email: `own${at}@acme.example`, phone: `138${10_000_000 + at}`, countryCode: 'CN' };
    const gift = { values, earlier: new AccountHistory(this.#database) };
    await this.#watched(
      async () => (await this.#world.member({ userid, gift }, { ...this.#with(false), trigger: 'self' })).run,
      (run) => ({ runs: [run.id], isStrict: false, letsIn: () => false, locksOut: () => false }),
    );
  }

  #member(at: number, act: (member: Member) => unknown): void {
    const members = [...this.#world.company.members];
    const member = members[at % members.length];
    // The last ones stay: an empty company is the guard's business.
    if (member && members.length > 3) act(member);
  }
}

describe('whatever people decide, protect and take back', () =>
  eachDatabase((suite) => {
    it('lets no leaver in beyond his time, and locks out nobody who belongs', async function () {
      this.timeout(HUNT === undefined ? 300_000 : 3_600_000);
      await fc.assert(
        fc.asyncProperty(stories, async ({ acts, ...settings }) => {
          const local = new LocalActs(suite.database);
          await local.clear();
          await local.addOrganization('acme');
          const stores = storesOn(suite.database);
          const world = await DirectoryWorld.open(stores, { members: 8, departments: 2 });
          const start = Date.now();
          const story = new DecidedStory(suite.database, world, local, settings);
          const clock = stub(stores.runs, 'now').callsFake(async () => new Date(start + story.day * DAY_MS));
          try {
            await story.sync(false);
            for (const act of acts) await story.play(act);
            await story.settle();
          } finally {
            clock.restore();
            await world.close();
          }
        }),
        { ...TOLD, numRuns: runsOn(suite.kind) },
      );
    });
  }));

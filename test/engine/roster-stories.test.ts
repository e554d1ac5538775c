import { expect } from 'chai';
import * as fc from 'fast-check';
import { RosterMemory, type RosterCheck } from '../../src/engine/roster-check.ts';
import type { FaultResponse } from '../../src/sandbox/faults/faults.ts';
import type { Member } from '../../src/sandbox/company/member.ts';
import type { Database } from '../../src/storage/database.ts';
import type { Dialect } from '../../src/storage/dialect.ts';
import type { UserRow } from '../../src/storage/entities/index.ts';
import { eachDatabase } from '../support/databases.ts';
import { DirectoryWorld, storesOn, type RunDifferences } from '../support/directory-world.ts';
import { LocalActs } from '../support/local-acts.ts';

/** A longer hunt: ROSTER_RUNS=1000 npx mocha …. */
const HUNT = process.env['ROSTER_RUNS'];
/** The same stories at each `npm test`, so that what fails is what was changed; a hunt tells new ones. */
const TOLD = HUNT === undefined ? { seed: 20_261_130 } : {};
const runsOn = (kind: Dialect): number => Number(HUNT ?? (kind === 'sqlite' ? 12 : 1));

const who = fc.nat({ max: 1_000_000 });
const act = fc.oneof(
  { weight: 5, arbitrary: fc.record({ act: fc.constantFrom('hire', 'leave', 'return', 'move'), who, to: who }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constantFrom('disable', 'enable', 'rename'), who, to: who }) },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('check'), who, to: who }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('incomplete check'), who, to: who }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constantFrom('full run', 'restart'), who, to: who }) },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;
const stories = fc.array(act, { minLength: 4, maxLength: 16 });

const answer = (dept_user: readonly object[], next_cursor = '') => ({
  body: JSON.stringify({ errcode: 0, errmsg: 'ok', next_cursor, dept_user }),
});
/** What a roster that is not whole looks like; the last lacks somebody who is there. */
const INCOMPLETE: readonly ((members: readonly Member[]) => FaultResponse)[] = [
  () => ({ errcode: 60011 }),
  () => ({ broken: 'truncated' }),
  () => answer([]),
  () => answer([{ userid: 'x', department: 1 }], 'again'),
  ([_hidden, ...shown]) =>
    answer(shown.flatMap(({ userid, department }) => department.map((id) => ({ userid, department: id })))),
];

const NO_LIMIT = { removalLimit: { percent: 100, count: 0 } };
const isActive = ({ status, enable }: Member): boolean => status === 1 && enable !== 0;
const key = (userid: string): string => userid.toLowerCase();

class Story {
  readonly #left: Member[] = [];
  #memory = new RosterMemory();

  constructor(
    private readonly world: DirectoryWorld,
    private readonly local: LocalActs,
    /** False: of the same story nobody looks between two full runs. */
    private readonly looks: boolean,
  ) {}

  async play({ act: what, who: at, to }: Act): Promise<void> {
    const { company } = this.world;
    const members = [...company.members];
    // The last ones stay: a company without members is the guard's business.
    const member = members.length > 2 ? members[at % members.length] : undefined;
    const departments = [...company.departments].map(({ id }) => id);
    switch (what) {
      case 'hire':
        company.hire(1);
        return;
      case 'leave':
        if (member) this.#left.push(...company.leave([member.userid]));
        return;
      case 'return': {
        const returner = this.#left.pop();
        if (returner && !company.member(returner.userid)) company.hire({ ...returner });
        return;
      }
      case 'move':
        if (member) company.move(member.userid, [departments[to % departments.length]!]);
        return;
      case 'disable':
        if (member) company.disable([member.userid]);
        return;
      case 'enable':
        if (member) company.enable([member.userid]);
        return;
      case 'rename':
        if (member) company.rename({ userid: member.userid, name: `新名 ${at}` });
        return;
      case 'restart':
        this.#memory = new RosterMemory();
        return;
      case 'full run':
        await this.full();
        return;
      case 'check':
        if (this.looks) await this.#check();
        return;
      case 'incomplete check':
        if (this.looks) await this.#incompleteCheck(INCOMPLETE[at % INCOMPLETE.length]!(members));
        return;
    }
  }

  #with(): RunDifferences {
    return { settings: NO_LIMIT, config: { contactsSecret: this.world.sandbox.contactsSecret } };
  }

  async full(): Promise<void> {
    const run = await this.#harmless(() => this.world.sync(this.#with()));
    expect(run.state, JSON.stringify(run.error ?? run.warnings)).to.equal('succeeded');
  }

  /** Who came, moved or left is as a full run would have him, and nobody was read who did not. */
  async #check(): Promise<void> {
    const before = this.world.sandbox.calls.count('user/list');
    const { found, error, tooMany } = await this.#harmless(() => this.#look());
    expect([found === 'nothing' || found === 'changes', error, tooMany]).to.deep.equal([true, undefined, undefined]);
    expect(this.world.sandbox.calls.count('user/list')).to.equal(before);
    const members = new Map([...this.world.company.members].map((member) => [key(member.userid), member]));
    const accounts = new Map((await this.local.accounts('acme')).map((account) => [key(account.wecom!), account]));
    for (const [userid, { isForbidden }] of accounts) {
      if (!members.has(userid)) expect(isForbidden, `${userid} has left`).to.equal(true);
    }
    for (const [userid, { department }] of members) {
      const groups = JSON.parse(accounts.get(userid)?.groups ?? 'null') as string[] | null;
      expect(groups, userid).to.have.members(department.map((id) => `acme/acme-wecom-${id}`));
    }
  }

  async #incompleteCheck(respond: FaultResponse): Promise<void> {
    const stop = this.world.sandbox.faults.add({ path: 'user/list_id', respond });
    const before = await this.local.accounts('acme');
    const { found } = await this.#look();
    stop();
    expect(found).to.equal('incomplete');
    expect(await this.local.accounts('acme')).to.deep.equal(before);
  }

  #look(): Promise<RosterCheck> {
    return this.world.engine.checkRoster(this.world.request(this.#with()), this.#memory, true);
  }

  /** Nobody is locked out whom the directory lets in. */
  async #harmless<T>(step: () => Promise<T>): Promise<T> {
    const done = await step();
    const accounts = new Map((await this.local.accounts('acme')).map((account) => [key(account.wecom!), account]));
    const wereIn = this.#wereIn;
    this.#wereIn = new Set();
    for (const member of this.world.company.members) {
      const userid = key(member.userid);
      const account = accounts.get(userid);
      if (isActive(member) && account && wereIn.has(userid)) {
        expect(account.isForbidden, `${userid} belongs, and was locked out`).to.equal(false);
      }
      if (account?.isForbidden === false) this.#wereIn.add(userid);
    }
    return done;
  }
  /** Members who could sign in after the step before. */
  #wereIn = new Set<string>();
}

const timeless = ({ createdTime: _c, updatedTime: _u, ...account }: UserRow) => ({
  ...account,
  groups: (JSON.parse(account.groups ?? '[]') as string[]).sort(),
});

/** Accounts and groups as a story leaves them, after a last run of everybody. */
async function leftBy(database: Database, acts: readonly Act[], looks: boolean) {
  const local = new LocalActs(database);
  await local.clear();
  await local.addOrganization('acme');
  const world = await DirectoryWorld.open(storesOn(database), { members: 12, departments: 4 });
  try {
    const story = new Story(world, local, looks);
    await story.full();
    for (const next of acts) await story.play(next);
    await story.full();
    const members = new Set([...world.company.members].map(({ userid }) => userid));
    const accounts = (await local.accounts('acme')).map(timeless);
    const groups = (await local.groups('acme')).map(({ createdTime: _c, updatedTime: _u, ...group }) => group);
    return { members, accounts, groups };
  } finally {
    await world.close();
  }
}

describe('any sequence of changes upstream, roster checks and full runs', () =>
  eachDatabase((suite) => {
    it('ends as full runs alone would end it, and locks nobody out on the way who belongs', async function () {
      this.timeout(300_000);
      await fc.assert(
        fc.asyncProperty(stories, async (acts) => {
          const checked = await leftBy(suite.database, acts, true);
          const { accounts, groups } = await leftBy(suite.database, acts, false);
          expect(checked.groups).to.deep.equal(groups);
          // Who came and left between two full runs has an account by the check alone, without access.
          const known = new Set(accounts.map(({ name }) => name));
          expect(checked.accounts.filter(({ name }) => known.has(name))).to.deep.equal(accounts);
          for (const { name, isForbidden } of checked.accounts) {
            if (known.has(name)) continue;
            expect([isForbidden, checked.members.has(name)], name).to.deep.equal([true, false]);
          }
        }),
        { ...TOLD, numRuns: runsOn(suite.kind) },
      );
    });
  }));

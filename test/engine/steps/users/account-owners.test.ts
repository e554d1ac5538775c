import { expect } from 'chai';
import * as fc from 'fast-check';
import type { LinkRule } from '../../../../src/engine/syncer-settings.ts';
import type { Member } from '../../../../src/sandbox/company/member.ts';
import type { UserRow } from '../../../../src/storage/entities/index.ts';
import { eachDatabase } from '../../../support/databases.ts';
import { DirectoryWorld, idsOf, storesOn } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';

const UUID = '0f8fad5b-d9cb-469f-a165-70867728950e';

describe('whose an account is', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 12, departments: 3 });
    });
    afterEach(() => world.close());

    const someone = (at = 0): Member =>
      [...world.company.members].filter(
        ({ status, enable, mobile, email }) => status === 1 && enable !== 0 && mobile !== '' && email !== '',
      )[at]!;
    const settings = (...linkBy: LinkRule[]) => ({ settings: { linkBy } });
    const withId = async (id: string): Promise<UserRow[]> =>
      [...(await local.accounts('acme')), ...(await local.accounts('built-in'))].filter(
        (account) => account.id?.toLowerCase() === id.toLowerCase(),
      );
    /** Everything about an account but when it was last written. */
    const state = async (name: string, owner = 'acme'): Promise<Partial<UserRow>> => {
      const { updatedTime: _time, ...rest } = await local.account(name, owner);
      return rest;
    };
    /** By a preview, a full run, and a run of this member alone. */
    const everyWay = (userid: string) =>
      [
        ['a preview', () => world.preview()],
        ['a run', () => world.sync()],
        ['a run of one member', async () => (await world.member({ userid })).run] as const,
        ['an event', async () => (await world.member({ userid, automatic: true })).run] as const,
      ] as const;

    describe('whose id is a userid', () => {
      const cases: readonly (readonly [string, string, Partial<UserRow>])[] = [
        ['an administrator who never was synced', 'acme', { id: UUID, isAdmin: true }],
        ['an administrator who is bound to another member', 'acme', { id: UUID, isAdmin: true, wecom: 'somebody' }],
        ['an administrator bound to this very userid', 'acme', { id: 'uuid-2', isAdmin: true, wecom: UUID }],
        [
          'an administrator whom a sync made',
          'acme',
          { id: UUID, isAdmin: true, registerType: 'Add Users', registerSource: 'acme/wecom' },
        ],
        ['a local account', 'acme', { id: UUID }],
        ['a local account bound to another member', 'acme', { id: UUID, wecom: 'somebody' }],
        ['an imported account', 'acme', { id: UUID, registerType: 'Add Users', registerSource: 'acme/chief' }],
        [
          'an account of another organization’s sync',
          'acme',
          { id: UUID, registerType: 'Add Users', registerSource: 'globex/wecom' },
        ],
        ['a global administrator', 'built-in', { id: UUID, isAdmin: true }],
        [
          'a global administrator with one capital',
          'built-in',
          { id: UUID.replace(/[a-f]/, (letter) => letter.toUpperCase()), isAdmin: true },
        ],
        ['a global administrator in capitals', 'built-in', { id: UUID.toUpperCase(), isAdmin: true }],
      ];
      for (const [who, owner, columns] of cases) {
        it(`stays ${who}’s, and no second account gets the id`, async () => {
          await local.addAccount(owner, {
            name: 'chief',
            displayName: 'Chief',
            email: 'chief@example.com',
            ...columns,
          });
          world.company.hire({ userid: UUID });
          const before = await state('chief', owner);
          for (const [way, act] of everyWay(UUID)) {
            const run = await act();
            const [change] = (await world.changes(run)).filter(({ userid }) => userid === UUID);
            expect(change?.kind, way).to.equal('conflict');
            expect(await state('chief', owner), way).to.deep.equal(before);
            expect(await local.find(UUID), way).to.equal(undefined);
            expect(await withId(UUID), way).to.have.length(columns.id?.toLowerCase() === UUID ? 1 : 0);
          }
        });
      }

      it('is the member’s where a directory sync of the organization made it', async () => {
        await local.addAccount('acme', {
          name: 'renamed',
          id: UUID,
          registerType: 'Add Users',
          registerSource: 'acme/wecom',
        });
        world.company.hire({ userid: UUID });
        expect((await world.sync()).counts).to.deep.include({ linked: 1, conflicts: 0 });
        expect((await local.account('renamed')).wecom).to.equal(UUID);
      });

      it('is not given again where its account was linked to another member before', async () => {
        const { userid, email } = someone();
        await local.addAccount('acme', { name: userid, id: UUID, email: email! });
        await world.sync(settings('name'));
        expect((await local.account(userid)).wecom).to.equal(userid);
        world.company.hire({ userid: UUID });
        const run = await world.sync();
        expect(idsOf(await world.changes(run), 'conflict')).to.deep.equal([UUID]);
        expect(await withId(UUID)).to.have.length(1);
      });
    });

    describe('whose userid goes to another person', () => {
      const heir = (userid: string): void => {
        world.company.leave([userid]);
        world.company.hire({
          userid,
          name: '全新的人',
          mobile: '13712345678',
          email: 'heir@example.com',
          biz_mail: '',
        });
      };

      it('stays as it is until a person decides', async () => {
        await world.sync();
        const { userid } = someone();
        await local.change(userid, { password: 'hash-of-before' });
        const before = await state(userid);
        heir(userid);
        for (const [way, act] of everyWay(userid)) {
          const run = await act();
          const changes = await world.changes(run);
          const [change] = changes.filter((one) => one.userid === userid);
          expect(change, way).to.deep.include({ kind: 'conflict', user: `acme/${userid}` });
          expect(change?.reason.en).to.match(/handed to another person/);
          expect(change?.fields.map(({ field }) => field)).to.include.members(['displayName', 'phone', 'email']);
          expect(
            changes.filter(({ kind }) => kind === 'forbid'),
            'he is shown',
          ).to.deep.equal([]);
          expect(await state(userid), way).to.deep.equal(before);
        }
      });

      it('lets nobody in again who was locked out before', async () => {
        await world.sync();
        const { userid } = someone();
        world.company.disable([userid]);
        await world.sync();
        heir(userid);
        for (const [way, act] of everyWay(userid)) {
          expect((await act()).counts.restored, way).to.equal(0);
          expect((await local.account(userid)).isForbidden, way).to.equal(true);
        }
      });

      it('lets neither of the two in where the directory lets nobody in', async () => {
        await world.sync();
        const { userid } = someone();
        heir(userid);
        world.company.disable([userid]);
        const run = await world.sync();
        expect(run.counts).to.deep.include({ conflicts: 1, forbidden: 1, updated: 0 });
        expect((await local.account(userid)).isForbidden).to.equal(true);
      });

      it('never takes an administrator’s account along', async () => {
        await world.sync();
        const { userid } = someone();
        await local.change(userid, { isAdmin: true });
        const before = await state(userid);
        heir(userid);
        for (const [way, act] of everyWay(userid)) {
          const [change] = (await world.changes(await act())).filter((one) => one.userid === userid);
          expect(change?.kind, way).to.equal('conflict');
          expect(change?.reason.en).to.match(/administrator/);
          expect(await state(userid), way).to.deep.equal(before);
        }
      });

      it('stays an administrator’s who has left, when the userid is given to another person', async () => {
        await world.sync();
        const { userid } = someone();
        await local.change(userid, { isAdmin: true });
        world.company.leave([userid]);
        await world.sync();
        const before = await state(userid);
        world.company.hire({ userid, name: '新人', mobile: '13712345678', email: 'new@example.com', biz_mail: '' });
        for (const [way, act] of everyWay(userid)) {
          const [change] = (await world.changes(await act())).filter((one) => one.userid === userid);
          expect(change?.kind, way).to.equal('conflict');
          expect(await state(userid), way).to.deep.equal(before);
        }
      });

      it('is somebody’s who changed name, mobile or e-mail, as long as one of them agrees', async () => {
        await world.sync();
        const { userid } = someone();
        world.company.setField(userid, { name: '改名', mobile: '13712345678' });
        expect((await world.sync()).counts).to.deep.include({ updated: 1, conflicts: 0 });
        world.company.setField(userid, { email: 'new@example.com' });
        world.company.rename({ userid, name: '又改名' });
        expect((await world.sync()).counts).to.deep.include({ updated: 1, conflicts: 0 });
        expect(await local.account(userid)).to.deep.include({ displayName: '又改名', email: 'new@example.com' });
      });
    });

    describe('that a value matches', () => {
      it('is nobody’s when two members have the value, whatever the order and the page', async () => {
        const [first, second] = [someone(0), someone(1)];
        const email = 'shared@example.com';
        for (const { userid } of [first, second]) world.company.setField(userid, { email });
        await local.addAccount('acme', { name: 'shared', email: 'Shared@Example.com' });
        const before = await state('shared');
        const preview = await world.preview(settings('email'));
        const run = await world.sync(settings('email'));
        for (const one of [preview, run]) {
          expect(idsOf(await world.changes(one), 'conflict').sort()).to.deep.equal(
            [first.userid, second.userid].sort(),
          );
        }
        expect(await state('shared')).to.deep.equal(before);
        expect(await local.find(first.userid)).to.equal(undefined);
        expect((await world.sync(settings('email'))).counts.conflicts, 'and again').to.equal(2);
      });

      for (const [what, phone, countryCode, mobile] of [
        ['the digits of another country', '91234567', 'SG', '+852 91234567'],
        ['a number that anybody could give', '13333333333', 'CN', '13333333333'],
        ['no number', '0', 'CN', '0'],
      ] as const) {
        it(`is nobody’s for ${what}: the newcomer gets an account of his own`, async () => {
          await local.addAccount('acme', { name: 'local', phone, countryCode });
          const before = await state('local');
          world.company.hire({ userid: 'abroad', mobile });
          for (const [way, act] of [
            ['a preview', () => world.preview(settings('phone'))],
            ['a run', () => world.sync(settings('phone'))],
          ] as const) {
            const changes = (await world.changes(await act())).filter(({ userid }) => userid === 'abroad');
            expect(
              changes.map(({ kind }) => kind),
              way,
            ).to.deep.equal(['create']);
          }
          expect(await state('local')).to.deep.equal(before);
        });
      }

      it('is decided over everybody, in any order of the answer', async function () {
        this.timeout(120_000);
        const users = ['p1', 'p2', 'p3', 'p4'] as const;
        const mails = ['a@example.com', 'b@example.com', ''] as const;
        const phones = ['13700000011', '13700000022', ''] as const;
        const person = fc.record({ email: fc.constantFrom(...mails), mobile: fc.constantFrom(...phones) });
        const outcome = async (people: readonly (readonly [string, { email: string; mobile: string }])[]) => {
          await local.clear();
          await local.addOrganization('acme');
          world.company.leave([...world.company.members].map(({ userid }) => userid));
          await local.addAccount('acme', {
            name: 'a',
            email: 'a@example.com',
            phone: '13700000011',
            countryCode: 'CN',
          });
          await local.addAccount('acme', { name: 'b', email: 'b@example.com' });
          for (const [userid, { email, mobile }] of people) {
            world.company.hire({ userid, name: userid, email, biz_mail: '', mobile, status: 1, department: [1] });
          }
          const run = await world.sync(settings('email', 'phone'));
          const changes = (await world.changes(run)).filter(({ kind }) => !kind.endsWith('Group'));
          return changes.map(({ kind, userid, user, reason }) => `${userid} ${kind} ${user} ${reason.en}`).sort();
        };
        await fc.assert(
          fc.asyncProperty(fc.tuple(person, person, person, person), fc.boolean(), async (drawn, turned) => {
            const people = users.map((userid, at) => [userid, drawn[at]!] as const);
            const other = turned ? people.toReversed() : [...people.slice(2), ...people.slice(0, 2)];
            expect(await outcome(other)).to.deep.equal(await outcome(people));
          }),
          { numRuns: 8 },
        );
      });

      it('waits for a complete read: neither linked nor made again meanwhile', async () => {
        const { userid, email, department } = someone();
        await local.addAccount('acme', { name: 'local', email: email! });
        const other = world.company.visibleDepartments().find(({ id }) => !department.includes(id))!;
        const stop = world.sandbox.faults.add({
          path: 'user/list',
          match: { department_id: String(other.id) },
          respond: { errcode: 60003 },
        });
        const run = await world.sync(settings('email'));
        stop();
        expect(idsOf(await world.changes(run), 'skip')).to.include(userid);
        expect(await local.find(userid)).to.equal(undefined);
        const alone = await world.member({ userid }, settings('email'));
        expect(alone.change?.kind).to.equal('skip');
        expect((await world.sync(settings('email'))).counts.linked).to.equal(1);
        expect((await local.account('local')).wecom).to.equal(userid);
      });

      it('and that another member has is a conflict for the newcomer', async () => {
        await world.sync();
        const { userid, email } = someone();
        world.company.hire({ userid: 'newcomer', email });
        const run = await world.sync(settings('email'));
        const [conflict] = (await world.changes(run)).filter(({ kind }) => kind === 'conflict');
        expect(conflict).to.deep.include({ userid: 'newcomer' });
        expect(conflict?.fields[0]?.before).to.deep.equal([`acme/${userid}`]);
        expect(await local.find('newcomer')).to.equal(undefined);
      });

      it('never is a stranger’s who signed up with it', async () => {
        const { userid, email } = someone();
        await local.addAccount('acme', {
          name: 'squatter',
          email: email!,
          registerType: 'Application Signup',
          emailVerified: false,
        });
        expect(idsOf(await world.changes(await world.sync(settings('email'))), 'conflict')).to.deep.equal([userid]);
        await local.change('squatter', { emailVerified: true });
        expect((await world.sync(settings('email'))).counts.linked).to.equal(1);
      });

      it('but has no access stays so: the newcomer gets an account of his own, and both are named', async () => {
        const { userid, email } = someone();
        await local.addAccount('acme', { name: 'old', email: email!, isForbidden: true });
        const before = await state('old');
        const run = await world.sync(settings('email'));
        expect(await state('old')).to.deep.equal(before);
        expect((await local.account(userid)).isForbidden).to.equal(false);
        const [conflict] = (await world.changes(run)).filter(({ kind }) => kind === 'conflict');
        expect(conflict).to.deep.include({ userid, user: 'acme/old' });
      });
    });

    it('with an e-mail address that a sync changes is verified no more', async () => {
      await world.sync();
      const { userid } = someone();
      await local.change(userid, { emailVerified: true });
      world.company.setField(userid, { position: 'boss' });
      await world.sync();
      expect((await local.account(userid)).emailVerified, 'another value').to.equal(true);
      world.company.setField(userid, { email: 'elsewhere@example.com' });
      await world.sync();
      expect(await local.account(userid)).to.deep.include({ email: 'elsewhere@example.com', emailVerified: false });
    });

    it('keeps the e-mail address and phone of an administrator, and reports what the directory says once', async () => {
      await world.sync();
      const { userid } = someone();
      await local.change(userid, { isAdmin: true });
      const { email, phone } = await local.account(userid);
      world.company.setField(userid, { email: 'thief@example.com', mobile: '13712345678', position: 'boss' });
      for (const run of [await world.preview(), await world.sync()]) {
        const changes = (await world.changes(run)).filter((change) => change.userid === userid);
        expect(changes.map(({ kind }) => kind)).to.deep.equal(['update', 'skip']);
        expect(changes[0]?.fields.map(({ field }) => field)).to.deep.equal(['title']);
        expect(changes[1]?.fields.map(({ field }) => field)).to.have.members(['email', 'phone']);
        expect(run.warnings.find(({ code }) => code === 'admin-contact-kept')?.count).to.equal(1);
      }
      expect(await local.account(userid)).to.deep.include({ email, phone, title: 'boss' });
      const again = await world.changes(await world.sync());
      expect(again.map(({ kind }) => kind)).to.deep.equal(['skip']);
    });
  }));

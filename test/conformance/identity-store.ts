import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Account, NewAccount } from '../../src/identity/account.ts';
import type { Change } from '../../src/identity/change.ts';
import { StaleReadError, WriteConflictError } from '../../src/identity/errors.ts';
import type {
  IdentityPage,
  IdentityStore,
  LeaseGrant,
  PageWrite,
  SyncerScope,
} from '../../src/identity/identity-store.ts';
import type { Group } from '../../src/identity/group.ts';
import type { LeaseStore, RunStore } from '../../src/engine/ports/run-store.ts';
import { LeaseError } from '../../src/syncer/errors.ts';
import { externalId, keyOf } from '../../src/syncer/external-id.ts';
import { text } from '../../src/syncer/text.ts';
import { aLink, anAccount } from '../support/identity-builders.ts';
import { rejection } from '../support/rejection.ts';

/** A store and what stands around it; `put` and `remove` act as a person with the IAM's own screens would. */
export interface IdentityStoreHarness {
  readonly store: IdentityStore;
  readonly leases: LeaseStore;
  readonly runs: RunStore;
  /** Two names that differ in case are one key (MySQL). */
  readonly foldsCase: boolean;
  addOrganization(name: string): Promise<void>;
  /** Makes the syncer known under its `source`. */
  addSyncer(scope: SyncerScope): Promise<void>;
  putAccount(account: Account): Promise<void>;
  removeAccount(organization: string, name: string): Promise<void>;
  putGroup(group: Group): Promise<void>;
}

const newcomer = (name: string, differences: Partial<NewAccount> = {}): NewAccount => ({
  name,
  id: name,
  binding: name,
  values: { displayName: name.toUpperCase() },
  isForbidden: false,
  groups: [],
  ...differences,
});

const aGroup = (differences: Partial<Group> & Pick<Group, 'owner' | 'name'>): Group => ({
  displayName: 'Sales',
  parentId: differences.owner,
  isTopGroup: true,
  manager: '',
  ...differences,
});

const aChange = (differences: Partial<Change> = {}): Change => ({
  kind: 'create',
  userid: 'zhangsan',
  user: 'acme/zhangsan',
  fields: [{ field: 'displayName', before: '', after: '张三' }],
  reason: text('New in WeCom.', '企业微信新成员。'),
  state: 'applied',
  ...differences,
});

async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const rows: T[] = [];
  for await (const page of pages) rows.push(...page);
  return rows;
}

/** What every `IdentityStore` must do. */
export function describeIdentityStore(open: () => IdentityStoreHarness): void {
  let harness: IdentityStoreHarness;
  let scope: SyncerScope;
  let lease: LeaseGrant;
  let runId: string;

  const grant = async (of: SyncerScope): Promise<LeaseGrant> => {
    const request = { syncerId: of.syncerId, runId, owner: 'test', ttlMs: 60_000 };
    const taken = await harness.leases.acquire(request);
    if (!('grant' in taken)) throw new Error('somebody else holds the lease of a test');
    return taken.grant;
  };
  const newScope = async (organization = `org-${randomUUID().slice(0, 8)}`, name = 'wecom'): Promise<SyncerScope> => {
    const made = { syncerId: randomUUID(), organization, source: `${organization}/${name}`, bindingColumn: 'wecom' };
    await harness.addSyncer(made);
    return made;
  };
  const inPage = <T>(work: (page: IdentityPage) => Promise<T>): Promise<T> => harness.store.page(lease, work);
  const write = (what: Omit<PageWrite, 'runId'>): Promise<void> =>
    inPage((page) => page.write(scope, { runId, ...what }));
  /** Accounts that come in through this syncer, with their links. */
  const bringIn = (...accounts: NewAccount[]): Promise<void> =>
    write({
      createAccounts: accounts,
      links: accounts.map((account) => aLink({ userid: account.name, groups: account.groups })),
    });
  const held = async (userid: string) =>
    (await inPage((page) => page.heldAccounts(scope, [keyOf(externalId(userid))]))).get(keyOf(externalId(userid)));
  const account = async (userid: string): Promise<Account | null | undefined> => (await held(userid))?.account;

  beforeEach(async () => {
    harness = open();
    runId = randomUUID();
    scope = await newScope();
    lease = await grant(scope);
  });

  describe('accounts', () => {
    it('come in with what the directory says and nothing else', async () => {
      await bringIn(newcomer('ZhangSan', { values: { displayName: '张三', title: 'CEO' }, isForbidden: true }));
      expect(await account('zhangsan')).to.deep.equal(
        anAccount({
          owner: scope.organization,
          name: 'ZhangSan',
          isForbidden: true,
          values: { displayName: '张三', title: 'CEO' },
        }),
      );
    });

    it('are read with the asked profile fields alone, and with everything else that is not a profile field', async () => {
      await bringIn(newcomer('ZhangSan', { values: { displayName: '张三', title: 'CEO' } }));
      const key = keyOf(externalId('ZhangSan'));
      const found = await inPage((page) => page.heldAccounts(scope, [key], ['title', 'phone']));
      const whole = await account('ZhangSan');
      expect(found.get(key)?.account).to.deep.equal({ ...whole, values: { title: 'CEO', phone: '' } });
      const none = await inPage((page) => page.heldAccounts(scope, [key], []));
      expect(none.get(key)?.account).to.deep.equal({ ...whole, values: {} });
    });

    it('may be many without an e-mail address', async () => {
      await bringIn(newcomer('one', { values: { email: '' } }), newcomer('two', { values: { email: '' } }));
      expect(await harness.store.countActive(scope)).to.equal(2);
    });

    it('keep emoji and characters outside the basic plane', async () => {
      await bringIn(newcomer('emoji', { values: { displayName: '😀 𠮷野家 👩‍💻', title: 'O\'Neil \\ "x" \n%_' } }));
      expect((await account('emoji'))?.values).to.include({
        displayName: '😀 𠮷野家 👩‍💻',
        title: 'O\'Neil \\ "x" \n%_',
      });
    });

    it('are refused under the name of a local account, and nothing of the page is stored', async () => {
      await harness.putAccount(anAccount({ owner: scope.organization, name: 'local' }));
      const error = await rejection(bringIn(newcomer('before'), newcomer('local'), newcomer('after')));
      expect(error).to.be.instanceOf(WriteConflictError);
      expect(await harness.store.countLinks(scope)).to.equal(0);
      expect(await account('before')).to.equal(undefined);
    });

    it('are told apart by case or refused, never mixed up', async () => {
      await bringIn(newcomer('CaseTest'));
      const second = write({ createAccounts: [newcomer('casetest', { values: { displayName: 'second' } })] });
      if (harness.foldsCase) expect(await rejection(second)).to.be.instanceOf(WriteConflictError);
      else await second;
      expect((await account('casetest'))?.name).to.equal('CaseTest');
      expect((await account('casetest'))?.values.displayName).to.equal('CASETEST');
    });

    for (const [what, values] of [
      ['a title of 129 characters', { title: '长'.repeat(129) }],
      ['a country code of seven characters', { countryCode: 'ABCDEFG' }],
      ['U+0000 in a name', { displayName: 'zhang\u0000san' }],
      ['half of a surrogate pair', { displayName: 'zhang\ud83d' }],
    ] as const) {
      it(`with ${what} are refused without a word of the value`, async () => {
        const error = await rejection(bringIn(newcomer('unfit', { values })));
        expect(error).to.be.instanceOf(WriteConflictError);
        expect(String(error)).to.not.include(Object.values(values)[0]);
        expect(await harness.store.countLinks(scope)).to.equal(0);
      });
    }

    it('take exactly as many characters as the column, counted as people count them', async () => {
      await bringIn(newcomer('exact', { values: { title: '😀'.repeat(100) } }));
      expect((await account('exact'))?.values.title).to.equal('😀'.repeat(100));
      expect(harness.store.columnLimits(scope).values.title).to.equal(100);
    });

    it('change in the named columns only', async () => {
      await bringIn(newcomer('mover', { values: { displayName: 'Old', email: 'kept@example.com' } }));
      const seen = (await account('mover'))!;
      await write({ updateAccounts: [{ name: 'mover', values: { displayName: 'New', title: '' }, seen }] });
      expect(await account('mover')).to.deep.equal({
        ...seen,
        values: { ...seen.values, displayName: 'New', title: '' },
      });
    });

    it('change by the thousand, each in its own columns', async () => {
      const names = Array.from({ length: 1500 }, (_, index) => `member-${index}`);
      await bringIn(...names.map((name) => newcomer(name)));
      const seen = anAccount();
      await write({
        updateAccounts: names.map((name, index) => ({
          name,
          values: index % 2 ? { title: `t${index}` } : { phone: String(index), displayName: `d${index}` },
          seen,
        })),
      });
      expect((await account('member-1499'))?.values).to.include({ title: 't1499', displayName: 'MEMBER-1499' });
      expect((await account('member-1498'))?.values).to.include({ phone: '1498', title: '', displayName: 'd1498' });
      expect(await harness.store.countActive(scope)).to.equal(1500);
    });

    it('can be bound, forbidden, and softly deleted', async () => {
      await harness.putAccount(anAccount({ owner: scope.organization, name: 'local', binding: '' }));
      const seen = anAccount({ owner: scope.organization, name: 'local' });
      await write({
        links: [aLink({ userid: 'LocalInWeCom', accountName: 'local' })],
        updateAccounts: [
          { name: 'local', values: {}, binding: 'LocalInWeCom', isForbidden: true, isDeleted: true, seen },
        ],
      });
      expect(await account('localinwecom')).to.deep.include({
        name: 'local',
        binding: 'LocalInWeCom',
        isForbidden: true,
        isDeleted: true,
      });
      expect(await harness.store.countActive(scope)).to.equal(0);
    });

    it('that vanished are reported instead of written', async () => {
      await bringIn(newcomer('gone'), newcomer('there'));
      const seen = anAccount();
      await harness.removeAccount(scope.organization, 'gone');
      const error = await rejection(
        write({ updateAccounts: ['gone', 'there'].map((name) => ({ name, values: { title: 'x' }, seen })) }),
      );
      expect(error).to.be.instanceOf(StaleReadError);
      expect((error as StaleReadError).accounts).to.deep.equal(['gone']);
      expect((await held('gone'))?.account).to.equal(null);
      expect((await account('there'))?.values.title).to.equal('');
    });
  });

  describe('a person who decides in between', () => {
    for (const [what, decision] of [
      ['forbids the account', { isForbidden: true }],
      ['makes it an administrator', { isAdmin: true }],
      ['deletes it softly', { isDeleted: true }],
      ['changes its groups', { groups: ['acme/board'] }],
    ] as const) {
      it(`and ${what} wins over the sync`, async () => {
        await bringIn(newcomer('member'), newcomer('other'));
        const seen = (await account('member'))!;
        const others = (await account('other'))!;
        await harness.putAccount({ ...seen, ...decision });
        const error = await rejection(
          write({
            updateAccounts: [
              { name: 'other', values: {}, isForbidden: true, seen: others },
              { name: 'member', values: {}, groups: ['acme/sales'], seen },
            ],
          }),
        );
        expect(error).to.be.instanceOf(StaleReadError);
        expect((error as StaleReadError).accounts).to.deep.equal(['member']);
        expect(await account('member')).to.deep.include({ ...decision });
        expect((await account('other'))?.isForbidden).to.equal(false);
      });
    }

    it('and changes a name does not stop a write of access', async () => {
      await bringIn(newcomer('member'));
      const seen = (await account('member'))!;
      await harness.putAccount({ ...seen, values: { ...seen.values, displayName: 'Renamed' } });
      await write({ updateAccounts: [{ name: 'member', values: {}, isForbidden: true, seen }] });
      expect(await account('member')).to.deep.include({ isForbidden: true });
      expect((await account('member'))?.values.displayName).to.equal('Renamed');
    });
  });

  describe('links', () => {
    it('find an account by any spelling of its vendor id and remember the last one', async () => {
      await bringIn(newcomer('ZhangSan'));
      await write({ links: [{ ...aLink({ userid: 'ZHANGSAN' }), accountName: 'ZhangSan', forbiddenBy: 'person' }] });
      expect((await held('zhangSAN'))?.link).to.deep.equal({
        key: 'zhangsan',
        externalId: 'ZHANGSAN',
        accountName: 'ZhangSan',
        forbiddenBy: 'person',
        deletedBy: null,
        groups: [],
      });
      expect(await harness.store.countLinks(scope)).to.equal(1);
    });

    it('may swap their accounts within one page', async () => {
      await bringIn(newcomer('a'), newcomer('b'));
      await write({ links: [aLink({ userid: 'a', accountName: 'b' }), aLink({ userid: 'b', accountName: 'a' })] });
      expect((await held('a'))?.link.accountName).to.equal('b');
      expect((await held('b'))?.link.accountName).to.equal('a');
    });

    it('may give their account to another key within one page', async () => {
      await bringIn(newcomer('a', { groups: ['acme/x'] }));
      await write({
        removeLinks: [keyOf(externalId('A'))],
        links: [aLink({ userid: 'b', accountName: 'a', groups: ['acme/x'] })],
      });
      expect(await held('a')).to.equal(undefined);
      expect((await held('b'))?.account?.name).to.equal('a');
      expect(await harness.store.countLinks(scope)).to.equal(1);
    });

    it('are found by phone or e-mail, and only this syncer’s', async () => {
      await bringIn(
        newcomer('by-phone', { values: { phone: '13800138000', countryCode: 'CN' } }),
        newcomer('by-email', { values: { email: 'li@example.com' } }),
        newcomer('by-both', { values: { phone: '13900139000', email: 'wang@example.com' } }),
        newcomer('neither'),
      );
      await harness.putAccount(
        anAccount({ owner: scope.organization, name: 'nobodys', values: { phone: '13800138000' } }),
      );
      const first = { scope, lease };
      scope = await newScope(first.scope.organization, 'second');
      lease = await grant(scope);
      await bringIn(newcomer('others', { values: { phone: '13800138000' } }));
      ({ scope, lease } = first);
      const found = async (phones: readonly string[], emails: readonly string[]) =>
        (await inPage((page) => page.heldByContact(scope, phones, emails)))
          .map(({ link, account }) => [link.key, account?.name])
          .toSorted(([a = ''], [b = '']) => a.localeCompare(b));
      expect(await found(['13800138000', '13900139000'], ['li@example.com', 'wang@example.com'])).to.deep.equal([
        ['by-both', 'by-both'],
        ['by-email', 'by-email'],
        ['by-phone', 'by-phone'],
      ]);
      expect(await found([], ['wang@example.com'])).to.deep.equal([['by-both', 'by-both']]);
      expect(await found([], ['WANG@Example.com']), 'without case').to.deep.equal([['by-both', 'by-both']]);
      expect(await found(['1'], ['x@example.com'])).to.deep.equal([]);
      expect(await found([], []), 'nothing asked').to.deep.equal([]);
      expect(await found([''], ['']), 'an empty value is nobody’s').to.deep.equal([]);
    });

    it('give an account to one syncer only', async () => {
      await bringIn(newcomer('shared'));
      const first = { scope, lease };
      scope = await newScope(first.scope.organization, 'second');
      lease = await grant(scope);
      const error = await rejection(write({ links: [aLink({ userid: 'other', accountName: 'shared' })] }));
      expect(error).to.be.instanceOf(WriteConflictError);
      ({ scope, lease } = first);
      expect((await held('shared'))?.account?.name).to.equal('shared');
    });

    it('are listed in the order of their keys', async () => {
      const userids = ['b', 'A', 'c_1', 'c-1', 'Zoë', '张', ...Array.from({ length: 2500 }, (_, index) => `m${index}`)];
      await write({ links: userids.map((userid) => aLink({ userid })) });
      const keys = await all(harness.store.heldKeys(scope));
      expect(keys).to.deep.equal(userids.map((userid) => userid.toLowerCase()).toSorted());
      expect(await harness.store.countLinks(scope)).to.equal(userids.length);
    });

    it('of another syncer are not this one’s', async () => {
      await bringIn(newcomer('mine'));
      scope = await newScope();
      lease = await grant(scope);
      expect(await held('mine')).to.equal(undefined);
      expect(await all(harness.store.heldKeys(scope))).to.deep.equal([]);
      expect(await harness.store.countLinks(scope)).to.equal(0);
    });
  });

  describe('candidates', () => {
    it('are the accounts that nobody holds, that others hold, and those under a name of their own', async () => {
      const first = scope;
      await bringIn(newcomer('ours'), newcomer('theirs'));
      await harness.putAccount(anAccount({ owner: scope.organization, name: 'local' }));
      await harness.putAccount(anAccount({ owner: 'elsewhere', name: `stranger-${runId}` }));
      scope = await newScope(first.organization, 'second');
      lease = await grant(scope);
      await harness.putAccount(anAccount({ owner: scope.organization, name: 'renamed' }));
      await write({ links: [aLink({ userid: 'another', accountName: 'renamed' })] });
      await bringIn(newcomer('Plain'));
      const candidates = (await all(harness.store.candidates(scope))).map(({ account, heldBy }) => [
        account.name,
        heldBy,
      ]);
      expect(candidates.toSorted((a, b) => (a[0]! < b[0]! ? -1 : 1))).to.deep.equal([
        ['local', null],
        ['ours', first.source],
        ['renamed', scope.source],
        ['theirs', first.source],
      ]);
    });

    it('are found by id, in the organization and in built-in, in any spelling', async () => {
      const id = `Id-${runId}`;
      await harness.putAccount(anAccount({ owner: scope.organization, name: 'local', id }));
      await harness.putAccount(anAccount({ owner: 'built-in', name: `chief-${runId}`, id: id.toUpperCase() }));
      await harness.putAccount(anAccount({ owner: 'elsewhere', name: `other-${runId}`, id }));
      const found = await inPage((page) => page.accountsWithId(scope, [id.toLowerCase(), 'nobody']));
      const owners = found.map(({ owner }) => owner).toSorted();
      expect(owners).to.include('built-in');
      expect(owners).to.not.include('elsewhere');
      const exact = await inPage((page) => page.accountsWithId(scope, [id]));
      expect(exact.map(({ owner }) => owner)).to.have.members(['built-in', scope.organization]);
    });

    it('of ours are among them when they have an id of their own', async () => {
      await bringIn(newcomer('plain'), newcomer('other', { id: 'uuid' }));
      const candidates = await all(harness.store.candidates(scope));
      expect(candidates.map(({ account, isOurs }) => [account.name, isOurs])).to.deep.equal([['other', true]]);
    });

    it('know who made them, and whether a person took them from a member', async () => {
      await write({ createAccounts: [newcomer('made'), newcomer('taken', { id: 'uuid' })] });
      await harness.putAccount(anAccount({ owner: scope.organization, name: 'local' }));
      const decision = {
        key: keyOf(externalId('Taken')),
        externalId: externalId('Taken'),
        kind: 'unlinked',
        accountName: 'called-otherwise',
        accountId: 'uuid',
        fingerprint: '',
        forbiddenBy: 'syncer',
        deletedBy: null,
      } as const;
      await write({ decisions: [decision] });
      const candidates = await all(harness.store.candidates(scope));
      const known = candidates.map(({ account, origin, unlinked }) => [account.name, origin, unlinked]);
      expect(known).to.have.deep.members([
        ['made', 'sync', false],
        ['taken', 'sync', true],
        ['local', 'person', false],
      ]);
      expect(await inPage((page) => page.decisions(scope, [decision.key]))).to.deep.equal(
        new Map([[decision.key, decision]]),
      );
      expect(await inPage((page) => page.unlinkedAccount(scope, { name: 'x', id: 'uuid' }))).to.deep.equal(decision);
      expect(await inPage((page) => page.unlinkedAccount(scope, { name: 'x', id: '' }))).to.equal(undefined);
      await write({ decisions: [{ ...decision, kind: 'confirmed' }] });
      expect(await inPage((page) => page.unlinkedAccount(scope, { name: 'x', id: 'uuid' }))).to.equal(undefined);
      await write({ removeDecisions: [decision.key] });
      expect((await inPage((page) => page.decisions(scope, [decision.key]))).size).to.equal(0);
    });

    it('tell their link', async () => {
      await bringIn(newcomer('Held'));
      expect((await inPage((page) => page.linkOf(scope, 'Held')))?.key).to.equal('held');
      expect(await inPage((page) => page.linkOf(scope, 'nobody'))).to.equal(undefined);
    });

    it('come page by page, each once', async () => {
      const names = Array.from({ length: 4100 }, (_, index) => `member-${index}`);
      await write({ createAccounts: names.map((name) => newcomer(name)) });
      const candidates = await all(harness.store.candidates(scope));
      expect(new Set(candidates.map(({ account }) => account.name)).size).to.equal(names.length);
      expect(candidates.length).to.equal(names.length);
    });

    it('are found by name with who holds them', async () => {
      await bringIn(newcomer('Held'));
      await harness.putAccount(anAccount({ owner: scope.organization, name: 'free' }));
      const found = await inPage((page) => page.accountsByName(scope, ['Held', 'free', 'nobody']));
      expect(
        [...found].map(([name, candidate]) => [name, candidate.account.name, candidate.heldBy]),
      ).to.have.deep.members([
        ['held', 'Held', scope.source],
        ['free', 'free', null],
      ]);
    });
  });

  describe('groups', () => {
    it('come, change and go', async () => {
      const name = `${scope.organization}-wecom-1`;
      const key = keyOf(externalId('1'));
      await write({
        createGroups: [aGroup({ owner: scope.organization, name, displayName: 'Sales & <Marketing>' })],
        groupLinks: [{ key, externalId: externalId('1'), groupName: name }],
      });
      await write({ updateGroups: [{ name, displayName: '销售', manager: 'boss' }] });
      const groups = await inPage((page) => page.heldGroups(scope));
      expect(groups.get(key)).to.deep.equal({
        link: { key, externalId: '1', groupName: name },
        group: aGroup({ owner: scope.organization, name, displayName: '销售', manager: 'boss' }),
      });
      expect(await inPage((page) => page.heldGroups(scope, [keyOf(externalId('2'))]))).to.deep.equal(new Map());
      await write({ removeGroups: [name], removeGroupLinks: [key] });
      expect(await inPage((page) => page.heldGroups(scope))).to.deep.equal(new Map());
      expect(await inPage((page) => page.groupsByName([name]))).to.deep.equal(new Map());
    });

    it('are found by name with the syncer that holds them', async () => {
      const name = `held-${runId}`;
      const link = { key: keyOf(externalId('8')), externalId: externalId('8'), groupName: name };
      await write({ createGroups: [aGroup({ owner: scope.organization, name })], groupLinks: [link] });
      expect((await inPage((page) => page.groupsByName([name]))).get(name)?.heldBy).to.equal(scope.syncerId);
    });

    it('have names that no other organization may use', async () => {
      const name = `shared-${runId}`;
      await harness.putGroup(aGroup({ owner: 'elsewhere', name }));
      const found = await inPage((page) => page.groupsByName([name]));
      expect(found.get(name)).to.deep.include({ heldBy: null }).and.to.have.nested.property('group.owner', 'elsewhere');
      const error = await rejection(write({ createGroups: [aGroup({ owner: scope.organization, name })] }));
      expect(error).to.be.instanceOf(WriteConflictError);
    });

    it('keep the link when the group was deleted behind our back', async () => {
      const link = { key: keyOf(externalId('7')), externalId: externalId('7'), groupName: `gone-${runId}` };
      await write({ groupLinks: [link] });
      expect((await inPage((page) => page.heldGroups(scope))).get(link.key)).to.deep.equal({ link, group: null });
    });

    it('count members and children that this syncer did not bring', async () => {
      const [ours, empty] = [`${scope.organization}-1`, `${scope.organization}-2`];
      const membership = `${scope.organization}/${ours}`;
      await write({
        createGroups: [ours, empty].map((name) => aGroup({ owner: scope.organization, name })),
        groupLinks: [{ key: keyOf(externalId('1')), externalId: externalId('1'), groupName: ours }],
      });
      await bringIn(newcomer('made', { groups: [membership] }), newcomer('joined'));
      const joined = (await account('joined'))!;
      await harness.putAccount({ ...joined, groups: ['other/group', membership] });
      await harness.putAccount(anAccount({ owner: scope.organization, name: 'local', groups: [membership] }));
      await harness.putGroup(
        aGroup({ owner: scope.organization, name: `${ours}-child`, parentId: ours, isTopGroup: false }),
      );
      expect(await harness.store.strangersInGroups(scope, [ours, empty])).to.deep.equal(
        new Map([
          [ours, 3],
          [empty, 0],
        ]),
      );
    });
  });

  describe('a page', () => {
    it('leaves nothing behind when it throws after writing', async () => {
      await bringIn(newcomer('stays'));
      const seen = (await account('stays'))!;
      const error = await rejection(
        inPage(async (page) => {
          await page.write(scope, {
            runId,
            createAccounts: [newcomer('never')],
            links: [aLink({ userid: 'never' }), { ...aLink({ userid: 'stays' }), forbiddenBy: 'syncer' }],
            updateAccounts: [{ name: 'stays', values: { title: 'changed' }, isForbidden: true, seen }],
            changes: [aChange()],
          });
          throw new RangeError('planned');
        }),
      );
      expect(error).to.be.instanceOf(RangeError);
      expect(await account('stays')).to.deep.equal(seen);
      expect((await held('stays'))?.link.forbiddenBy).to.equal(null);
      expect(await held('never')).to.equal(undefined);
      expect(await harness.runs.changes(runId, {}, 1, 10)).to.deep.equal({ rows: [], total: 0 });
    });

    it('reads what it wrote', async () => {
      await inPage(async (page) => {
        await page.write(scope, { runId, createAccounts: [newcomer('fresh')], links: [aLink({ userid: 'fresh' })] });
        const key = keyOf(externalId('fresh'));
        expect((await page.heldAccounts(scope, [key])).get(key)?.account?.name).to.equal('fresh');
      });
    });

    it('stores nothing once the lease is somebody else’s', async () => {
      await harness.leases.evict(runId);
      await harness.leases.acquire({ syncerId: scope.syncerId, runId: 'other', owner: 'thief', ttlMs: 60_000 });
      let ran = false;
      const error = await rejection(
        inPage(async (page) => {
          ran = true;
          await page.write(scope, { runId, createAccounts: [newcomer('late')], changes: [aChange()] });
        }),
      );
      expect(error).to.be.instanceOf(LeaseError);
      expect(ran).to.equal(false);
      expect(await all(harness.store.candidates(scope))).to.deep.equal([]);
    });

    it('waits for the one before it', async () => {
      await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          write({ createAccounts: [newcomer(`p${index}`)], changes: [aChange()] }),
        ),
      );
      const { rows } = await harness.runs.changes(runId, {}, 1, 20);
      expect(rows.map((change) => change.seq)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    });

    it('records what it did, in order', async () => {
      await write({ changes: [aChange({ userid: 'One' }), aChange({ kind: 'skip', state: 'planned' })] });
      await write({ changes: [aChange({ kind: 'forbid', state: 'held' })] });
      const { rows, total } = await harness.runs.changes(runId, {}, 1, 10);
      expect(total).to.equal(3);
      expect(rows.map((change) => [change.seq, change.kind])).to.deep.equal([
        [1, 'create'],
        [2, 'skip'],
        [3, 'forbid'],
      ]);
      expect(rows[0]).to.deep.equal({ ...aChange({ userid: 'One' }), runId, seq: 1 });
      expect((await harness.runs.changes(runId, { userid: 'oNE' }, 1, 10)).total).to.equal(1);
    });
  });

  it('knows which organizations there are', async () => {
    const name = `Org-${runId.slice(0, 8)}`;
    await harness.addOrganization(name);
    expect(await harness.store.organizationExists(name)).to.equal(true);
    expect(await harness.store.organizationExists(name.toLowerCase())).to.equal(false);
  });
}

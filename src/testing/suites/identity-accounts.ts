import assert from 'node:assert/strict';
import type { Account, Decision } from '../../identity/account.ts';
import { StaleReadError, WriteConflictError } from '../../identity/errors.ts';
import { externalId, keyOf, type ExternalKey } from '../../syncer/external-id.ts';
import type { ProfileValues } from '../../syncer/profile.ts';
import { assertIncludes, assertInstance, assertMembers, assertSame, rejection } from './assertions.ts';
import { aLink, all, type IdentityWorld } from './identity-world.ts';
import { patientIt, type Runner } from './runner.ts';

/** What every `IdentityStore` does with accounts. */
export function describeAccounts(runner: Runner, current: () => IdentityWorld): void {
  const it = patientIt(runner);
  let world: IdentityWorld;
  runner.beforeEach(async () => {
    world = current();
  });

  runner.describe('accounts', () => {
    it('come in with what the directory says and nothing else', async () => {
      await world.bringIn(
        world.newcomer('ZhangSan', { values: { displayName: '张三', title: 'CEO' }, isForbidden: true }),
      );
      assertSame(
        await world.account('zhangsan'),
        world.anAccount({
          name: 'ZhangSan',
          isForbidden: true,
          values: { displayName: '张三', title: 'CEO' },
        }),
      );
    });

    it('are read with the asked profile fields alone, and with everything else that is not a profile field', async () => {
      await world.bringIn(world.newcomer('ZhangSan', { values: { displayName: '张三', title: 'CEO' } }));
      const key = keyOf(externalId('ZhangSan'));
      const fields = (['title', 'phone'] as const).filter((field) => world.limit(field) !== undefined);
      const found = await world.inPage((page) => page.heldAccounts(world.scope, [key], fields));
      const whole = await world.account('ZhangSan');
      assertSame(found.get(key)?.account, { ...whole, values: world.asked({ title: 'CEO', phone: '' }) });
      const none = await world.inPage((page) => page.heldAccounts(world.scope, [key], []));
      assertSame(none.get(key)?.account, { ...whole, values: {} });
    });

    it('may be many without an e-mail address', async () => {
      await world.bringIn(
        world.newcomer('one', { values: { email: '' } }),
        world.newcomer('two', { values: { email: '' } }),
      );
      assert.equal(await world.store.countActive(world.scope), 2);
    });

    it('keep emoji and characters outside the basic plane', async () => {
      await world.bringIn(
        world.newcomer('emoji', { values: { displayName: '😀 𠮷野家 👩‍💻', title: 'O\'Neil \\ "x" \n%_' } }),
      );
      assertIncludes(
        (await world.standing('emoji')).values,
        world.asked({
          displayName: '😀 𠮷野家 👩‍💻',
          title: 'O\'Neil \\ "x" \n%_',
        }),
      );
    });

    it('are refused under the name of a local account, and nothing of the page is stored', async () => {
      await world.subject.putAccount(world.anAccount({ name: 'local' }));
      const error = await rejection(
        world.bringIn(world.newcomer('before'), world.newcomer('local'), world.newcomer('after')),
      );
      assertInstance(error, WriteConflictError);
      assert.equal(await world.store.countLinks(world.scope), 0);
      assert.equal(await world.account('before'), undefined);
    });

    it('are told apart by case or refused, never mixed up', async () => {
      await world.bringIn(world.newcomer('CaseTest'));
      const second = world.write({
        createAccounts: [world.newcomer('casetest', { values: { displayName: 'second' } })],
      });
      if (world.subject.foldsCase) assertInstance(await rejection(second), WriteConflictError);
      else await second;
      assert.equal((await world.account('casetest'))?.name, 'CaseTest');
      assertIncludes((await world.standing('casetest')).values, world.asked({ displayName: 'CASETEST' }));
    });

    for (const [what, field, unfit] of [
      ['a title that is one character too long', 'title', (most: number) => '长'.repeat(most + 1)],
      ['a country code that is one character too long', 'countryCode', (most: number) => 'A'.repeat(most + 1)],
      ['U+0000 in a name', 'displayName', () => 'zhang\u0000san'],
      ['half of a surrogate pair', 'displayName', () => 'zhang\ud83d'],
    ] as const) {
      it(`with ${what} are refused without a word of the value`, async () => {
        const most = world.limit(field);
        // A store is asked only for fields that it has, and a column without a bound has no value that is too long for it.
        if (most === undefined || (unfit.length > 0 && most === Infinity)) return;
        const value = unfit(most);
        const error = await rejection(world.bringIn(world.newcomer('unfit', { values: { [field]: value } })));
        assertInstance(error, WriteConflictError);
        assert.ok(!String(error).includes(value), 'no word of the value');
        assert.equal(await world.store.countLinks(world.scope), 0);
      });
    }

    it('take exactly as many characters as the column, counted as people count them', async () => {
      const most = world.limit('title');
      if (most === undefined || most === Infinity) return;
      const title = '😀'.repeat(most);
      await world.bringIn(world.newcomer('exact', { values: { title } }));
      assert.equal((await world.standing('exact')).values.title, title);
    });

    it('change in the named columns only', async () => {
      await world.bringIn(world.newcomer('mover', { values: { displayName: 'Old', email: 'kept@example.com' } }));
      const seen = await world.standing('mover');
      await world.write({
        updateAccounts: [{ name: 'mover', values: world.asked({ displayName: 'New', title: '' }), seen }],
      });
      assertSame(await world.account('mover'), {
        ...seen,
        values: world.asked({ ...seen.values, displayName: 'New', title: '' }),
      });
    });

    it('keep every key of their map that nobody stated, where a store has the map', async () => {
      if (world.limit('properties.a') === undefined) return;
      const map = async (): Promise<unknown> => (await world.held('a'))?.account?.properties;
      const state = async (values: ProfileValues): Promise<void> => {
        const seen = await world.standing('a');
        await world.write({ updateAccounts: [{ name: 'a', values, seen }] });
      };
      const first = { 'properties.b.c': '<工号>', 'properties.a': '1' } as const;
      await world.bringIn(world.newcomer('a', { values: { displayName: 'A', ...first } }), world.newcomer('b'));
      assertSame(await map(), { a: '1', 'b.c': '<工号>' });
      assertSame((await world.held('b'))?.account?.properties, {});
      await state({ 'properties.d': '2', title: 'CEO' });
      await state({ 'properties.b.c': '', 'properties.a': '3' });
      await state({ title: '' });
      assertSame(await map(), { a: '3', d: '2' });
      const key = keyOf(externalId('a'));
      const found = await world.inPage((page) => page.heldAccounts(world.scope, [key], ['properties.d']));
      assertSame(found.get(key)?.account?.properties, { a: '3', d: '2' });
      const without = await world.inPage((page) => page.heldAccounts(world.scope, [key], ['displayName']));
      assertSame(found.size === 1 && without.get(key)?.account?.properties, undefined);
    });

    it('change by the thousand, each in its own columns', async () => {
      const names = Array.from({ length: 1500 }, (_, index) => `member-${index}`);
      await world.bringIn(...names.map((name) => world.newcomer(name)));
      const seen = world.anAccount({ name: 'anybody' });
      await world.write({
        updateAccounts: names.map((name, index) => ({
          name,
          values: world.asked(index % 2 ? { title: `t${index}` } : { phone: String(index), displayName: `d${index}` }),
          seen,
        })),
      });
      assertIncludes(
        (await world.standing('member-1499')).values,
        world.asked({ title: 't1499', displayName: 'MEMBER-1499' }),
      );
      assertIncludes(
        (await world.standing('member-1498')).values,
        world.asked({ phone: '1498', title: '', displayName: 'd1498' }),
      );
      assert.equal(await world.store.countActive(world.scope), 1500);
    });

    it('can be bound, forbidden, and softly deleted', async () => {
      await world.subject.putAccount(world.anAccount({ name: 'local', binding: '' }));
      const seen = world.anAccount({ name: 'local' });
      await world.write({
        links: [aLink('LocalInWeCom', { accountName: 'local' })],
        updateAccounts: [
          { name: 'local', values: {}, binding: 'LocalInWeCom', isForbidden: true, isDeleted: true, seen },
        ],
      });
      assertIncludes(await world.account('localinwecom'), {
        name: 'local',
        binding: world.binding('LocalInWeCom'),
        isForbidden: true,
        isDeleted: true,
      });
      assert.equal(await world.store.countActive(world.scope), 0);
    });

    it('that vanished are reported instead of written', async () => {
      await world.bringIn(world.newcomer('gone'), world.newcomer('there'));
      const seen = world.anAccount({ name: 'anybody' });
      await world.subject.removeAccount(world.organization, 'gone');
      const error = await rejection(
        world.write({
          updateAccounts: ['gone', 'there'].map((name) => ({ name, values: world.asked({ title: 'x' }), seen })),
        }),
      );
      assertInstance(error, StaleReadError);
      assertSame(error.accounts, ['gone']);
      assert.equal((await world.held('gone'))?.account, null);
      assertIncludes((await world.standing('there')).values, world.asked({ title: '' }));
    });
  });

  runner.describe('a person who decides in between', () => {
    for (const [what, decision] of [
      ['forbids the account', { isForbidden: true }],
      ['makes it an administrator', { isAdmin: true }],
      ['deletes it softly', { isDeleted: true }],
      ['changes its groups', { groups: ['acme/board'] }],
    ] as const) {
      it(`and ${what} wins over the sync`, async () => {
        await world.bringIn(world.newcomer('member'), world.newcomer('other'));
        const seen = await world.standing('member');
        const others = await world.standing('other');
        await world.subject.putAccount({ ...seen, ...decision });
        const error = await rejection(
          world.write({
            updateAccounts: [
              { name: 'other', values: {}, isForbidden: true, seen: others },
              { name: 'member', values: {}, groups: ['acme/sales'], seen },
            ],
          }),
        );
        assertInstance(error, StaleReadError);
        assertSame(error.accounts, ['member']);
        assertIncludes(await world.account('member'), { ...decision });
        assert.equal((await world.account('other'))?.isForbidden, false);
      });
    }

    it('and changes a name does not stop a write of access', async () => {
      await world.bringIn(world.newcomer('member'));
      const seen = await world.standing('member');
      await world.subject.putAccount({ ...seen, values: world.asked({ ...seen.values, displayName: 'Renamed' }) });
      await world.write({ updateAccounts: [{ name: 'member', values: {}, isForbidden: true, seen }] });
      assertIncludes(await world.account('member'), { isForbidden: true });
      assertIncludes((await world.standing('member')).values, world.asked({ displayName: 'Renamed' }));
    });
  });

  runner.describe('candidates', () => {
    it('are the accounts that nobody holds, that others hold, and those under a name of their own', async () => {
      const first = world.scope;
      await world.bringIn(world.newcomer('ours'), world.newcomer('theirs'));
      await world.subject.putAccount(world.anAccount({ name: 'local' }));
      await world.subject.putAccount(world.anAccount({ owner: 'elsewhere', name: `stranger-${world.runId}` }));
      await world.useAnother(first.organization);
      await world.subject.putAccount(world.anAccount({ name: 'renamed' }));
      await world.write({ links: [aLink('another', { accountName: 'renamed' })] });
      await world.bringIn(world.newcomer('Plain'));
      const candidates = await all(world.store.candidates(world.scope));
      assertMembers(
        candidates.map(({ account, heldBy }) => [account.name, heldBy]),
        [
          ['local', null],
          ['ours', first.source],
          ['renamed', world.scope.source],
          ['theirs', first.source],
        ],
      );
    });

    it('and all others have names that are found in any spelling, in their organization alone', async () => {
      await world.bringIn(world.newcomer('Ours'));
      await world.subject.putAccount(world.anAccount({ name: 'local' }));
      await world.subject.putAccount(world.anAccount({ owner: 'elsewhere', name: `stranger-${world.runId}` }));
      if (!world.store.takenNames) return;
      const names = ['ours', 'LOCAL', 'nobody', `stranger-${world.runId}`];
      assertMembers([...(await world.store.takenNames(world.scope, names))], ['local', 'ours']);
      assertSame([...(await world.store.takenNames(world.scope, []))], []);
    });

    it('are found by id, in the organization and in built-in, in any spelling', async () => {
      const id = `Id-${world.runId}`;
      await world.subject.putAccount(world.anAccount({ name: 'local', id }));
      await world.subject.putAccount(
        world.anAccount({ owner: 'built-in', name: `chief-${world.runId}`, id: id.toUpperCase() }),
      );
      await world.subject.putAccount(world.anAccount({ owner: 'elsewhere', name: `other-${world.runId}`, id }));
      const owners = async (...ids: readonly string[]): Promise<string[]> =>
        (await world.inPage((page) => page.accountsWithId(world.scope, ids))).map(({ owner }) => owner);
      const found = await owners(id.toLowerCase(), 'nobody');
      assert.ok(found.includes('built-in'));
      assert.ok(!found.includes('elsewhere'));
      assertMembers(await owners(id), ['built-in', world.organization]);
    });

    it('of ours are among them when they have an id of their own', async () => {
      await world.bringIn(world.newcomer('plain'), world.newcomer('other', { id: 'uuid' }));
      const candidates = await all(world.store.candidates(world.scope));
      assertSame(
        candidates.map(({ account, isOurs }) => [account.name, isOurs]),
        [['other', true]],
      );
    });

    it('know who made them, and whether a person took them from a member', async () => {
      await world.write({ createAccounts: [world.newcomer('made'), world.newcomer('taken', { id: 'uuid' })] });
      await world.subject.putAccount(world.anAccount({ name: 'local' }));
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
      await world.write({ decisions: [decision] });
      const candidates = await all(world.store.candidates(world.scope));
      assertMembers(
        candidates.map(({ account, origin, unlinked }) => [account.name, origin, unlinked]),
        [
          ['made', 'sync', false],
          ['taken', 'sync', true],
          ['local', 'person', false],
        ],
      );
      const decisions = (): Promise<Map<ExternalKey, Decision>> =>
        world.inPage((page) => page.decisions(world.scope, [decision.key]));
      const unlinked = (account: Pick<Account, 'name' | 'id'>): Promise<Decision | undefined> =>
        world.inPage((page) => page.unlinkedAccount(world.scope, account));
      assertSame(await decisions(), new Map([[decision.key, decision]]));
      assertSame(await unlinked({ name: 'x', id: 'uuid' }), decision);
      assert.equal(await unlinked({ name: 'x', id: '' }), undefined);
      await world.write({ decisions: [{ ...decision, kind: 'confirmed' }] });
      assert.equal(await unlinked({ name: 'x', id: 'uuid' }), undefined);
      await world.write({ removeDecisions: [decision.key] });
      assert.equal((await decisions()).size, 0);
    });

    it('tell their link', async () => {
      await world.bringIn(world.newcomer('Held'));
      assert.equal((await world.inPage((page) => page.linkOf(world.scope, 'Held')))?.key, 'held');
      assert.equal(await world.inPage((page) => page.linkOf(world.scope, 'nobody')), undefined);
    });

    it('come page by page, each once', async () => {
      const names = Array.from({ length: 4100 }, (_, index) => `member-${index}`);
      await world.write({ createAccounts: names.map((name) => world.newcomer(name)) });
      const candidates = await all(world.store.candidates(world.scope));
      assert.equal(new Set(candidates.map(({ account }) => account.name)).size, names.length);
      assert.equal(candidates.length, names.length);
    });

    it('are found by name with who holds them', async () => {
      await world.bringIn(world.newcomer('Held'));
      await world.subject.putAccount(world.anAccount({ name: 'free' }));
      const found = await world.inPage((page) => page.accountsByName(world.scope, ['Held', 'free', 'nobody']));
      assertMembers(
        [...found].map(([name, candidate]) => [name, candidate.account.name, candidate.heldBy]),
        [
          ['held', 'Held', world.scope.source],
          ['free', 'free', null],
        ],
      );
    });
  });
}

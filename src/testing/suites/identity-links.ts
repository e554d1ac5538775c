import assert from 'node:assert/strict';
import { goJson, type AccountLink } from '../../identity/account.ts';
import { digestedText, digestOf, type DigestField } from '../../identity/account-digest.ts';
import { WriteConflictError } from '../../identity/errors.ts';
import { externalId, keyOf } from '../../syncer/external-id.ts';
import { assertInstance, assertSame, rejection } from './assertions.ts';
import { aLink, all, type IdentityWorld } from './identity-world.ts';
import { patientIt, type Runner } from './runner.ts';

/** What every `IdentityStore` does with links and with groups. */
export function describeLinks(runner: Runner, current: () => IdentityWorld): void {
  const it = patientIt(runner);
  let world: IdentityWorld;
  runner.beforeEach(async () => {
    world = current();
  });

  runner.describe('links', () => {
    it('find an account by any spelling of its vendor id and remember the last one', async () => {
      await world.bringIn(world.newcomer('ZhangSan'));
      await world.write({ links: [{ ...aLink('ZHANGSAN'), accountName: 'ZhangSan', forbiddenBy: 'person' }] });
      assertSame((await world.held('zhangSAN'))?.link, {
        key: 'zhangsan',
        externalId: 'ZHANGSAN',
        accountName: 'ZhangSan',
        forbiddenBy: 'person',
        deletedBy: null,
        groups: [],
      });
      assert.equal(await world.store.countLinks(world.scope), 1);
    });

    it('may swap their accounts within one page', async () => {
      await world.bringIn(world.newcomer('a'), world.newcomer('b'));
      await world.write({ links: [aLink('a', { accountName: 'b' }), aLink('b', { accountName: 'a' })] });
      assert.equal((await world.held('a'))?.link.accountName, 'b');
      assert.equal((await world.held('b'))?.link.accountName, 'a');
    });

    it('may give their account to another key within one page', async () => {
      await world.bringIn(world.newcomer('a', { groups: ['acme/x'] }));
      await world.write({
        removeLinks: [keyOf(externalId('A'))],
        links: [aLink('b', { accountName: 'a', groups: ['acme/x'] })],
      });
      assert.equal(await world.held('a'), undefined);
      assert.equal((await world.held('b'))?.account?.name, 'a');
      assert.equal(await world.store.countLinks(world.scope), 1);
    });

    it('hold nobody who gets the name of an account that was deleted', async () => {
      await world.bringIn(world.newcomer('a'));
      await world.write({ links: [aLink('a', { accountId: 'a' })] });
      assert.equal((await world.held('a'))?.account?.name, 'a');
      await world.subject.removeAccount(world.organization, 'a');
      await world.subject.putAccount(world.anAccount({ name: 'a', id: 'another' }));
      assert.equal((await world.held('a'))?.account, null);
    });

    it('are found by phone or e-mail, and only this syncer’s', async () => {
      await world.bringIn(
        world.newcomer('by-phone', { values: { phone: '13800138000', countryCode: 'CN' } }),
        world.newcomer('by-email', { values: { email: 'li@example.com' } }),
        world.newcomer('by-both', { values: { phone: '13900139000', email: 'wang@example.com' } }),
        world.newcomer('neither'),
      );
      await world.subject.putAccount(world.anAccount({ name: 'nobodys', values: { phone: '13800138000' } }));
      const first = { scope: world.scope, lease: world.lease };
      await world.useAnother(world.organization);
      await world.bringIn(world.newcomer('others', { values: { phone: '13800138000' } }));
      Object.assign(world, first);
      const [byPhone, byEmail] = [world.limit('phone') !== undefined, world.limit('email') !== undefined];
      const found = async (phones: readonly string[], emails: readonly string[]) =>
        (await world.inPage((page) => page.heldByContact(world.scope, byPhone ? phones : [], byEmail ? emails : [])))
          .map(({ link, account }) => [link.key, account?.name])
          .toSorted(([a = ''], [b = '']) => a.localeCompare(b));
      assertSame(await found(['13800138000', '13900139000'], ['li@example.com', 'wang@example.com']), [
        ...(byPhone || byEmail ? [['by-both', 'by-both']] : []),
        ...(byEmail ? [['by-email', 'by-email']] : []),
        ...(byPhone ? [['by-phone', 'by-phone']] : []),
      ]);
      const both = byEmail ? [['by-both', 'by-both']] : [];
      assertSame(await found([], ['wang@example.com']), both);
      assertSame(await found([], ['WANG@Example.com']), both, 'without case');
      assertSame(await found(['1'], ['x@example.com']), []);
      assertSame(await found([], []), [], 'nothing asked');
      assertSame(await found([''], ['']), [], 'an empty value is nobody’s');
    });

    it('tell, where a store can, what each account of this syncer is by now', async () => {
      const { store } = world;
      if (!store.heldDigests) return;
      const [name] = (['displayName', 'email', 'phone'] as const).filter((field) => world.limit(field) !== undefined);
      const fields: readonly DigestField[] = name ? [{ field: name, as: 'value' }] : [];
      const digests = async (groups: boolean): Promise<ReadonlySet<string>> => {
        const found = new Set<string>();
        await store.heldDigests?.(world.scope, { groups, fields }, (digest) => found.add(digest));
        return found;
      };
      const digestFor = (userid: string, value: string, groups: readonly string[] = []): string => {
        const text = digestedText({
          key: keyOf(externalId(userid)),
          externalId: externalId(userid),
          forbiddenBy: null,
          deletedBy: null,
          binding: world.scope.bindingColumn === '' ? '' : userid,
          isForbidden: false,
          isDeleted: false,
          groups: groups.length === 0 ? '' : goJson(groups),
          fields: name ? [value] : [],
        });
        return digestOf(text ?? '');
      };
      const values = (value: string) => (name ? { [name]: value } : {});
      const groups = ['acme/a', 'acme/b'];
      await world.bringIn(
        world.newcomer('Plain', { values: values('Zoë') }),
        world.newcomer('grouped', { values: values('x'), groups }),
      );
      const without = await digests(false);
      assert.equal(without.has(digestFor('Plain', 'Zoë')), true);
      assert.equal(without.has(digestFor('Plain', 'Zoe')), !name, 'accents count');
      assert.equal(without.has(digestFor('Plain', 'Zoë ')), !name, 'blanks count');
      assert.equal(without.has(digestFor('plain', 'Zoë')), false, 'case counts');
      assert.equal(without.has(digestFor('grouped', 'x')), true);
      assert.equal((await digests(true)).has(digestFor('grouped', 'x', groups)), true);
      const { account } = (await world.held('grouped')) ?? {};
      assert.ok(account);
      const regroup = (to: readonly string[]): Promise<void> => world.subject.putAccount({ ...account, groups: to });
      await regroup(['acme/a', 'acme/b', 'acme/local']);
      assert.equal((await digests(true)).has(digestFor('grouped', 'x', groups)), true, 'what others gave is theirs');
      await regroup(['acme/a']);
      assert.equal((await digests(true)).has(digestFor('grouped', 'x', groups)), false, 'what was taken is missed');
    });

    it('give an account to one syncer only', async () => {
      await world.bringIn(world.newcomer('shared'));
      const first = { scope: world.scope, lease: world.lease };
      await world.useAnother(world.organization);
      const error = await rejection(world.write({ links: [aLink('other', { accountName: 'shared' })] }));
      assertInstance(error, WriteConflictError);
      Object.assign(world, first);
      assert.equal((await world.held('shared'))?.account?.name, 'shared');
    });

    it('are listed in the order of their keys', async () => {
      const userids = ['b', 'A', 'c_1', 'c-1', 'Zoë', '张', ...Array.from({ length: 2500 }, (_, index) => `m${index}`)];
      await world.write({ links: userids.map((userid) => aLink(userid)) });
      const keys = await all(world.store.heldKeys(world.scope));
      assertSame(keys, userids.map((userid) => userid.toLowerCase()).toSorted());
      assert.equal(await world.store.countLinks(world.scope), userids.length);
    });

    it('are all read at once, if the store can', async () => {
      if (!world.store.heldLinks) return;
      const links = Array.from({ length: 2500 }, (_, index) =>
        aLink(`m${index}`, index === 7 ? { forbiddenBy: 'syncer', groups: ['acme/a'] } : {}),
      );
      await world.write({ links });
      const read = await all(world.store.heldLinks(world.scope));
      const byKey = (a: AccountLink, b: AccountLink): number => (a.key < b.key ? -1 : 1);
      assertSame(read.toSorted(byKey), links.toSorted(byKey));
      await world.useAnother();
      assertSame(await all(world.store.heldLinks(world.scope)), []);
    });

    it('of another syncer are not this one’s', async () => {
      await world.bringIn(world.newcomer('mine'));
      await world.useAnother();
      assert.equal(await world.held('mine'), undefined);
      assertSame(await all(world.store.heldKeys(world.scope)), []);
      assert.equal(await world.store.countLinks(world.scope), 0);
    });
  });

  runner.describe('groups', () => {
    it('come, change and go', async () => {
      const name = `${world.organization}-wecom-1`;
      const key = keyOf(externalId('1'));
      await world.write({
        createGroups: [world.aGroup(name, { displayName: 'Sales & <Marketing>' })],
        groupLinks: [{ key, externalId: externalId('1'), groupName: name }],
      });
      await world.write({ updateGroups: [{ name, displayName: '销售', manager: 'boss' }] });
      const groups = await world.inPage((page) => page.heldGroups(world.scope));
      assertSame(groups.get(key), {
        link: { key, externalId: '1', groupName: name },
        group: world.aGroup(name, { displayName: '销售', manager: 'boss' }),
      });
      assertSame(await world.inPage((page) => page.heldGroups(world.scope, [keyOf(externalId('2'))])), new Map());
      await world.write({ removeGroups: [name], removeGroupLinks: [key] });
      assertSame(await world.inPage((page) => page.heldGroups(world.scope)), new Map());
      assertSame(await world.inPage((page) => page.groupsByName([name])), new Map());
    });

    it('are found by name with the syncer that holds them', async () => {
      const name = `held-${world.runId}`;
      const link = { key: keyOf(externalId('8')), externalId: externalId('8'), groupName: name };
      await world.write({ createGroups: [world.aGroup(name)], groupLinks: [link] });
      assert.equal((await world.inPage((page) => page.groupsByName([name]))).get(name)?.heldBy, world.scope.syncerId);
    });

    it('have names that no other organization may use', async () => {
      const name = `shared-${world.runId}`;
      await world.subject.putGroup(world.aGroup(name, { owner: 'elsewhere' }));
      const found = await world.inPage((page) => page.groupsByName([name]));
      assert.equal(found.get(name)?.heldBy, null);
      assert.equal(found.get(name)?.group.owner, 'elsewhere');
      const error = await rejection(world.write({ createGroups: [world.aGroup(name)] }));
      assertInstance(error, WriteConflictError);
      if (!world.store.isGroupNameTaken) return;
      assert.equal(await world.store.isGroupNameTaken(name.toUpperCase()), true);
      assert.equal(await world.store.isGroupNameTaken(`${name}-2`), false);
    });

    it('keep the link when the group was deleted behind our back', async () => {
      const link = { key: keyOf(externalId('7')), externalId: externalId('7'), groupName: `gone-${world.runId}` };
      await world.write({ groupLinks: [link] });
      if (world.store.groupLinks) assertSame(await world.store.groupLinks(world.scope), [link]);
      assertSame((await world.inPage((page) => page.heldGroups(world.scope))).get(link.key), { link, group: null });
    });

    it('count members and children that this syncer did not bring', async () => {
      const [ours, empty] = [`${world.organization}-1`, `${world.organization}-2`];
      const membership = `${world.organization}/${ours}`;
      await world.write({
        createGroups: [ours, empty].map((name) => world.aGroup(name)),
        groupLinks: [{ key: keyOf(externalId('1')), externalId: externalId('1'), groupName: ours }],
      });
      await world.bringIn(world.newcomer('made', { groups: [membership] }), world.newcomer('joined'));
      const joined = await world.standing('joined');
      await world.subject.putAccount({ ...joined, groups: ['other/group', membership] });
      await world.subject.putAccount(world.anAccount({ name: 'local', groups: [membership] }));
      await world.subject.putGroup(world.aGroup(`${ours}-child`, { parentId: ours, isTopGroup: false }));
      assertSame(
        await world.store.strangersInGroups(world.scope, [ours, empty]),
        new Map([
          [ours, 3],
          [empty, 0],
        ]),
      );
    });
  });
}

import { expect } from 'chai';
import type { Run } from '../../../../src/engine/run.ts';
import { eachDatabase } from '../../../support/databases.ts';
import { DirectoryWorld, storesOn } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';

const NAME = { name: 'name', casdoorName: 'DisplayName' };
const ALIAS = { name: 'alias', casdoorName: 'Properties.alias' };
const config = (...rows: readonly object[]) => ({ config: { tableColumns: [NAME, ...rows] } });
const STAFF_NUMBER = { expression: 'member.alias + "-1"', casdoorName: 'properties.工号' };
/** What Casdoor leaves there when somebody signs in. */
const SIGNED_IN = { oauth_WeCom_id: 'zhangsan', oauth_WeCom_displayName: '<张三>' };

describe('a key of the map of further values', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;
    let userid: string;
    let userids: string[];

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 12, departments: 3 });
      userids = [...world.company.members].map((member) => member.userid);
      [userid = ''] = userids;
      for (const each of userids) world.company.setField(each, { alias: `a-${each}`, status: 1, enable: 1 });
    });
    afterEach(() => world.close());

    const stored = async (name = userid) => (await local.account(name)).properties;
    const map = async (name = userid): Promise<unknown> => JSON.parse((await stored(name)) ?? '');
    const changed = async (run: Run, name = userid) =>
      (await world.changes(run))
        .filter((change) => change.userid === name && change.kind !== 'skip')
        .map(({ kind, fields }) => ({ kind, fields }));
    const codes = (run: Run): string[] => run.warnings.map(({ code }) => code);
    const alone = (before: string | null, after: string, field = 'properties.alias') => ({
      kind: 'update',
      fields: [{ field, before, after }],
    });

    it('is written for a newcomer and changed alone, beside everything that others keep there', async () => {
      const both = config(ALIAS, STAFF_NUMBER);
      const preview = await world.preview(both);
      const first = await world.sync(both);
      expect(await changed(preview)).to.deep.equal(await changed(first));
      expect((await changed(first))[0]?.fields).to.deep.include({
        field: 'properties.工号',
        before: null,
        after: `a-${userid}-1`,
      });
      expect(await map()).to.deep.equal({ alias: `a-${userid}`, 工号: `a-${userid}-1` });

      await local.change(userid, { properties: JSON.stringify({ ...((await map()) as object), ...SIGNED_IN, n: 7 }) });
      expect(await changed(await world.sync(both))).to.deep.equal([]);
      world.company.setField(userid, { alias: 'new' });
      const run = await world.sync(both);
      expect(await changed(run)).to.deep.equal([
        {
          kind: 'update',
          fields: [
            { field: 'properties.alias', before: `a-${userid}`, after: 'new' },
            { field: 'properties.工号', before: `a-${userid}-1`, after: 'new-1' },
          ],
        },
      ]);
      expect(await map()).to.deep.equal({ alias: 'new', 工号: 'new-1', n: 7, ...SIGNED_IN });
      expect(await stored(), 'as Go writes it').to.include('\\u003c张三\\u003e');

      // A drift heals; a row that goes leaves the key; a value that the directory empties is a key that goes.
      await local.change(userid, { properties: JSON.stringify({ ...SIGNED_IN, alias: 'drifted' }) });
      expect(await changed(await world.sync(config(ALIAS)))).to.deep.equal([alone('drifted', 'new')]);
      expect(await changed(await world.sync(config()))).to.deep.equal([]);
      expect(await map()).to.deep.equal({ ...SIGNED_IN, alias: 'new' });
      world.company.setField(userid, { alias: '' });
      expect(await changed(await world.sync(config(ALIAS)))).to.deep.equal([alone('new', '')]);
      expect(await map()).to.deep.equal(SIGNED_IN);
      expect(await changed(await world.sync(config(ALIAS)))).to.deep.equal([]);
    });

    it('stays where the directory says nothing of it, and where the row is no more than a first word', async () => {
      const rows = config(
        { name: 'email', casdoorName: 'Properties.mail' },
        { ...ALIAS, authority: 'whenEmpty' },
        { name: 'position', casdoorName: 'Properties.first', authority: 'createOnly' },
      );
      world.company.setField(userid, { email: 'a@acme.cn', position: 'x' });
      await world.sync(rows);
      expect(await map()).to.deep.equal({ mail: 'a@acme.cn', alias: `a-${userid}`, first: 'x' });
      world.company.setField(userid, { email: '', biz_mail: '', alias: 'new', position: 'y' });
      expect(await changed(await world.sync(rows))).to.deep.equal([]);
      await local.change(userid, { properties: '{"first":"x"}' });
      expect(await changed(await world.sync(rows))).to.deep.equal([alone('', 'new')]);
      expect(await map()).to.deep.equal({ alias: 'new', first: 'x' });
    });

    it('is merged with what stands there when it is written, not when it was read', async () => {
      await world.sync(config(ALIAS));
      world.company.setField(userid, { alias: 'new' });
      const { identity, ...others } = world.stores;
      // Between the look at the account and the write of it somebody signs in.
      const late: typeof identity.page = (lease, work) =>
        identity.page(lease, (page) => {
          const write = page.write.bind(page);
          page.write = async (scope, what) => {
            const seen = (await page.accountsByName(scope, [userid])).get(userid.toLowerCase())?.account;
            const values = { 'properties.oauth_WeCom_id': 'zhangsan' } as const;
            const signIn = seen && { runId: '', updateAccounts: [{ name: userid, values, seen }] };
            if (signIn && what.updateAccounts?.length) await write(scope, signIn);
            await write(scope, what);
          };
          return work(page);
        });
      const signingIn = new Proxy(identity, {
        get: (of, name) => {
          const found: unknown = name === 'page' ? late : Reflect.get(of, name, of);
          return typeof found === 'function' ? (found.bind(of) as unknown) : found;
        },
      });
      const run = await world.on({ ...others, identity: signingIn }).sync(config(ALIAS));
      expect(run.state).to.equal('succeeded');
      expect(await map()).to.deep.equal({ alias: 'new', oauth_WeCom_id: 'zhangsan' });
    });

    it('is not written over what is no map, and that is told; everything else is', async () => {
      const both = config(ALIAS, { name: 'position', casdoorName: 'Title' });
      await world.sync(both);
      for (const broken of ['{"oauth_WeCom_id":"z', '["x"]', '7', '"text"']) {
        await local.change(userid, { properties: broken, title: 'drifted' });
        for (const count of [1, 0]) {
          const run = await world.sync(both);
          expect(run.state).to.equal('succeeded');
          expect(run.counts.updated).to.equal(count);
          const [warning] = run.warnings.filter(({ code }) => code === 'properties-unreadable');
          expect(warning, broken).to.deep.include({ count: 1, samples: [userid] });
          expect(await stored()).to.equal(broken);
        }
      }
      for (const empty of [null, '', 'null']) {
        await local.change(userid, { properties: empty });
        expect(codes(await world.sync(both))).to.not.include('properties-unreadable');
        expect(await map()).to.deep.equal({ alias: `a-${userid}` });
      }
    });

    it('is taken back by itself, unless somebody changed it since', async () => {
      await world.sync(config(ALIAS));
      const [, second = '', third = ''] = userids;
      await local.change(third, { properties: JSON.stringify(SIGNED_IN) });
      for (const each of [userid, second]) world.company.setField(each, { alias: 'new' });
      const run = await world.sync(config(ALIAS));
      expect(run.counts.updated).to.equal(3);
      await local.change(userid, { properties: JSON.stringify({ alias: 'new', ...SIGNED_IN }) });
      await local.change(second, { properties: JSON.stringify({ alias: 'mine' }) });
      const undone = await (await world.engine.undo(run, world.request(), {})).ended;
      expect(await map()).to.deep.equal({ alias: `a-${userid}`, ...SIGNED_IN });
      expect(await map(second)).to.deep.equal({ alias: 'mine' });
      expect(await map(third)).to.deep.equal(SIGNED_IN);
      expect(await changed(undone)).to.deep.equal([alone('new', `a-${userid}`)]);
    });
  }));

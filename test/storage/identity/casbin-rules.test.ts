import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { NewAccount } from '../../../src/identity/account.ts';
import type { PageWrite, SyncerScope } from '../../../src/identity/identity-store.ts';
import { keyOf, externalId } from '../../../src/syncer/external-id.ts';
import { harnessOn, eachDatabase } from '../../support/databases.ts';
import { aLink } from '../../support/builders.ts';

describe('casbin rules', () => {
  eachDatabase(
    (suite) => {
      const scope: SyncerScope = {
        syncerId: 'casbin',
        organization: 'acme',
        source: 'acme/wecom',
        bindingColumn: 'wecom',
      };
      const write = async (what: Omit<PageWrite, 'runId'>): Promise<void> => {
        const { store, leases } = harnessOn(suite.database);
        const request = { syncerId: 'casbin', runId: 'run', owner: 'test', ttlMs: 60_000 };
        const taken = await leases.acquire(request);
        if (!('grant' in taken)) throw new Error('the lease is taken');
        await store.page(taken.grant, (page) => page.write(scope, { runId: 'run', ...what }));
        await leases.release(taken.grant);
      };
      const bringIn = (name: string, groups: readonly string[]): Promise<void> => {
        const account: NewAccount = { name, id: name, binding: name, values: {}, isForbidden: false, groups };
        return write({ createAccounts: [account], links: [aLink({ userid: name, groups })] });
      };
      const move = (name: string, before: readonly string[], groups: readonly string[]): Promise<void> => {
        const seen = { isAdmin: false, isForbidden: false, isDeleted: false, groups: before };
        return write({ updateAccounts: [{ name, values: {}, groups, seen }] });
      };
      const byHand = (v0: string, v1: string, ptype = 'g'): Promise<unknown> =>
        suite.database.transaction((session) =>
          session.execute(
            `INSERT INTO casbin_user_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES ('${ptype}', '${v0}', '${v1}', '', '', '', '')`,
          ),
        );
      const rulesOf = async (name: string): Promise<string[]> => {
        const sql = `SELECT v1 FROM casbin_user_rule WHERE ptype = 'g' AND v0 = 'acme/${name}' ORDER BY v1`;
        return (await suite.database.read((session) => session.select(sql))).map((row) => String(row['v1']));
      };

      it('say the same as the memberships of a newcomer', async () => {
        await bringIn('new', ['acme/g1', 'acme/g2', 'acme/g2']);
        expect(await rulesOf('new')).to.deep.equal(['group:acme/g1', 'group:acme/g2']);
      });

      it('follow a move and leave what others made', async () => {
        await bringIn('mover', ['acme/g1', 'acme/g2']);
        await byHand('acme/mover', 'group:other/by-hand');
        await move('mover', ['acme/g1', 'acme/g2'], ['acme/g2', 'acme/g3']);
        expect(await rulesOf('mover')).to.deep.equal(['group:acme/g2', 'group:acme/g3', 'group:other/by-hand']);
      });

      it('are not made twice', async () => {
        await bringIn('twice', []);
        await byHand('acme/twice', 'group:acme/g1');
        await move('twice', [], ['acme/g1']);
        expect(await rulesOf('twice')).to.deep.equal(['group:acme/g1']);
      });

      it('of other kinds are not touched', async () => {
        await bringIn('policy', ['acme/g1']);
        await byHand('acme/policy', 'group:acme/g1', 'p');
        await move('policy', ['acme/g1'], []);
        const sql = `SELECT ptype FROM casbin_user_rule WHERE v0 = 'acme/policy'`;
        expect(await suite.database.read((session) => session.select(sql))).to.deep.equal([{ ptype: 'p' }]);
      });

      it('that are longer than Casdoor’s columns are left out, and the account comes in', async () => {
        await bringIn('long', [`acme/${'g'.repeat(95)}`, 'acme/g1']);
        await bringIn('n'.repeat(96), ['acme/g1']);
        expect(await rulesOf('long')).to.deep.equal(['group:acme/g1']);
        expect(await rulesOf('n'.repeat(96))).to.deep.equal([]);
      });

      it('count as strangers when a person made them, and go with the group', async () => {
        const { store } = harnessOn(suite.database);
        const groupLink = { key: keyOf(externalId('9')), externalId: externalId('9'), groupName: 'acme-9' };
        const group = {
          owner: 'acme',
          name: 'acme-9',
          displayName: '',
          parentId: 'acme',
          isTopGroup: true,
          manager: '',
        };
        await write({ createGroups: [group], groupLinks: [groupLink] });
        await bringIn('ours', ['acme/acme-9']);
        await bringIn('theirs', []);
        await byHand('acme/theirs', 'group:acme/acme-9');
        await byHand('acme/nobody', 'group:acme/acme-9');
        expect(await store.strangersInGroups(scope, ['acme-9'])).to.deep.equal(new Map([['acme-9', 1]]));
        await write({ removeGroups: ['acme-9'], removeGroupLinks: [groupLink.key] });
        expect(await rulesOf('nobody')).to.deep.equal([]);
      });
    },
    async (fresh) => {
      await fresh.run(await readFile(new URL(`../../fixtures/casdoor-ddl/${fresh.kind}.sql`, import.meta.url), 'utf8'));
    },
  );
});

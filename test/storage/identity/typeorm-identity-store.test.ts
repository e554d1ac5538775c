import { expect } from 'chai';
import type { NewAccount } from '../../../src/identity/account.ts';
import { StaleReadError } from '../../../src/identity/errors.ts';
import type { PageWrite, SyncerScope } from '../../../src/identity/identity-store.ts';
import { UserRow } from '../../../src/storage/entities/index.ts';
import type { Row } from '../../../src/storage/session.ts';
import { TypeormIdentityStore } from '../../../src/storage/identity/typeorm-identity-store.ts';
import { describeIdentityStore } from '../../../src/testing/index.ts';
import { harnessOn, eachSharedDatabase } from '../../support/databases.ts';
import { MOCHA } from '../../support/mocha-runner.ts';
import { rejection } from '../../support/promises.ts';
import { aLink } from '../../support/builders.ts';

describe('TypeormIdentityStore', () => {
  eachSharedDatabase((suite) => {
    describeIdentityStore(MOCHA, () => harnessOn(suite.database));

    describe('rows of the table user', () => {
      const organization = 'formats';
      const scope: SyncerScope = {
        syncerId: 'formats',
        organization,
        source: 'formats/wecom',
        bindingColumn: 'wecom',
      };
      const write = async (at: string, what: Omit<PageWrite, 'runId'>): Promise<void> => {
        const { leases } = harnessOn(suite.database);
        const request = { syncerId: scope.syncerId, runId: 'run', owner: 'test', ttlMs: 60_000 };
        const taken = await leases.acquire(request);
        if (!('grant' in taken)) throw new Error('the lease is taken');
        const store = new TypeormIdentityStore(suite.database, () => new Date(at));
        try {
          await store.page(taken.grant, (open) => open.write(scope, { runId: 'run', ...what }));
        } finally {
          await leases.release(taken.grant);
        }
      };
      const row = async (name: string): Promise<Row> => {
        const q = suite.kind === 'mysql' ? '`' : '"';
        const sql = `SELECT * FROM ${q}user${q} WHERE owner = '${organization}' AND name = '${name}'`;
        const [found] = await suite.database.read((session) => session.select(sql));
        if (!found) throw new Error(`no account ${name}`);
        return found;
      };
      const newcomer: NewAccount = {
        name: 'ZhangSan',
        id: 'ZhangSan',
        binding: 'ZhangSan',
        values: { displayName: '张三', countryCode: 'CN' },
        isForbidden: false,
        groups: ['formats/R&D <1>'],
      };
      const truth = suite.kind === 'postgres' ? { yes: true, no: false } : { yes: 1, no: 0 };

      it('are born as Casdoor makes them: no NULL where its filters look, its JSON, its times', async () => {
        await write('2026-03-04T05:06:07.890Z', { createAccounts: [newcomer], links: [aLink({ userid: 'ZhangSan' })] });
        const stored = await row('ZhangSan');
        expect(Object.entries(stored).filter(([, value]) => value === null)).to.deep.equal([]);
        expect(stored).to.deep.include({
          owner: organization,
          name: 'ZhangSan',
          id: 'ZhangSan',
          wecom: 'ZhangSan',
          created_time: '2026-03-04T05:06:07Z',
          updated_time: '2026-03-04T05:06:07Z',
          deleted_time: '',
          type: 'normal-user',
          password: '',
          display_name: '张三',
          country_code: 'CN',
          tag: '',
          external_id: '',
          address: '[]',
          properties: '{}',
          groups: '["formats/R\\u0026D \\u003c1\\u003e"]',
          register_type: 'Add Users',
          register_source: 'formats/wecom',
          score: 0,
          is_admin: truth.no,
          is_forbidden: truth.no,
          is_deleted: truth.no,
          need_update_password: truth.no,
        });
      });

      it('change in what was asked for and in updated_time', async () => {
        await suite.database.transaction(({ manager }) =>
          manager.update(
            UserRow,
            { owner: organization, name: 'ZhangSan' },
            { properties: '{"oauth_WeCom_id":"x"}', hash: 'h', preHash: 'p' },
          ),
        );
        const before = await row('ZhangSan');
        const seen = { isAdmin: false, isForbidden: false, isDeleted: false, groups: newcomer.groups };
        await write('2026-05-06T07:08:09Z', {
          updateAccounts: [{ name: 'ZhangSan', values: { title: 'CEO' }, isDeleted: true, groups: [], seen }],
        });
        expect(await row('ZhangSan')).to.deep.equal({
          ...before,
          title: 'CEO',
          is_deleted: truth.yes,
          deleted_time: '2026-05-06T07:08:09Z',
          groups: '[]',
          updated_time: '2026-05-06T07:08:09Z',
        });
      });

      it('keep what stands in their map since they were looked at, and is none', async () => {
        const which = { owner: organization, name: 'ZhangSan' };
        const properties = '{"oauth_WeCom_id":"x"';
        await suite.database.transaction(({ manager }) => manager.update(UserRow, which, { properties }));
        const before = await row('ZhangSan');
        const seen = { isAdmin: false, isForbidden: false, isDeleted: true, groups: [] };
        const updateAccounts = [{ name: 'ZhangSan', values: { title: 'x', 'properties.a': '1' }, seen }];
        const error = await rejection(write('2026-05-06T07:08:10Z', { updateAccounts }));
        expect(error).to.be.instanceOf(StaleReadError);
        expect(await row('ZhangSan')).to.deep.equal(before);
      });

      it('that are older than a column read as empty', async () => {
        await suite.database.transaction(({ manager }) =>
          manager.insert(UserRow, { owner: organization, name: 'old', groups: 'null' }),
        );
        await write('2026-05-06T07:08:09Z', { links: [aLink({ userid: 'old' })] });
        const store = new TypeormIdentityStore(suite.database);
        expect(await store.countActive(scope)).to.equal(1);
        const seen = { isAdmin: false, isForbidden: false, isDeleted: false, groups: [] };
        await write('2026-05-06T07:08:09Z', { updateAccounts: [{ name: 'old', values: {}, isForbidden: true, seen }] });
        expect((await row('old'))['is_forbidden']).to.equal(truth.yes);
      });
    });
  });
});

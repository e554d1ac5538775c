import { expect } from 'chai';
import { SyncEngine } from '../../../src/engine/engine.ts';
import { DEFAULT_REMOVAL_LIMIT } from '../../../src/engine/syncer-settings.ts';
import { MemoryIdentityStore } from '../../../src/testing/memory-identity-store.ts';
import { MemoryLeaseStore } from '../../../src/testing/memory-lease-store.ts';
import { MemoryRunStore } from '../../../src/testing/memory-run-store.ts';
import { translated } from '../../../src/storage/database-error.ts';

describe('a run that fails inside', () => {
  const settings = {
    id: 'syncer-1',
    organization: 'acme',
    name: 'wecom',
    bindingColumn: '',
    leavers: 'forbid',
    removalLimit: DEFAULT_REMOVAL_LIMIT,
    syncGroups: false,
    linkBy: [],
  } as const;

  async function failWith(error: unknown) {
    const leases = new MemoryLeaseStore();
    const runs = new MemoryRunStore(leases);
    const identity = new MemoryIdentityStore({ holdsLease: (lease) => leases.holds(lease) });
    identity.putOrganization('acme');
    const lines: string[] = [];
    const logger = { error: (fields: object, message: string) => lines.push(JSON.stringify({ ...fields, message })) };
    const engine = new SyncEngine({ identity, runs, leases, owner: 'test:1', logger });
    const run = await engine.run({
      syncer: settings,
      trigger: 'manual',
      open: function connectSomewhere() {
        throw error;
      },
    });
    return { error: run.error!, log: lines.join('\n') };
  }

  it('says itself what happened and where, for there may be no log', async () => {
    const { error, log } = await failWith(Object.assign(new TypeError('of 13800000000'), { code: 'ERR_ODD' }));
    expect(error).to.include({ code: 'internal', recovery: 'retry' });
    for (const sentence of [error.message.en, error.message.zh]) {
      expect(sentence)
        .to.include('TypeError, ERR_ODD')
        .and.match(/unforeseen\.test\.ts:\d+/);
      expect(sentence).not.to.include('log').and.not.include('日志');
    }
    expect(error.remedy?.en).to.include('Run it again');
    expect(log).to.include('ERR_ODD').and.include('unforeseen.test');
    for (const told of [JSON.stringify(error), log]) expect(told).not.to.include('13800000000');
  });

  it('says no word of what a connector or driver says, nor of a folder', async () => {
    for (const odd of [
      Object.assign(new Error('corpsecret=sEcReT'), { name: 'sEcReT https://x/?corpsecret=sEcReT', code: 'a sEcReT' }),
      'sEcReT',
      { message: 'sEcReT' },
      null,
    ]) {
      const { error, log } = await failWith(odd);
      expect(error.code).to.equal('internal');
      expect(JSON.stringify(error.message)).not.to.include('sEcReT').and.not.include('/work');
      expect(log).not.to.include('corpsecret');
    }
  });

  it('names the table or column that the database lacks, and no value', async () => {
    const cases: readonly (readonly [string, string, string])[] = [
      ['SQLITE_ERROR', 'no such table: directory_link', 'no such table: directory_link'],
      ['SQLITE_ERROR', 'table user has no column named wecom', 'no column named wecom'],
      ['42P01', 'relation "directory_link" does not exist', 'relation "directory_link" does not exist'],
      ['42501', 'permission denied for table user', 'permission denied for table user'],
      ['ER_NO_SUCH_TABLE', "Table 'iam.sync_run' doesn't exist", "Table 'iam.sync_run' doesn't exist"],
      ['ER_BAD_FIELD_ERROR', "Unknown column 'x.wecom' in 'SELECT'", "Unknown column 'x.wecom'"],
      ['ER_TABLEACCESS_DENIED_ERROR', "SELECT command denied to user 'sEcReT'@'host' for table `iam`.`user`", 'denied'],
      ['22P02', 'invalid input syntax for type integer: "sEcReT"', '(22P02)'],
    ];
    for (const [code, message, told] of cases) {
      const { error } = await failWith(translated(Object.assign(new Error(message), { code })));
      expect(error.message.en).to.include(told).and.include(code).and.not.include('sEcReT');
    }
  });
});

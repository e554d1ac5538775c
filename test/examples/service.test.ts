import { expect } from 'chai';
import { stub } from 'sinon';
import { addCompany, startSyncs } from '../../examples/service.ts';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import { OrganizationRow } from '../../src/storage/entities/index.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import { createTestDatabase } from '../support/databases.ts';

describe('the example of a host with a service', () => {
  it('adds a company and has its people synced', async () => {
    const said = [stub(console, 'info'), stub(console, 'warn'), stub(console, 'error')];
    const sandbox = await Sandbox.start({ members: 25, departments: 3 });
    const fresh = (await createTestDatabase('sqlite'))!;
    const database = await openDatabase(fresh.url);
    await database.transaction(({ manager }) => manager.insert(OrganizationRow, { owner: 'admin', name: 'acme' }));
    const service = await startSyncs(database.dataSource, 'a key of thirty-two letters and digits', sandbox.url);
    const run = await addCompany(service, 'acme', sandbox.corpId, sandbox.appSecret);
    expect(run).to.deep.include({ syncer: 'acme/wecom', state: 'succeeded' });
    expect(run.counts).to.include({ members: 25, created: 25 });
    const syncer = await service.syncers.get('acme/wecom');
    expect(syncer).to.deep.include({ password: '***', lastRun: run, isEnabled: true });
    expect(Date.parse(syncer?.nextRunAt ?? '') - Date.parse(run.startedAt)).to.equal(3_600_000);
    await service.close();
    expect(JSON.stringify(said.map(({ args }) => args)))
      .to.include('a run ended')
      .and.not.include(sandbox.appSecret);
    await database.close();
    await sandbox.close();
    await fresh.drop();
  });
});

import { expect } from 'chai';
import { stub } from 'sinon';
import { In } from 'typeorm';
import { LinkRow, RunRow, SyncerRow } from '../../../src/storage/entities/index.ts';
import { DATABASE_KINDS } from '../../support/databases.ts';
import { TestHost, type Client } from '../../host/test-host.ts';

for (const kind of DATABASE_KINDS) {
  describe(`a syncer that is to move to another organization, on ${kind}`, () => {
    let test: TestHost;
    let admin: Client;
    let serial = 0;
    let acme: string;
    let globex: string;

    before(async function () {
      const started = await TestHost.on(kind, { members: 40, departments: 4 });
      if (!started) return this.skip();
      test = started;
      admin = test.credential();
    });
    after(() => test?.close());

    beforeEach(async () => {
      serial += 1;
      [acme, globex] = [`acme-${serial}`, `globex-${serial}`];
      await test.addOrganization(acme);
      await test.addOrganization(globex);
      const { company } = test.sandbox;
      const missing = 40 - [...company.members].length;
      if (missing > 0) company.hire(missing);
      expect((await admin.post('/api/add-syncer', test.syncer(acme))).status).to.equal('ok');
    });
    afterEach(() => test.sandbox.faults.clear());

    const run = (): ReturnType<Client['post']> => admin.post(`/api/run-syncer?id=${acme}/wecom&wait=true`);
    const move = (): ReturnType<Client['post']> =>
      admin.post(`/api/update-syncer?id=${acme}/wecom`, { organization: globex });
    const write = (work: Parameters<typeof test.host.database.transaction>[0]) => test.host.database.transaction(work);
    const forgetLinks = (kinds: readonly string[]) =>
      write(({ manager }) => manager.delete(LinkRow, { kind: In([...kinds]), organization: acme }));
    const stays = async (reason: RegExp): Promise<void> => {
      expect((await move()).msg).to.match(reason);
      expect((await admin.get(`/api/get-syncer?id=${acme}/wecom`)).data.organization).to.equal(acme);
    };

    it('stays while it holds an account or a group', async () => {
      await run();
      await stays(/holds accounts or groups/);
      await forgetLinks(['user']);
      await stays(/holds accounts or groups/);
      await forgetLinks(['group']);
      expect((await move()).data).to.equal('Affected');
    });

    for (const state of ['held', 'queued', 'running']) {
      it(`stays while a run of it is ${state}`, async () => {
        const { id } = (await run()).data;
        await forgetLinks(['user', 'group']);
        await write(({ manager }) => manager.update(RunRow, { id }, { state }));
        await stays(/goes on or waits for a decision/);
      });
    }

    it('stays while it runs', async () => {
      test.sandbox.faults.set({ latencyMs: 60_000 });
      const { data } = await admin.post(`/api/run-syncer?id=${acme}/wecom`);
      await stays(/A run of this syncer goes on/);
      await admin.post(`/api/cancel-sync-run?id=${data.id}`);
    });

    it('shows nothing of its former organization where it is now', async () => {
      test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
      const failed = await run();
      expect(failed.data.state).to.equal('failed');
      await forgetLinks(['user', 'group']);
      expect((await move()).data).to.equal('Affected');
      const chief = await test.signedIn(globex, 'chief');
      expect((await chief.get(`/api/get-syncer?id=${globex}/wecom`)).data).to.include({
        lastRun: null,
        errorText: '',
        health: 'ok',
      });
      expect((await chief.get(`/api/get-sync-runs?id=${globex}/wecom`)).json).to.deep.include({ data: [], data2: 0 });
    });

    describe('and did while its run waited', () => {
      let heldId: string;

      beforeEach(async () => {
        await run();
        test.sandbox.company.leave(25);
        const held = await run();
        expect(held.data.state).to.equal('held');
        heldId = held.data.id;
        await write(({ manager }) =>
          manager.update(SyncerRow, { name: 'wecom', organization: acme }, { organization: globex }),
        );
      });

      for (const decision of ['approve', 'reject', 'cancel']) {
        it(`has its run decided by nobody: ${decision}`, async () => {
          const chief = await test.signedIn(acme, 'chief');
          const before = (await admin.get(`/api/get-user-count?owner=${globex}`)).data;
          const answer = await chief.post(`/api/${decision}-sync-run?id=${heldId}`);
          expect(answer.msg).to.match(/belongs to another organization/);
          expect((await admin.get(`/api/get-user-count?owner=${globex}`)).data).to.equal(before);
          expect((await admin.get(`/api/get-sync-run?id=${heldId}`)).data.state).to.equal('held');
        });
      }

      it('lists and shows no run of the other one', async () => {
        const chief = await test.signedIn(globex, 'chief');
        expect((await chief.get(`/api/get-sync-runs?id=${globex}/wecom`)).data2).to.equal(0);
        expect((await chief.get(`/api/get-syncer?id=${globex}/wecom`)).data.lastRun).to.equal(null);
        expect((await chief.get(`/api/get-sync-changes?id=${heldId}`)).msg).to.equal('There is no such run.');
      });
    });

    it('is not run for the one that it leaves at this very moment', async () => {
      const { runs, syncers } = test.host;
      const stored = (await syncers.find(acme, 'wecom', ''))!;
      const opened = stub(syncers, 'opened').callsFake(async (id) => {
        const found = await opened.wrappedMethod.call(syncers, id);
        await move();
        return found;
      });
      const { ended } = await runs.begin(stored, 'manual');
      expect((await ended).error?.message.en).to.match(/belongs to another organization/);
      expect((await admin.get(`/api/get-user-count?owner=${acme}`)).data).to.equal(2);
    });
  });
}

import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { Run } from '../../../src/engine/run.ts';
import type { Database } from '../../../src/storage/database.ts';
import { SyncerRow } from '../../../src/storage/entities/index.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { TypeormLeaseStore } from '../../../src/storage/runs/typeorm-lease-store.ts';
import { TypeormRunStore } from '../../../src/storage/runs/typeorm-run-store.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../../support/databases.ts';
import { SECRET_KEY, TestHost, type Client } from '../../host/test-host.ts';

const isOver = ({ state }: { readonly state: string }): boolean => state !== 'queued' && state !== 'running';

for (const kind of DATABASE_KINDS) {
  describe(`the end of a run on ${kind}`, () => {
    let fresh: TestDatabase | undefined;
    let test: TestHost;
    let admin: Client;
    /** What any other process sees. */
    let database: Database;
    let runs: TypeormRunStore;

    before(async function () {
      fresh = await createTestDatabase(kind);
      if (!fresh) return this.skip();
      const settings = { DATABASE_URL: fresh.url, SECRET_KEY };
      test = await TestHost.start({ members: 40, departments: 3, settings });
      await test.addOrganization('acme');
      admin = await test.signedIn();
      expect((await admin.post('/api/add-syncer', test.syncer('acme'))).msg).to.equal('');
      database = await openDatabase(fresh.url);
      runs = new TypeormRunStore(database);
    });
    after(async () => {
      await database?.close();
      await test?.close();
      await fresh?.drop();
    });
    afterEach(() => test.sandbox.faults.clear());

    const begin = async (): Promise<string> => {
      const { status, msg, data } = await admin.post('/api/run-syncer?id=acme/wecom');
      expect(status, msg).to.equal('ok');
      return data.id as string;
    };
    const stored = async (): Promise<SyncerRow> =>
      await database.read(({ manager }) => manager.findOneByOrFail(SyncerRow, { name: 'wecom' }));
    const seenOver = async (id: string): Promise<Run> => {
      for (;;) {
        const run = await runs.find(id);
        if (run && isOver(run)) return run;
        await setImmediate();
      }
    };

    it('lets whoever polled for it start the next one, and read what it left', async function () {
      this.timeout(120_000);
      for (let count = 0; count < 40; count += 1) {
        const stop =
          count % 2 === 0
            ? undefined
            : test.sandbox.faults.add({ path: 'department/list', respond: { errcode: 60020 } });
        const id = await begin();
        while (!isOver((await admin.get(`/api/get-sync-run?id=${id}`)).data)) {
          await setImmediate();
        }
        stop?.();
        const { data } = await admin.get('/api/get-syncer?id=acme/wecom');
        expect(data.lastRun.id).to.equal(id);
        expect(data.health).to.equal(stop ? 'failing' : 'ok');
        expect(data.errorText === '').to.equal(stop === undefined);
        await admin.post('/api/update-syncer?id=acme/wecom', { ...test.syncer('acme') });
      }
    });

    it('is told to other processes only when the next one can start', async function () {
      this.timeout(120_000);
      for (let count = 0; count < 20; count += 1) {
        const stop =
          count % 2 === 0
            ? undefined
            : test.sandbox.faults.add({ path: 'department/list', respond: { errcode: 60020 } });
        const run = await seenOver(await begin());
        const { health, errorText, id } = await stored();
        expect(await new TypeormLeaseStore(database).holder(id)).to.equal(undefined);
        stop?.();
        expect(run.state).to.equal(stop ? 'failed' : 'succeeded');
        expect(health).to.equal(stop ? 'failing' : 'ok');
        expect(errorText === '').to.equal(stop === undefined);
      }
    });

    it('is told of a cancelled run when the next one can start', async () => {
      for (let count = 0; count < 5; count += 1) {
        test.sandbox.faults.add({ path: 'department/list', respond: { delayMs: 100 } });
        const id = await begin();
        const cancelled = admin.post(`/api/cancel-sync-run?id=${id}`);
        await seenOver(id);
        test.sandbox.faults.clear();
        await seenOver(await begin());
        await cancelled;
      }
    });

    it('is told of one member’s run when the next one can start', async () => {
      const [member] = [...test.sandbox.company.members];
      for (let count = 0; count < 5; count += 1) {
        const asked = admin.post(`/api/sync-member?id=acme/wecom&userid=${member!.userid}`);
        let run: Run | undefined;
        const { id: syncerId } = await stored();
        while (run?.trigger !== 'member' || !isOver(run)) {
          await setImmediate();
          [run] = (await runs.list({ syncerId, organization: 'acme' }, 1, 1)).rows;
        }
        await seenOver(await begin());
        await asked;
      }
    });

    it('is told of an approval and of what it approved when the next one can start', async () => {
      await seenOver(await begin());
      test.sandbox.company.leave(12);
      const held = await seenOver(await begin());
      expect(held.state).to.equal('held');
      expect((await stored()).health).to.equal('held');
      const approved = admin.post(`/api/approve-sync-run?id=${held.id}`);
      while ((await runs.find(held.id))?.state === 'held') {
        await setImmediate();
      }
      expect((await stored()).health).to.equal('ok');
      await seenOver(await begin());
      expect((await approved).data.state).to.equal('succeeded');
    });

    it('is told of a rejected one when the syncer says so', async () => {
      test.sandbox.company.leave(12);
      const held = await seenOver(await begin());
      const rejected = admin.post(`/api/reject-sync-run?id=${held.id}`);
      while ((await runs.find(held.id))?.state === 'held') {
        await setImmediate();
      }
      expect((await stored()).health).to.equal('ok');
      expect((await rejected).data.state).to.equal('cancelled');
    });
  });
}

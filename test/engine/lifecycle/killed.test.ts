import { fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { LinkRow, RunRow } from '../../../src/storage/entities/index.ts';
import { eachDatabase } from '../../support/databases.ts';
import { DirectoryWorld, storesOn } from '../../support/directory-world.ts';
import type { ImportOrder } from '../../support/processes/import-process.ts';
import { LocalActs } from '../../support/local-acts.ts';

const MEMBERS = 5000;
const LEASE_TTL_MS = 60_000;
/** Random points per database; a longer hunt: KILL_ROUNDS=20 npx mocha …. */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 2);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

describe('an import whose process is killed', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      const company = { members: MEMBERS, departments: 60 };
      world = await DirectoryWorld.open(storesOn(suite.database), company, { leaseTtlMs: LEASE_TTL_MS });
    });
    afterEach(() => world.close());

    /** Imports in another process, and kills that as soon as it has seen so many members. */
    async function killAt(members: number): Promise<void> {
      const order: ImportOrder = {
        databaseUrl: suite.url,
        sandboxUrl: world.sandbox.url,
        corpId: world.sandbox.corpId,
        secret: world.sandbox.appSecret,
        leaseTtlMs: LEASE_TTL_MS,
      };
      const child = fork(join(ROOT, 'test/support/processes/import-process.ts'), [JSON.stringify(order)], {
        execArgv: ['--import', 'tsx'],
        cwd: ROOT,
      });
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.on('message', (message) => {
        if (typeof message !== 'number' || message >= members) child.kill('SIGKILL');
      });
      await ended;
    }

    /** Everything that an import leaves behind, but for the moments at which it did. */
    async function everything(): Promise<unknown> {
      const accounts = await local.accounts('acme');
      const groups = await local.groups('acme');
      const links = await suite.database.read(({ manager }) =>
        manager.find(LinkRow, { order: { kind: 'ASC', externalKey: 'ASC' } }),
      );
      const timeless = <T extends object>(row: T): T => ({ ...row, createdTime: '', updatedTime: '' });
      return { accounts: accounts.map(timeless), groups: groups.map(timeless), links };
    }

    it('equals an undisturbed one after it ran again', async function () {
      this.timeout(240_000);
      const points = Array.from({ length: ROUNDS }, () => 1 + Math.floor(Math.random() * (MEMBERS - 1)));
      for (const point of points) await killAt(point);
      // The dead process's lease has not run out, but this machine knows that it is dead.
      const run = await world.sync();
      expect(run.state, `killed at ${points.join(', ')}`).to.equal('succeeded');
      const disturbed = await everything();

      const runs = await suite.database.read(({ manager }) => manager.find(RunRow, { order: { startedMs: 'ASC' } }));
      expect(runs.slice(0, -1).map(({ state }) => state)).to.deep.equal(points.map(() => 'failed'));
      for (const { error } of runs.slice(0, -1)) expect(error).to.include('abandoned');

      await local.clear();
      await local.addOrganization('acme');
      expect((await world.sync()).counts.created).to.equal(MEMBERS);
      expect(disturbed).to.deep.equal(await everything());
    });
  }));

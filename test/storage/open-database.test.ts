import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDatabase } from '../../src/storage/open-database.ts';
import { ConfigError, UnavailableError, type SyncError } from '../../src/syncer/errors.ts';
import { createTestDatabase } from '../support/databases.ts';
import { rejection } from '../support/promises.ts';

/** Everything of an error that a log could show. */
const seen = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const own = Object.getOwnPropertyNames(error).map((key) => JSON.stringify(error[key as keyof Error]));
  return [error.message, error.stack, ...own, error.cause === undefined ? '' : seen(error.cause)].join('\n');
};

describe('openDatabase', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wecom-syncer-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('makes the folder and a file that only its owner may read', async () => {
    const path = join(folder, 'deep', 'iam.db');
    const database = await openDatabase(`sqlite:${path}`);
    await database.ping();
    await database.close();
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
  });

  it('opens one that is gone with the process', async () => {
    const database = await openDatabase('sqlite::memory:');
    expect(await database.read((session) => session.select('SELECT COUNT(*) AS n FROM "user"'))).to.deep.equal([
      { n: 0 },
    ]);
    await database.close();
  });

  for (const url of [
    'oracle://scott:tiger-secret@db/x',
    'tiger-secret',
    'postgres://tiger-secret',
    'sqlite:',
    'postgres://user:tiger-secret@host:notaport/x',
  ]) {
    it(`refuses ${url.replace('tiger-secret', '…')} without repeating it`, async () => {
      const error = await rejection(openDatabase(url));
      expect(error).to.be.instanceOf(ConfigError);
      expect((error as SyncError).remedy?.zh).to.include('DATABASE_URL');
      expect(seen(error)).to.not.include('tiger-secret');
    });
  }

  it('says that a file cannot be opened', async () => {
    const error = await rejection(openDatabase(`sqlite:${folder}`));
    expect(error).to.be.instanceOf(ConfigError);
    expect((error as SyncError).message).to.match(/SQLite file cannot be opened/);
  });

  for (const protocol of ['postgres', 'mysql']) {
    it(`names the host and nothing else of a ${protocol} server that does not answer`, async () => {
      const error = await rejection(openDatabase(`${protocol}://user:tiger-secret@127.0.0.1:1/iam`));
      expect(error).to.be.instanceOf(UnavailableError);
      expect((error as SyncError).message).to.include('127.0.0.1:1');
      expect(seen(error)).to.not.include('tiger-secret');
    });
  }

  for (const kind of ['postgres', 'mysql'] as const) {
    it(`says that the ${kind} database does not exist, without the password`, async function () {
      const fresh = await createTestDatabase(kind);
      if (!fresh) return this.skip();
      await fresh.drop();
      const url = new URL(fresh.url);
      url.password = 'tiger-secret';
      const error = await rejection(openDatabase(url.href));
      expect(error).to.be.instanceOf(ConfigError);
      expect(seen(error)).to.not.include('tiger-secret');
    });
  }
});

import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { findSecretKey, secretKeyFile } from '../../src/host/secret-key.ts';
import { parseSettings, SettingsError } from '../../src/host/settings.ts';

describe('the secret key', () => {
  let folder: string;
  let databaseUrl: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wecom-syncer-key-'));
    databaseUrl = `sqlite:${join(folder, 'data', 'iam.db')}`;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const find = (): Promise<string> => findSecretKey(parseSettings({ DATABASE_URL: databaseUrl }));

  it('is generated once, beside the SQLite file, for its owner alone', async () => {
    const key = await find();
    expect(key).to.have.length.of.at.least(32);
    expect((await stat(secretKeyFile(databaseUrl))).mode & 0o777).to.equal(0o600);
    expect(await find()).to.equal(key);
  });

  it('is the same for processes that start at the same moment', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, find));
    expect(new Set(keys).size).to.equal(1);
    expect(await readdir(join(folder, 'data'))).to.deep.equal(['iam.db.key']);
  });

  it('is SECRET_KEY where that is set', async () => {
    const settings = parseSettings({ DATABASE_URL: databaseUrl, SECRET_KEY: 'a key of our own choice' });
    expect(await findSecretKey(settings)).to.equal('a key of our own choice');
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('is not made up anew over a damaged file: what it sealed would be lost', async () => {
    await find();
    await writeFile(secretKeyFile(databaseUrl), '');
    const error = await find().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(SettingsError);
  });
});

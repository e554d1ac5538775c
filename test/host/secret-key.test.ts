import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { findSecretKey, secretKeyFile } from '../../src/host/secret-key.ts';
import { isHardToGuess } from '../../src/host/key-strength.ts';
import { parseSettings, SettingsError } from '../../src/host/settings.ts';

import { SECRET_KEY } from './test-host.ts';

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
    const settings = parseSettings({ DATABASE_URL: databaseUrl, SECRET_KEY });
    expect(await findSecretKey(settings)).to.equal(SECRET_KEY);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('is accepted as this program, openssl and others make it', async () => {
    expect(isHardToGuess(await find())).to.equal(true);
    for (let n = 0; n < 200; n += 1) {
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        const key = randomBytes(32).toString(encoding);
        expect(isHardToGuess(key), key).to.equal(true);
      }
    }
  });

  for (const key of [
    'a'.repeat(64),
    'ab'.repeat(32),
    'aA1!'.repeat(12),
    'Password123!'.repeat(4),
    'changeme-changeme-changeme-changeme',
    '0123456789abcdef0123456789abcdef',
    'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
    '00000000-0000-0000-0000-000000000000',
    'the same key in every host of ours',
    'please change this secret key 12345',
    'Zx9$kQ2#pL7',
  ]) {
    it(`is refused when it can be guessed (${key.slice(0, 16)}…), saying how to make one and not what it was`, () => {
      expect(() => parseSettings({ SECRET_KEY: key }))
        .to.throw(SettingsError, 'openssl rand -base64 32')
        .with.property('message')
        .that.does.not.include(key);
    });
  }

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

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { createHost } from '../../src/host/create-host.ts';
import { exposedFiles } from '../../src/host/exposed-files.ts';
import { parseSettings } from '../../src/host/settings.ts';

describe('files that others can read', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wecom-syncer-files-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const settings = () => parseSettings({ DATABASE_URL: `sqlite:${join(folder, 'iam.db')}`, PORT: '0' });
  const put = async (name: string, mode: number): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, '');
    await chmod(file, mode);
    return file;
  };

  for (const name of ['.env', 'iam.db', 'iam.db-wal', 'iam.db-shm', 'iam.db-journal', 'iam.db.key']) {
    for (const [mode, isExposed] of [
      [0o600, false],
      [0o400, false],
      [0o640, true],
      [0o604, true],
      [0o620, true],
    ] as const) {
      it(`${isExposed ? 'are' : 'are not'} found when ${name} has mode ${mode.toString(8)}`, async () => {
        const file = await put(name, mode);
        expect(await exposedFiles(settings(), folder, 'linux')).to.deep.equal(isExposed ? [file] : []);
        expect(await exposedFiles(settings(), folder, 'win32')).to.deep.equal([]);
      });
    }
  }

  it('are not looked for where a server or the memory has the records', async () => {
    expect(await exposedFiles({ databaseUrl: 'sqlite::memory:' }, folder, 'linux')).to.deep.equal([]);
    expect(await exposedFiles({ databaseUrl: 'postgres://u:p@db/iam' }, folder, 'linux')).to.deep.equal([]);
  });

  it('are warned about at start, with what to do; those that the host makes need no warning', async function () {
    if (process.platform === 'win32') this.skip();
    const warned = async (): Promise<readonly string[]> => {
      const log: string[] = [];
      const host = await createHost(settings(), {
        log: pino({ level: 'warn' }, { write: (line: string) => void log.push(line) }),
      });
      await host.close();
      return log.filter((line) => line.includes('chmod 600 ')).map((line) => (JSON.parse(line) as { msg: string }).msg);
    };
    expect(await warned()).to.deep.equal([]);
    expect(await warned()).to.deep.equal([]);
    const files = ['iam.db.key', 'iam.db'].map((name) => join(folder, name));
    for (const file of files) await chmod(file, 0o644);
    expect(await warned()).to.deep.equal(
      files.map((file) => `other accounts of this machine can read or change ${file}: chmod 600 ${file}`),
    );
  });
});

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathOf, secretKeyFile } from './secret-key.ts';
import type { Settings } from './settings.ts';

/** Reading or writing, for the group or for everybody. */
const OTHERS = 0o066;
/** What SQLite keeps beside a database: pages of it, with whatever they hold. */
const SIDE_FILES = ['', '-wal', '-shm', '-journal'];

/**
 * Files with secrets, personal records or password hashes in them that other accounts of this machine can read or change:
 * `.env`, the SQLite database with its side files, and its key file.
 *
 * @returns nothing on Windows, where a file's mode says nothing about who may read it
 */
export async function exposedFiles(
  settings: Pick<Settings, 'databaseUrl'>,
  folder: string = process.cwd(),
  platform: NodeJS.Platform = process.platform,
): Promise<readonly string[]> {
  if (platform === 'win32') return [];
  const { databaseUrl } = settings;
  const files = [join(folder, '.env')];
  if (databaseUrl.startsWith('sqlite:') && pathOf(databaseUrl) !== ':memory:') {
    files.push(secretKeyFile(databaseUrl), ...SIDE_FILES.map((suffix) => `${pathOf(databaseUrl)}${suffix}`));
  }
  const modes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mode }) => mode,
        () => 0,
      ),
    ),
  );
  return files.filter((_, index) => ((modes[index] ?? 0) & OTHERS) !== 0);
}

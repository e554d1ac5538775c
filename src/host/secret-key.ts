import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SettingsError, type Settings } from './settings.ts';

/** The file of an SQLite database. */
export const pathOf = (databaseUrl: string): string => databaseUrl.slice('sqlite:'.length).replace(/^\/\//, '');

/** Where the generated key of an SQLite database is kept: beside it, so that a backup of the folder can be read again. */
export function secretKeyFile(databaseUrl: string): string {
  const path = pathOf(databaseUrl);
  return join(dirname(path), `${basename(path)}.key`);
}

/**
 * The key that encrypts stored secrets and sessions: `SECRET_KEY`, or with SQLite one that is generated at first start
 * into a file that only its owner can read.
 *
 * @throws SettingsError when there is neither
 */
export async function findSecretKey(settings: Settings): Promise<string> {
  if (settings.secretKey !== undefined) return settings.secretKey;
  if (!settings.databaseUrl.startsWith('sqlite:')) {
    throw new SettingsError(['SECRET_KEY'], 'SECRET_KEY is required with a server database.');
  }
  // A database in memory is gone with the process, and so may be its key.
  if (pathOf(settings.databaseUrl) === ':memory:') return randomBytes(32).toString('base64url');
  const file = secretKeyFile(settings.databaseUrl);
  return (await readKey(file)) ?? (await createKey(file));
}

async function readKey(file: string): Promise<string | undefined> {
  try {
    const key = (await readFile(file, 'utf8')).trim();
    if (key.length < 16) {
      throw new SettingsError(['SECRET_KEY'], `The key file ${file} is damaged: restore it from a backup.`);
    }
    await chmod(file, 0o600);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SettingsError) throw error;
    throw new SettingsError(['SECRET_KEY'], `The key file ${file} cannot be read.`);
  }
}

async function createKey(file: string): Promise<string> {
  const key = randomBytes(32).toString('base64url');
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(draft, `${key}\n`, { mode: 0o600, flag: 'wx' });
    // Two processes may start at once: the first link wins, and the file never exists half written.
    await link(draft, file);
    return key;
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await readKey(file) : undefined;
    if (found !== undefined) return found;
    throw new SettingsError(['SECRET_KEY'], `The key file ${file} cannot be written; set SECRET_KEY instead.`);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

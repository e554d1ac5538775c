import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { parseSettings, SettingsError, type Settings, type Variables } from '../host/settings.ts';

/** Settings of this process: its environment, and what `.env` in the working folder says where the environment is silent. */
export function readSettings(environment: Variables = process.env, folder: string = process.cwd()): Settings {
  return parseSettings(readVariables(environment, folder));
}

/** The same, as they were written. */
export function readVariables(environment: Variables = process.env, folder: string = process.cwd()): Variables {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  return { ...readDotEnv(folder), ...set };
}

function readDotEnv(folder: string): Variables {
  try {
    return parse(readFileSync(join(folder, '.env')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new SettingsError(['.env'], 'The file .env in the working folder cannot be read.');
  }
}

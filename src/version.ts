import { readFileSync } from 'node:fs';

/** Of the package, whether this runs from its sources or from `dist`, which is one folder further down. */
export const VERSION = readVersion(['../package.json', '../../package.json']);

function readVersion([path, ...others]: readonly string[]): string {
  if (path === undefined) return 'unknown';
  try {
    const { version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { version: string };
    return version;
  } catch {
    return readVersion(others);
  }
}

import { readFileSync } from 'node:fs';
import { ConfigError } from './syncer/errors.ts';
import { text } from './syncer/text.ts';

interface PackageJson {
  readonly version: string;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

/** Of this package, whether it runs from its sources or from `dist`, which is one folder further down. */
const PACKAGE = read(['../package.json', '../../package.json']);

export const VERSION = PACKAGE.version;

function read([path, ...others]: readonly string[]): PackageJson {
  if (path === undefined) return { version: 'unknown', optionalDependencies: {} };
  try {
    return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as PackageJson;
  } catch {
    return read(others);
  }
}

/**
 * Loads what stands on packages that an embedder may leave out (`npm install --omit=optional`).
 *
 * @throws ConfigError that names the package that is missing, with the command that installs it
 */
export async function loadOptional<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const name = missingPackage(error);
    const range = name === undefined ? undefined : PACKAGE.optionalDependencies[name];
    if (name === undefined || range === undefined) throw error;
    const command = `npm install "${name}@${range}"`;
    throw new ConfigError(text(`The package ${name} is not installed.`, `未安装软件包 ${name}。`), {
      remedy: text(`Install it: ${command}`, `请安装：${command}`),
    });
  }
}

function missingPackage(error: unknown): string | undefined {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return undefined;
  return /^Cannot find (?:package|module) '((?:@[^/']+\/)?[^/']+)/.exec(String(message))?.[1];
}

import { execFile, type ExecFileException } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** What is installed elsewhere is no part of what is covered, and noting it down takes each process most of a second. */
const UNCOVERED = { NODE_V8_COVERAGE: '' };
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ADDON = 'node_modules/better-sqlite3/build/Release/better_sqlite3.node';

export const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, string | { readonly default: string; readonly types: string }>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
};

/** What `npm pack` makes. */
export interface Packed {
  readonly tarball: string;
  readonly files: readonly { readonly path: string }[];
}

/** Gone with this process: every test file may look at the same tarball and the same folders. */
let folder: string | undefined;
function ownFolder(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'wecom-syncer-package-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
}

let packing: Promise<Packed> | undefined;

/** The tarball of what is built, made once per process. */
export const packed = (): Promise<Packed> => (packing ??= pack());

async function pack(): Promise<Packed> {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', ownFolder()];
  const { stdout } = await run('npm', args, { cwd: ROOT, env: { ...process.env, ...UNCOVERED } });
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: Packed['files'] }];
  return { tarball: join(ownFolder(), filename), files };
}

const homes = new Map<string, Promise<Home | undefined>>();

/** Names of homes, with how the package is installed there. */
const INSTALLS = {
  /** As a program. */
  full: [],
  /** As a plugin. */
  plugin: ['--omit=optional'],
} as const;

/**
 * The package installed in a folder that was empty, once per process.
 *
 * @returns undefined when there is no registry to install from
 */
export function installed(name: keyof typeof INSTALLS): Promise<Home | undefined> {
  const home = homes.get(name) ?? install(name);
  homes.set(name, home);
  return home;
}

async function install(name: keyof typeof INSTALLS): Promise<Home | undefined> {
  const path = join(ownFolder(), name);
  await mkdir(path);
  await writeFile(join(path, 'package.json'), '{ "private": true, "type": "module" }');
  // Scripts off, and the compiled addon copied: compiling better-sqlite3 again takes minutes and tests nothing of ours.
  const common = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--no-save'];
  const { tarball } = await packed();
  try {
    await run('npm', ['install', ...common, ...INSTALLS[name], tarball], {
      cwd: path,
      env: { ...process.env, ...UNCOVERED },
    });
  } catch (error) {
    if (process.env['REQUIRE_SERVICES'] === '1') throw error;
    console.log('npm cannot install the package here (no registry?): its tests are skipped.');
    return undefined;
  }
  if (name === 'full') {
    await mkdir(dirname(join(path, ADDON)), { recursive: true });
    await copyFile(join(ROOT, ADDON), join(path, ADDON));
  }
  return new Home(path);
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of somebody who installed the package; his programs see nothing else of this project. */
export class Home {
  constructor(readonly path: string) {}

  /** @returns what a program of his said, however it ended */
  async run(
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Said> {
    const { PATH, HOME } = process.env;
    const options = { cwd: this.path, env: { PATH, HOME, ...UNCOVERED, ...environment }, maxBuffer: 2 ** 26 };
    return run(program, [...args], options).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout = '', stderr = '' }: ExecFileException) => ({ code: Number(code), stdout, stderr }),
    );
  }

  /**
   * @param script an ES module
   * @returns what it printed
   * @throws Error with what it complained of, when it failed
   */
  async module(script: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
    return succeeded(await this.run(process.execPath, ['--input-type=module', '-e', script], environment));
  }

  async write(name: string, content: string): Promise<void> {
    const path = join(this.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }

  /**
   * Compiles as strictly as anybody does.
   *
   * @returns what the compiler said; "" = nothing
   */
  async compile(
    files: readonly string[],
    flags: readonly string[] = ['--module', 'nodenext'],
    compiler: string = 'typescript',
  ): Promise<string> {
    const tsc = join(ROOT, 'node_modules', compiler, 'bin/tsc');
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', '--target', 'es2022'];
    const types = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node'];
    return (await this.run(process.execPath, [tsc, ...strict, ...types, ...flags, ...files])).stdout;
  }
}

/** The compiler of hosts that resolve modules as Node.js 10 did, which later ones forgot: what attw brings along. */
export const OLD_COMPILER = '@arethetypeswrong/core/node_modules/typescript';

/** @throws Error when a program failed */
export function succeeded({ code, stdout, stderr }: Said): string {
  if (code !== 0) throw new Error(`ended with ${code}: ${stdout}${stderr}`);
  return stdout;
}

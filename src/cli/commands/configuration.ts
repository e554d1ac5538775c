import { readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { changesShown, type ConfigurationChange } from '../../service/configuration/configuration-change.ts';
import type { ReferenceReader } from '../../service/configuration/syncer-difference.ts';
import { Refusal } from '../../service/refusal.ts';
import { text } from '../../syncer/text.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import { orWrong } from '../failure.ts';
import { SHELL, withHost } from '../open-host.ts';
import { readVariables } from '../read-settings.ts';

export interface ExportOptions {
  readonly out?: string;
}

export interface ApplyOptions {
  readonly dryRun?: boolean;
  readonly prune?: boolean;
  readonly json?: boolean;
}

/** Characters of a value that a line shows. */
const LONGEST_SHOWN = 100;

/** Writes syncers and protections as YAML, with references in place of secrets. */
export async function exportConfiguration(organization: string | undefined, { out }: ExportOptions): Promise<ExitCode> {
  return withHost(async ({ configuration, organizations }) => {
    if (organization !== undefined) await orWrong(() => organizations.require(organization));
    const yaml = await configuration.export(organization, 'references');
    if (out === undefined) process.stdout.write(yaml);
    else await writeFile(out, yaml).catch(() => Promise.reject(noFile(out, 'written')));
    return EXIT.done;
  });
}

/** Makes syncers and protections what a file says. */
export async function applyConfiguration(
  file: string,
  { dryRun = false, prune = false, json = false }: ApplyOptions,
): Promise<ExitCode> {
  const source = await readFile(file, 'utf8').catch(() => Promise.reject(noFile(file, 'read')));
  const read = referenceReader(dirname(resolve(file)), readVariables());
  return withHost(async ({ configuration }) => {
    const changes = await orWrong(async () => {
      const wanted = await configuration.read(source);
      if (dryRun) return configuration.compare(wanted, { prune, read });
      return configuration.apply(wanted, { prune, read, actor: SHELL });
    });
    if (json) process.stdout.write(`${JSON.stringify({ dryRun, changes: changesShown(changes) })}\n`);
    else for (const line of linesOf(changes, dryRun)) process.stdout.write(`${line}\n`);
    return EXIT.done;
  });
}

/** A path is meant from the folder of the file that names it. */
const referenceReader =
  (folder: string, variables: Readonly<Record<string, string | undefined>>): ReferenceReader =>
  async ({ kind, name }) => {
    if (kind === 'env') {
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (value !== undefined && value !== '') return value;
      throw new Refusal(
        text(`The environment variable ${name} is not set, or empty.`, `环境变量 ${name} 未设置或为空。`),
      );
    }
    try {
      return (await readFile(resolve(folder, name), 'utf8')).replace(/\r?\n$/, '');
    } catch {
      throw new Refusal(text(`The file ${name} cannot be read.`, `无法读取文件 ${name}。`));
    }
  };

const noFile = (path: string, what: 'read' | 'written'): CommandError =>
  new CommandError(`The file ${path} cannot be ${what}.`, EXIT.usage);

const SIGNS = { add: '+', update: '~', delete: '-' } as const;

function linesOf(changes: readonly ConfigurationChange[], dryRun: boolean): readonly string[] {
  if (changes.length === 0) return ['✔ Everything is as the file says.'];
  const lines = changes.flatMap(({ kind, name, action, fields }) => [
    `${SIGNS[action]} ${kind} ${name}`,
    ...fields.map(({ field, before, after }) => `    ${field}: ${shown(before)} → ${shown(after)}`),
  ]);
  return [...lines, dryRun ? `${changes.length} to change; nothing was.` : `✔ ${changes.length} changed.`];
}

function shown(value: unknown): string {
  if (value === null) return '–';
  const line = typeof value === 'string' ? value : JSON.stringify(value);
  const plain = line.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ');
  return plain.length > LONGEST_SHOWN ? `${plain.slice(0, LONGEST_SHOWN)}…` : plain;
}

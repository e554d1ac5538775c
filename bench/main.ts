import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { present } from '../src/syncer/present.ts';
import { HELP, readArguments, type BenchArguments, type RowName } from './arguments.ts';
import { NAMES } from './processes/database-target.ts';
import { formatTable, type Line } from './figures.ts';
import { latencyLine } from './rows/latency-row.ts';
import { loadTable, type References } from './rows/load-table.ts';
import { replicasLines } from './rows/replicas-row.ts';
import { usersLine } from './rows/users-row.ts';

const RESULTS = new URL('../../results.json', import.meta.url);
const MANY_DEPARTMENTS = { members: 100_000, departments: 30_000 };
const MANY_MEMBERS = { members: 1_000_000 };

const say = (sentence: string): void => void process.stderr.write(`${sentence}\n`);

async function loadTables(options: BenchArguments): Promise<Line[]> {
  const { databases, departments, full } = options;
  const references: References = new Map();
  const common = { ...options, references, say, thorough: true };
  const lines: Line[] = [];
  for (const members of options.members) {
    const company = { members, ...present({ departments }) };
    lines.push(...(await loadTable({ ...common, company })));
  }
  if (!full) return lines;
  const many = { ...common, company: MANY_DEPARTMENTS, thorough: false, references: new Map(references) };
  lines.push(...(await loadTable({ ...many, databases })));
  lines.push(...(await loadTable({ ...common, company: MANY_MEMBERS, databases: ['postgres'] })));
  return lines;
}

async function run(options: BenchArguments): Promise<Line[]> {
  const { only, full, concurrency, databases, profile, rounds, syncers } = options;
  const wants = (name: RowName): boolean => (only.length === 0 ? full || name !== 'replicas' : only.includes(name));
  const lines: Line[] = [];
  if (wants('load')) lines.push(...(await loadTables(options)));
  if (wants('latency')) {
    say('2,000 empty departments, answered late');
    lines.push(await latencyLine(concurrency, rounds ?? 3, profile));
  }
  if (wants('users-page')) {
    for (const database of databases) {
      say(`get-users on ${NAMES[database]}`);
      lines.push(await usersLine(database, NAMES[database], concurrency));
    }
  }
  if (wants('replicas')) lines.push(...(await replicasLines({ syncers, say, ...present({ profile }) })));
  return lines;
}

const options = readArguments(process.argv.slice(2));
if (options === 'help') {
  console.log(HELP);
} else {
  const lines = await run(options);
  console.log(formatTable(lines));
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, memory: totalmem() };
  await writeFile(RESULTS, `${JSON.stringify({ at: new Date().toISOString(), machine, options, lines }, null, 2)}\n`);
}

import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { HELP, readArguments, type BenchArguments, type DatabaseKind } from './arguments.ts';
import { Directory } from './directory.ts';
import { formatTable, type Line } from './figures.ts';
import { latencyLine } from './latency-row.ts';
import { loadLines } from './load-lines.ts';
import { loadRound, type Round } from './load-rows.ts';
import { usersLine } from './users-row.ts';

const RESULTS = new URL('../../results.json', import.meta.url);
const NAMES: Readonly<Record<DatabaseKind, string>> = { sqlite: 'SQLite', postgres: 'PostgreSQL', mysql: 'MariaDB' };
/** Above this the LOAD floors would have to keep gigabytes of rows. */
const MOST_WITH_FLOORS = 200_000;

const say = (sentence: string): void => void process.stderr.write(`${sentence}\n`);

/** Departments as companies of that size have them: fifty people each, 30,000 at most. */
const departmentsOf = (members: number): number => Math.min(30_000, Math.max(20, Math.round(members / 50)));

async function loadTable(options: BenchArguments, members: number, kinds: readonly DatabaseKind[]): Promise<Line[]> {
  const departments = departmentsOf(members);
  const directory = await Directory.start({ members, departments });
  const lines: Line[] = [];
  try {
    for (const database of kinds) {
      const prefix = `${members.toLocaleString('en')} members, ${NAMES[database]}`;
      const wanted = options.rounds ?? (members > MOST_WITH_FLOORS ? 1 : 3);
      const rounds: Round[] = [];
      for (let number = 1; number <= wanted; number += 1) {
        say(`${prefix}: round ${number} of ${wanted}`);
        const { concurrency, profile } = options;
        const floors = members <= MOST_WITH_FLOORS;
        rounds.push(
          await loadRound({ directory, database, members, concurrency, floors, ...(profile && { profile }) }),
        );
      }
      lines.push(...loadLines(prefix, members, rounds));
    }
  } finally {
    await directory.close();
  }
  return lines;
}

async function run(options: BenchArguments): Promise<Line[]> {
  const wants = (name: string): boolean => options.only.length === 0 || options.only.includes(name);
  const lines: Line[] = [];
  if (wants('load')) {
    for (const members of options.members) lines.push(...(await loadTable(options, members, options.databases)));
    if (options.full) lines.push(...(await loadTable(options, 1_000_000, ['postgres'])));
  }
  if (wants('latency')) {
    say('2,000 empty departments, answered late');
    lines.push(await latencyLine(options.concurrency, options.rounds ?? 3, options.profile));
  }
  if (wants('users-page')) {
    for (const database of options.databases) {
      say(`get-users on ${NAMES[database]}`);
      lines.push(await usersLine(database, NAMES[database], options.concurrency));
    }
  }
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

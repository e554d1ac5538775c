import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { present } from '../src/syncer/present.ts';
import { HELP, readArguments, type BenchArguments, type RowName } from './arguments.ts';
import { formatTable, type Line } from './figures.ts';
import { formatGoals, type Goal } from './goals.ts';
import { historyGoals } from './rows/history-row.ts';
import { loadTable, type Company, type Measured } from './rows/load-table.ts';
import { replicasLines } from './rows/replicas-row.ts';
import { rosterGoals } from './rows/roster-row.ts';
import { startGoals } from './rows/start-row.ts';
import { writerGoal } from './rows/writer-row.ts';

const RESULTS = new URL('../../results.json', import.meta.url);
const MANY_DEPARTMENTS: Company = { members: 100_000, departments: 30_000 };
const MANY_MEMBERS: Company = { members: 1_000_000 };

const say = (sentence: string): void => void process.stderr.write(`${sentence}\n`);

async function* loadTables(options: BenchArguments): AsyncGenerator<Measured> {
  const { databases, departments, full, million } = options;
  const common = { ...options, say, thorough: true };
  for (const members of options.members) {
    yield await loadTable({ ...common, company: { members, ...present({ departments }) } });
  }
  if (full) yield await loadTable({ ...common, company: MANY_DEPARTMENTS, databases, thorough: false });
  if (million) yield await loadTable({ ...common, company: MANY_MEMBERS, databases: ['postgres'] });
}

async function run(options: BenchArguments): Promise<Measured> {
  const { only, full, concurrency, profile, syncers } = options;
  const wants = (name: RowName): boolean => (only.length === 0 ? full || name !== 'replicas' : only.includes(name));
  const lines: Line[] = [];
  const goals: Goal[] = [];
  if (wants('start')) {
    say('the command and the front door');
    goals.push(...startGoals());
  }
  if (wants('writer')) {
    say('an unchanged run beside a writer');
    goals.push(await writerGoal(concurrency));
  }
  if (wants('roster')) {
    for (const members of options.members) {
      say(`roster checks of ${members}`);
      goals.push(...(await rosterGoals(members, options.databases, concurrency)));
    }
  }
  if (wants('history')) {
    say('the story of one person among a million changes');
    goals.push(...(await historyGoals(options.databases)));
  }
  if (wants('load')) {
    for await (const measured of loadTables(options)) {
      lines.push(...measured.lines);
      goals.push(...measured.goals);
    }
  }
  if (wants('replicas')) lines.push(...(await replicasLines({ syncers, say, ...present({ profile }) })));
  return { lines, goals };
}

const options = readArguments(process.argv.slice(2));
if (options === 'help') {
  console.log(HELP);
} else {
  const started = performance.now();
  const { lines, goals } = await run(options);
  if (lines.length > 0) console.log(`${formatTable(lines)}\n`);
  if (goals.length > 0) console.log(formatGoals(goals));
  say(`${Math.round((performance.now() - started) / 1000)} seconds`);
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, memory: totalmem() };
  const results = { at: new Date().toISOString(), machine, options, goals, lines };
  await writeFile(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
}

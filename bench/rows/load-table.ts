import type { BenchArguments, DatabaseKind } from '../arguments.ts';
import type { Line } from '../figures.ts';
import type { Goal } from '../goals.ts';
import { NAMES } from '../processes/database-target.ts';
import { Directory } from '../processes/directory.ts';
import { present } from '../../src/syncer/present.ts';
import { loadGoals, loadLines } from './load-lines.ts';
import { loadRound, type Round } from './load-rows.ts';

/** Above this the LOAD floor would have to keep gigabytes of rows. */
const MOST_WITH_FLOORS = 200_000;

export interface Company {
  readonly members: number;
  /** Absent: as companies of that size have them, fifty people each, 30,000 at most. */
  readonly departments?: number;
}

/** What was measured, and what of it had been promised. */
export interface Measured {
  readonly lines: readonly Line[];
  readonly goals: readonly Goal[];
}

export interface LoadTableOptions extends Pick<BenchArguments, 'rounds' | 'concurrency' | 'profile'> {
  readonly company: Company;
  readonly databases: readonly DatabaseKind[];
  /** False: one round, without the LOAD floor and without late answers. */
  readonly thorough: boolean;
  readonly say: (sentence: string) => void;
}

const usual = (members: number): number => Math.min(30_000, Math.max(20, Math.round(members / 50)));

/** One company on some databases. */
export async function loadTable(options: LoadTableOptions): Promise<Measured> {
  const { company, databases, concurrency, profile, say } = options;
  const { members, departments = usual(members) } = company;
  const title = `${members.toLocaleString('en')} members${company.departments ? ` in ${departments.toLocaleString('en')} departments` : ''}`;
  const thorough = options.thorough && members <= MOST_WITH_FLOORS;
  const wanted = options.rounds ?? (thorough ? 2 : 1);
  const directory = await Directory.start({ members, departments });
  const lines: Line[] = [];
  const goals: Goal[] = [];
  try {
    for (const database of databases) {
      const name = NAMES[database];
      const rounds: Round[] = [];
      for (let number = 1; number <= wanted; number += 1) {
        say(`${title}, ${name}: round ${number} of ${wanted}`);
        const kinds = { floors: thorough, late: thorough && number === 1 };
        rounds.push(await loadRound({ directory, database, members, concurrency, ...kinds, ...present({ profile }) }));
      }
      lines.push(...loadLines(`${title}, ${name}`, members, rounds));
      goals.push(...loadGoals(name, title, members, rounds));
    }
  } finally {
    await directory.close();
  }
  return { lines, goals };
}

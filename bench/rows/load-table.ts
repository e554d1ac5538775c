import type { BenchArguments, DatabaseKind } from '../arguments.ts';
import { NAMES } from '../processes/database-target.ts';
import { Directory } from '../processes/directory.ts';
import type { Line } from '../figures.ts';
import { present } from '../../src/syncer/present.ts';
import { loadLines, perMember, type Reference } from './load-lines.ts';
import { loadRound, type Round } from './load-rows.ts';

/** Above this the LOAD floors would have to keep gigabytes of rows. */
const MOST_WITH_FLOORS = 200_000;

export interface Company {
  readonly members: number;
  /** Absent: as companies of that size have them, fifty people each, 30,000 at most. */
  readonly departments?: number;
}

/** What smaller companies took per member, on the same databases in the same run of the bench. */
export type References = Map<DatabaseKind, Reference[]>;

export interface LoadTableOptions extends Pick<BenchArguments, 'rounds' | 'concurrency' | 'profile'> {
  readonly company: Company;
  readonly databases: readonly DatabaseKind[];
  readonly references: References;
  /** False: one round, and without the LOAD floors. */
  readonly thorough: boolean;
  readonly say: (sentence: string) => void;
}

const usual = (members: number): number => Math.min(30_000, Math.max(20, Math.round(members / 50)));

/** One company on some databases. */
export async function loadTable(options: LoadTableOptions): Promise<Line[]> {
  const { company, databases, references, concurrency, profile, say } = options;
  const { members, departments = usual(members) } = company;
  const title = `${members.toLocaleString('en')} members${company.departments ? ` in ${departments.toLocaleString('en')} departments` : ''}`;
  const thorough = options.thorough && members <= MOST_WITH_FLOORS;
  const wanted = options.rounds ?? (thorough ? 3 : 1);
  const directory = await Directory.start({ members, departments });
  const lines: Line[] = [];
  try {
    for (const database of databases) {
      const prefix = `${title}, ${NAMES[database]}`;
      const rounds: Round[] = [];
      for (let number = 1; number <= wanted; number += 1) {
        say(`${prefix}: round ${number} of ${wanted}`);
        rounds.push(
          await loadRound({ directory, database, members, concurrency, floors: thorough, ...present({ profile }) }),
        );
      }
      const known = references.get(database) ?? [];
      const smaller = known.findLast((reference) => reference.members <= members);
      lines.push(...loadLines(prefix, members, rounds, smaller));
      references.set(database, [...known, { title, members, perMember: perMember(members, rounds) }]);
    }
  } finally {
    await directory.close();
  }
  return lines;
}

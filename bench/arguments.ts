import { parseArgs } from 'node:util';

export const DATABASES = ['sqlite', 'postgres', 'mysql'] as const;
export type DatabaseKind = (typeof DATABASES)[number];

const ROWS = ['load', 'start', 'writer', 'roster', 'history', 'replicas'] as const;
export type RowName = (typeof ROWS)[number];

/** What a person asked to measure. */
export interface BenchArguments {
  readonly members: readonly number[];
  /** Of each company; absent: fifty members each. */
  readonly departments?: number;
  /** Of the rows with replicas. */
  readonly syncers: number;
  readonly databases: readonly DatabaseKind[];
  /** Rounds per row, of which the median counts; absent: more of the small ones. */
  readonly rounds?: number;
  readonly concurrency: number;
  /** Empty: all but what only `full` asks for. */
  readonly only: readonly RowName[];
  /** Folder for CPU profiles of what is measured; profiling costs time, so the figures are not to be quoted. */
  readonly profile?: string;
  readonly full: boolean;
  /** A company of 1,000,000 members on PostgreSQL besides, for its memory. */
  readonly million: boolean;
}

export const HELP = `npm run bench -- [--members 100000] [--departments 2000] [--database sqlite,postgres,mysql]
                 [--rounds 2] [--concurrency 8] [--only load,start,writer,roster,history,replicas] [--syncers 1000]
                 [--profile FOLDER] [--million] [--full]

Without arguments: 100,000 members on SQLite, and on PostgreSQL and MariaDB where TEST_POSTGRES_URL and TEST_MYSQL_URL
name them; about twenty minutes on two cores that do nothing else. It ends in a table of goals and bench/results.json.
--departments: so many instead of one for every fifty members.
--only: load (import, unchanged, changed, both at 50 ms a call, get-users), start (the command, the front door),
        writer (an unchanged run beside somebody who writes to the same SQLite file), roster (a check of everybody
        that finds nothing), history (one person's story among 1,000,000 changes), replicas.
--only replicas: 1,000 syncers that are due at once on one host and on four, with PostgreSQL and a redis-server of
        their own (redis-server must be on the PATH), about ten minutes. --syncers: another number of them.
--million: 1,000,000 members on PostgreSQL besides, about ten minutes and 3 GiB of memory.
--full: --million, 100,000 members in 30,000 departments, replicas.`;

const list = (value: string | undefined): string[] => (value ? value.split(',').map((part) => part.trim()) : []);

function count(name: string, value: string): number {
  const number = Number(value.replaceAll('_', ''));
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} takes whole numbers from 1.`);
  return number;
}

function oneOf<T extends string>(option: string, known: readonly T[], name: string): T {
  const found = known.find((one) => one === name);
  if (!found) throw new Error(`--${option} takes ${known.join(', ')}.`);
  return found;
}

/** Those whose server somebody named. */
const reachable = (): readonly DatabaseKind[] =>
  DATABASES.filter(
    (kind) => kind === 'sqlite' || process.env[kind === 'postgres' ? 'TEST_POSTGRES_URL' : 'TEST_MYSQL_URL'],
  );

/** @throws Error with a sentence for the person who typed them */
export function readArguments(argv: readonly string[]): BenchArguments | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      members: { type: 'string', default: '100000' },
      departments: { type: 'string' },
      syncers: { type: 'string', default: '1000' },
      database: { type: 'string' },
      rounds: { type: 'string' },
      concurrency: { type: 'string', default: '8' },
      only: { type: 'string' },
      profile: { type: 'string' },
      full: { type: 'boolean', default: false },
      million: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const databases = list(values.database).map((name) => oneOf('database', DATABASES, name));
  return {
    members: list(values.members).map((value) => count('members', value)),
    ...(values.departments === undefined ? {} : { departments: count('departments', values.departments) }),
    syncers: count('syncers', values.syncers),
    databases: databases.length > 0 ? databases : reachable(),
    ...(values.rounds === undefined ? {} : { rounds: count('rounds', values.rounds) }),
    concurrency: count('concurrency', values.concurrency),
    only: list(values.only).map((name) => oneOf('only', ROWS, name)),
    ...(values.profile === undefined ? {} : { profile: values.profile }),
    full: values.full,
    million: values.million || values.full,
  };
}

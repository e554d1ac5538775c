import { parseArgs } from 'node:util';

export const DATABASES = ['sqlite', 'postgres', 'mysql'] as const;
export type DatabaseKind = (typeof DATABASES)[number];

/** What a person asked to measure. */
export interface BenchArguments {
  readonly members: readonly number[];
  readonly databases: readonly DatabaseKind[];
  /** Rounds per row, of which the median counts; absent: more of the small ones. */
  readonly rounds?: number;
  readonly concurrency: number;
  /** Only rows whose name contains one of these. */
  readonly only: readonly string[];
  /** Folder for CPU profiles of what is measured; profiling costs time, so the figures are not to be quoted. */
  readonly profile?: string;
  readonly full: boolean;
}

export const HELP = `npm run bench -- [--members 10000,100000] [--database sqlite,postgres,mysql] [--rounds 3]
                 [--concurrency 8] [--only import,unchanged] [--profile FOLDER] [--full]

Without arguments: 10,000 and 100,000 members on SQLite, a few minutes.
--full: also PostgreSQL and MariaDB, and 1,000,000 members on PostgreSQL.
--only: load (import, unchanged, changed, preview), latency, users-page.
PostgreSQL and MariaDB are found by TEST_POSTGRES_URL and TEST_MYSQL_URL.`;

const list = (value: string | undefined): string[] => (value ? value.split(',').map((part) => part.trim()) : []);

function count(name: string, value: string): number {
  const number = Number(value.replaceAll('_', ''));
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} takes whole numbers from 1.`);
  return number;
}

/** @throws Error with a sentence for the person who typed them */
export function readArguments(argv: readonly string[]): BenchArguments | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      members: { type: 'string' },
      database: { type: 'string' },
      rounds: { type: 'string' },
      concurrency: { type: 'string', default: '8' },
      only: { type: 'string' },
      profile: { type: 'string' },
      full: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const databases = list(values.database).map((name) => {
    const kind = DATABASES.find((known) => known === name);
    if (!kind) throw new Error(`--database takes ${DATABASES.join(', ')}.`);
    return kind;
  });
  const members = list(values.members).map((value) => count('members', value));
  return {
    members: members.length > 0 ? members : [10_000, 100_000],
    databases: databases.length > 0 ? databases : values.full ? DATABASES : ['sqlite'],
    ...(values.rounds === undefined ? {} : { rounds: count('rounds', values.rounds) }),
    concurrency: count('concurrency', values.concurrency),
    only: list(values.only),
    ...(values.profile === undefined ? {} : { profile: values.profile }),
    full: values.full,
  };
}

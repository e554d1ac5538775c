import { Client } from 'pg';

/** A run as the product stored it. */
export interface TenantRun {
  readonly syncerId: string;
  readonly state: string;
  readonly trigger: string;
  readonly startedMs: number;
  /** Null while it goes on. */
  readonly finishedMs: number | null;
  readonly members: number;
  /** All was read and written, and nothing is left but questions that only a person can answer. */
  readonly asksOnly: boolean;
  /** In English; "" = none. */
  readonly problem: string;
}

interface RunRow {
  readonly syncer_id: string;
  readonly state: string;
  readonly trigger_kind: string;
  readonly started_ms: string;
  readonly finished_ms: string | null;
  readonly counts: string;
  readonly error: string | null;
  readonly warnings: string;
}

/** What the replicas share, seen from outside: their database, without a word of their code. */
export class Tenants {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async open(databaseUrl: string): Promise<Tenants> {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    return new Tenants(client);
  }

  /** Switches all syncers on in one moment; they never ran, so all are due at once. */
  async enableAll(intervalSeconds: number): Promise<void> {
    await this.#client.query('UPDATE directory_syncer SET is_enabled = TRUE, sync_interval = $1', [intervalSeconds]);
  }

  async endedRuns(): Promise<number> {
    const { rows } = await this.#client.query<{ count: string }>(
      'SELECT count(*) FROM sync_run WHERE finished_ms IS NOT NULL',
    );
    return Number(rows[0]?.count);
  }

  /** What there is by now, for whoever watches. */
  async progress(): Promise<{ readonly ended: number; readonly open: number; readonly failed: number }> {
    const { rows } = await this.#client.query<Record<'ended' | 'open' | 'failed', string>>(
      `SELECT count(finished_ms) AS ended, count(*) - count(finished_ms) AS open,
         count(CASE WHEN state IN ('failed', 'held', 'cancelled') THEN 1 END) AS failed FROM sync_run`,
    );
    const [row] = rows;
    return { ended: Number(row?.ended), open: Number(row?.open), failed: Number(row?.failed) };
  }

  /** Oldest first. */
  async runs(): Promise<readonly TenantRun[]> {
    const { rows } = await this.#client.query<RunRow>('SELECT * FROM sync_run ORDER BY started_ms, id');
    return rows.map((row) => ({
      syncerId: row.syncer_id,
      state: row.state,
      trigger: row.trigger_kind,
      startedMs: Number(row.started_ms),
      finishedMs: row.finished_ms === null ? null : Number(row.finished_ms),
      members: countsOf(row).members,
      asksOnly: asksOnly(row),
      problem: problemOf(row),
    }));
  }

  /** How many accounts each organization has that has any, apart from the administrators' own. */
  async accounts(): Promise<readonly number[]> {
    const { rows } = await this.#client.query<{ count: string }>(
      `SELECT count(*) FROM "user" WHERE owner <> 'built-in' GROUP BY owner`,
    );
    return rows.map(({ count }) => Number(count));
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}

interface Warning {
  readonly code: string;
  readonly message: { readonly en: string };
}

/** Of what was not read or not written. */
const LOSSES: ReadonlySet<string> = new Set([
  'ids-only',
  'no-departments',
  'nobody-seen',
  'unread',
  'member-unread',
  'member-not-synced',
  'member-unmappable',
  'department-unmappable',
  'group-unread',
  'write-refused',
]);

const countsOf = ({ counts }: RunRow): { readonly members: number; readonly conflicts: number } =>
  JSON.parse(counts) as { members: number; conflicts: number };

const warningsOf = ({ warnings }: RunRow): readonly Warning[] => JSON.parse(warnings) as readonly Warning[];

/** Whoever has another name, and neither mobile nor e-mail to be known by, may be somebody else. */
const asksOnly = (row: RunRow): boolean =>
  row.state === 'partial' && countsOf(row).conflicts > 0 && !warningsOf(row).some(({ code }) => LOSSES.has(code));

/** What a run failed of, or else what it warned of; single values that were cut make no run a bad one. */
function problemOf(row: RunRow): string {
  if (row.error !== null) return (JSON.parse(row.error) as Warning).message.en;
  const told = warningsOf(row).filter(({ code }) => !code.startsWith('value-'));
  return told.map(({ message }) => message.en).join(' ');
}

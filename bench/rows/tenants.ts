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

  /** Oldest first. */
  async runs(): Promise<readonly TenantRun[]> {
    const { rows } = await this.#client.query<RunRow>('SELECT * FROM sync_run ORDER BY started_ms, id');
    return rows.map((row) => ({
      syncerId: row.syncer_id,
      state: row.state,
      trigger: row.trigger_kind,
      startedMs: Number(row.started_ms),
      finishedMs: row.finished_ms === null ? null : Number(row.finished_ms),
      members: (JSON.parse(row.counts) as { members: number }).members,
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

interface Message {
  readonly message: { readonly en: string };
}

/** What a run failed of, or else what it warned of first. */
function problemOf({ error, warnings }: RunRow): string {
  const [warning] = JSON.parse(warnings) as readonly Message[];
  const told = error === null ? warning : (JSON.parse(error) as Message);
  return told?.message.en ?? '';
}

import { limitHeapGrowth } from '../../src/cli/heap.ts';
import { createHost } from '../../src/host/create-host.ts';
import { parseSettings } from '../../src/host/settings.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import { quote } from '../../src/storage/dialect.ts';
import { startWatch } from './stopwatch.ts';
import type { Outcome, Task } from './task.ts';

const ORGANIZATION = 'acme';
const ACCOUNTS = 10_000;
/** A run each six hours: a hundred of them are milliseconds that still are an INT. */
const EVERY_MS = 21_600_000;
const PAGE_SIZE = 20;
const CREDENTIAL = { clientId: 'bench', clientSecret: 'a secret of no matter' };
const SETTINGS = {
  PORT: '0',
  LOG_LEVEL: 'silent',
  SECRET_KEY: 'Tq1vZy8Kc0bW5nRjX3mHs7LdPfUa2EgO4iJtQxCwN6k=',
  CLIENT_ID: CREDENTIAL.clientId,
  CLIENT_SECRET: CREDENTIAL.clientSecret,
};

const DIGITS = Array.from({ length: 10 }, (_, digit) => `SELECT ${digit} AS d`).join(' UNION ALL ');
/** Rows for each number of so many digits, the first digit in column `a`. */
const numbers = (digits: string): string =>
  digits
    .split('')
    .map((name) => `(${DIGITS}) ${name}`)
    .join(', ');
const ACCOUNT = 'c.d * 1000 + d.d * 100 + e.d * 10 + f.d';
const NAME = `CONCAT('u', ${ACCOUNT})`;
const FIELDS = '[{"field":"title","before":"Engineer","after":"Senior engineer"}]';

/** 10,000 accounts, each of which a hundred runs changed, and ten times a person did: 1,000,000 changes in all. */
export async function fillHistory({ databaseUrl }: Extract<Task, { kind: 'past' }>): Promise<Outcome> {
  const database = await openDatabase(databaseUrl);
  const q = (name: string): string => quote(database.dialect, name);
  const startMs = Date.now() - 100 * EVERY_MS;
  const stop = startWatch();
  await database.transaction(async (session) => {
    await session.execute(
      `INSERT INTO ${session.table('user')} (owner, name, id, display_name, ${q('groups')}, is_admin, is_forbidden, is_deleted)
       SELECT '${ORGANIZATION}', ${NAME}, ${NAME}, ${NAME}, '[]', FALSE, FALSE, FALSE FROM ${numbers('cdef')}`,
    );
    await session.execute(
      `INSERT INTO run_origin (run_id, organization, syncer_name, trigger_kind, actor, started_ms)
       SELECT CONCAT('run-', a.d * 10 + b.d), '${ORGANIZATION}', 'wecom', 'schedule', '${ORGANIZATION}/wecom',
         ${startMs} + (a.d * 10 + b.d) * ${EVERY_MS} FROM ${numbers('ab')}`,
    );
    await session.execute(
      `INSERT INTO sync_change (run_id, seq, kind, userid, userid_key, ${q('user')}, fields, reason, state, at_ms)
       SELECT CONCAT('run-', a.d * 10 + b.d), ${ACCOUNT} + 1, 'update', ${NAME}, ${NAME},
         CONCAT('${ORGANIZATION}/', ${NAME}), '${FIELDS}', '{"en":"Changed in the directory.","zh":"有变化。"}', 'applied',
         ${startMs} + (a.d * 10 + b.d) * ${EVERY_MS} + (${ACCOUNT}) FROM ${numbers('abcdef')}`,
    );
    await session.execute(
      `INSERT INTO audit_log (id, organization, created_time, created_ms, actor, action, target, client_ip, detail, subject)
       SELECT CONCAT(b.d, '-', ${ACCOUNT}), '${ORGANIZATION}', '2026-01-01T00:00:00.000Z', ${startMs} + b.d * ${EVERY_MS},
         '${ORGANIZATION}/chief', 'update-user', CONCAT('${ORGANIZATION}/', ${NAME}), '', '{"outcome":"ok"}',
         CONCAT('${ORGANIZATION}/', ${NAME}) FROM ${numbers('bcdef')}`,
    );
  });
  const watch = stop();
  await database.close();
  return { ...watch, members: ACCOUNTS };
}

/** `get-user-history` over HTTP from the host: the first page of people all over the list, and now and then a later one. */
export async function readHistory(task: Extract<Task, { kind: 'history' }>): Promise<Outcome> {
  // As the program does.
  limitHeapGrowth();
  const host = await createHost(parseSettings({ ...SETTINGS, DATABASE_URL: task.databaseUrl }));
  const url = await host.listen();
  const authorization = `Basic ${btoa(`${CREDENTIAL.clientId}:${CREDENTIAL.clientSecret}`)}`;
  const read = async (account: number, page: number): Promise<void> => {
    const query = `id=${ORGANIZATION}/u${account}&p=${page}&pageSize=${PAGE_SIZE}`;
    const response = await fetch(`${url}/api/get-user-history?${query}`, { headers: { authorization } });
    const answer = (await response.json()) as { status: string; msg: string; data: unknown[]; data2: number };
    if (answer.data2 !== 110 || answer.data.length !== (page < 6 ? PAGE_SIZE : 10))
      throw new Error(`the history of u${account} has ${answer.data2} entries: ${answer.msg}`);
  };
  for (let index = 0; index < 10; index += 1) await read(index, 1);
  const stop = startWatch();
  const took: number[] = [];
  for (let index = 0; index < task.people; index += 1) {
    const started = performance.now();
    await read((index * 7919) % ACCOUNTS, index % 10 === 0 ? 6 : 1);
    took.push(performance.now() - started);
  }
  const watch = stop();
  await host.close();
  const p95Ms = took.sort((a, b) => a - b)[Math.floor(took.length * 0.95)] ?? Number.NaN;
  return { ...watch, members: ACCOUNTS, p95Ms };
}

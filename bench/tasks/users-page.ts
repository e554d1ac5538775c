import { limitHeapGrowth } from '../../src/cli/heap.ts';
import { createHost } from '../../src/host/create-host.ts';
import { parseSettings } from '../../src/host/settings.ts';
import { startWatch } from './stopwatch.ts';
import type { Outcome, Task } from './task.ts';

const PAGE_SIZE = 20;
const CREDENTIAL = { clientId: 'bench', clientSecret: 'a secret of no matter' };

/** `get-users` over HTTP from the host, any page, sorted by name. */
export async function usersPage(task: Extract<Task, { kind: 'users-page' }>): Promise<Outcome> {
  // As the program does.
  limitHeapGrowth();
  const host = await createHost(
    parseSettings({
      DATABASE_URL: task.databaseUrl,
      PORT: '0',
      LOG_LEVEL: 'silent',
      SECRET_KEY: 'Tq1vZy8Kc0bW5nRjX3mHs7LdPfUa2EgO4iJtQxCwN6k=',
      CLIENT_ID: CREDENTIAL.clientId,
      CLIENT_SECRET: CREDENTIAL.clientSecret,
    }),
  );
  const url = await host.listen();
  const authorization = `Basic ${btoa(`${CREDENTIAL.clientId}:${CREDENTIAL.clientSecret}`)}`;
  const read = async (page: number): Promise<number> => {
    const query = `owner=acme&p=${page}&pageSize=${PAGE_SIZE}&sortField=name&sortOrder=ascend`;
    const response = await fetch(`${url}/api/get-users?${query}`, { headers: { authorization } });
    const answer = (await response.json()) as { status: string; msg: string; data: unknown[]; data2: number };
    if (answer.status !== 'ok' || answer.data.length === 0) throw new Error(`page ${page}: ${answer.msg}`);
    return answer.data2;
  };
  const members = await read(1);
  const last = Math.ceil(members / PAGE_SIZE);
  const stop = startWatch();
  const took: number[] = [];
  for (let index = 0; index < task.pages; index += 1) {
    const started = performance.now();
    // Spread over the whole list, and not in order.
    await read(1 + ((index * 7919) % last));
    took.push(performance.now() - started);
  }
  const watch = stop();
  await host.close();
  const p95Ms = took.sort((a, b) => a - b)[Math.floor(took.length * 0.95)] ?? Number.NaN;
  return { ...watch, members, p95Ms };
}

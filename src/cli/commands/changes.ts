import type { Host } from '../../host/host.ts';
import { changeJson, runJson } from '../../host/runs/run-json.ts';

type Run = Awaited<ReturnType<Host['runs']['begin']>>['run'];
type Change = Awaited<ReturnType<Host['runStore']['changes']>>['rows'][number];

const CHANGES_PER_READ = 500;

/** The changes of a run, read page by page. */
export async function* changesOf(host: Host, run: Run): AsyncGenerator<Change> {
  for (let page = 1; ; page += 1) {
    const { rows } = await host.runStore.changes(run.id, {}, page, CHANGES_PER_READ);
    yield* rows;
    if (rows.length < CHANGES_PER_READ) return;
  }
}

/** A run and its changes as one JSON object, written page by page: a preview may list a hundred thousand. */
export async function writeChangesJson(host: Host, run: Run): Promise<void> {
  process.stdout.write(`{"run":${JSON.stringify(runJson(run, 'en'))},"changes":[`);
  let separator = '';
  for await (const change of changesOf(host, run)) {
    process.stdout.write(separator + JSON.stringify(changeJson(change, 'en')));
    separator = ',';
  }
  process.stdout.write(']}\n');
}

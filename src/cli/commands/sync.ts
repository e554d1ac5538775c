import type { Host } from '../../host/host.ts';
import { changeJson, memberReportJson, runJson } from '../../host/runs/run-json.ts';
import { exitCodeOf, type ExitCode } from '../exit-code.ts';
import { SHELL, withHost } from '../open-host.ts';
import { noProgress, openProgress } from '../progress-bar.ts';
import { changeLines, runSummary } from '../run-summary.ts';
import { findSyncer, type StoredSyncer } from '../syncer-id.ts';
import { changesOf, writeChangesJson } from './changes.ts';

export interface SyncOptions {
  readonly json?: boolean;
  readonly member?: string;
}

type Run = Awaited<ReturnType<Host['auditedSyncers']['begin']>>['run'];

const out = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Syncs now, whether the syncer is enabled or not. */
export async function sync(id: string, { json = false, member }: SyncOptions): Promise<ExitCode> {
  return withHost(async (host) => {
    const record = await findSyncer(host, id);
    if (member !== undefined) return syncMember(host, record, member, { json, dryRun: false });
    const run = await follow(host, record, { json, dryRun: false });
    out(json ? JSON.stringify(runJson(run, 'en')) : runSummary(runJson(run, 'en')));
    return exitCodeOf(run.state);
  });
}

/** Lists what a sync would do, and writes nothing else. */
export async function preview(id: string, { json = false, member }: SyncOptions): Promise<ExitCode> {
  return withHost(async (host) => {
    const record = await findSyncer(host, id);
    if (member !== undefined) return syncMember(host, record, member, { json, dryRun: true });
    const run = await follow(host, record, { json, dryRun: true });
    if (json) await writeChangesJson(host, run);
    else {
      for await (const change of changesOf(host, run)) out(changeLines(changeJson(change, 'en')));
      out(runSummary(runJson(run, 'en')));
    }
    return exitCodeOf(run.state);
  });
}

interface Mode {
  readonly json: boolean;
  readonly dryRun: boolean;
}

async function follow(host: Host, record: StoredSyncer, { json, dryRun }: Mode): Promise<Run> {
  const { auditedSyncers, runs } = host;
  const progress = json ? noProgress : openProgress(process.stderr);
  const { run, ended } = await auditedSyncers.begin(record, { dryRun }, SHELL);
  const stop = runs.listen(run.id, (now) => progress.show(runJson(now, 'en')));
  try {
    return await ended;
  } finally {
    stop();
    progress.end();
  }
}

async function syncMember(host: Host, record: StoredSyncer, userid: string, { json, dryRun }: Mode): Promise<ExitCode> {
  const report = await host.auditedSyncers.member(record, { userid }, dryRun, SHELL);
  const { run, steps, change } = memberReportJson(report, 'en');
  if (json) out(JSON.stringify({ run, steps, change }));
  else {
    for (const { name, ok, detail } of steps) out(`${ok ? '✔' : '✘'} ${name}: ${detail}`);
    if (change) out(changeLines(change));
    if (run.error) out(`✘ ${run.error.message}${run.error.remedy ? `\n    → ${run.error.remedy}` : ''}`);
  }
  return exitCodeOf(run.state);
}

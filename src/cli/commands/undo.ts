import { selectionIn } from '../../service/runs/change-selection.ts';
import { changeJson, runJson } from '../../host/runs/run-json.ts';
import { present } from '../../syncer/present.ts';
import { CommandError, EXIT, exitCodeOf, type ExitCode } from '../exit-code.ts';
import { orWrong } from '../failure.ts';
import { SHELL, withHost } from '../open-host.ts';
import { changeLines, runSummary } from '../run-summary.ts';
import { changesOf, writeChangesJson } from './changes.ts';

export interface UndoOptions {
  readonly dryRun?: boolean;
  /** Absent: everybody. */
  readonly member?: readonly string[];
  readonly json?: boolean;
}

/** Takes back what a run did, where it still stands as that run left it. */
export async function undo(id: string, { dryRun = false, member, json = false }: UndoOptions): Promise<ExitCode> {
  return withHost(async (host) => {
    const undone = id.length > 36 ? undefined : await host.runs.find(id);
    if (!undone) throw new CommandError(`There is no run "${id.slice(0, 64)}".`, EXIT.usage);
    const run = await orWrong(async () => {
      const selection = selectionIn(present({ userids: member }));
      return host.decisions.undo(undone, { selection, dryRun, comment: '' }, SHELL);
    });
    if (json) await writeChangesJson(host, run);
    else {
      for await (const change of changesOf(host, run))
        process.stdout.write(`${changeLines(changeJson(change, 'en'))}\n`);
      process.stdout.write(`${runSummary(runJson(run, 'en'))}\n`);
    }
    return exitCodeOf(run.state);
  });
}

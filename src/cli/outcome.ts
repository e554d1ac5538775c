import { loadOptional } from '../package-json.ts';
import type { ExitCode } from './exit-code.ts';

/** What a command says to a person; stdout carries nothing but the outcome. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Ends the process with the command's exit code; whatever it threw becomes one sentence for a person. */
export async function conclude(command: () => Promise<ExitCode>): Promise<void> {
  try {
    process.exitCode = await loadOptional(command);
  } catch (error) {
    // What only a failure needs would double the time of `--help`.
    const { exitCodeFor, sentenceFor } = await import('./failure.ts');
    process.exitCode = exitCodeFor(error);
    say(`wecom-syncer: ${sentenceFor(error)}`);
  }
}

/** What the shell is told, as the contract has it. */
export const EXIT = { done: 0, failed: 1, partial: 2, held: 3, usage: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code of a run by its last state. */
export function exitCodeOf(state: string): ExitCode {
  switch (state) {
    case 'succeeded':
      return EXIT.done;
    case 'partial':
      return EXIT.partial;
    case 'held':
      return EXIT.held;
    default:
      return EXIT.failed;
  }
}

/** Ends the command with a sentence for a person; never carries a secret. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  constructor(
    message: string,
    readonly exitCode: ExitCode,
  ) {
    super(message);
  }
}

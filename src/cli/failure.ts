import { SettingsError } from '../host/settings.ts';
import { errorReply } from '../host/http/error-reply.ts';
import { Refusal } from '../service/refusal.ts';
import { ConfigError, errorFields, kindOf } from '../syncer/errors.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';

export function exitCodeFor(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  return error instanceof SettingsError ? EXIT.usage : EXIT.failed;
}

/** Drivers and clients put statements, values and URLs into their messages: only our own are shown. */
export function sentenceFor(error: unknown): string {
  if (error instanceof CommandError || error instanceof SettingsError) return error.message;
  const { unforeseen, envelope } = errorReply(error, 'en');
  return unforeseen ? unforeseenSentence(error) : envelope.msg;
}

/** A command keeps no log that could be looked into afterwards, so what a log would say is said here. */
function unforeseenSentence(error: unknown): string {
  return `Something went wrong inside (${kindOf(error)}). Report it with these lines:\n${errorFields(error).stack ?? ''}`;
}

/**
 * Whatever is refused was given in the arguments.
 *
 * @throws CommandError that says so
 */
export async function orWrong<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) throw new CommandError(error.text.en, EXIT.usage);
    if (error instanceof ConfigError) {
      throw new CommandError([error.text.en, error.remedy?.en ?? ''].join(' ').trim(), EXIT.usage);
    }
    throw error;
  }
}

import type { ExternalId } from './external-id.ts';
import { text, type Text } from './text.ts';

/** What the catcher does: repeat, pass over one record, show an operator what to fix, ask a person, end the run. */
export type Recovery = 'retry' | 'skip' | 'fix' | 'confirm' | 'abort';

export interface SyncErrorOptions {
  /** What to change, for the person who can; leave out where nobody can. */
  readonly remedy?: Text;
  /** The vendor's own number, for the operator's search box. */
  readonly vendorCode?: number;
}

/**
 * Everything that can go wrong in a sync, by what is to be done about it. There is no `cause`: transport errors carry
 * URLs with secrets in them, so they are translated where they occur and never passed on.
 */
export abstract class SyncError extends Error {
  /** Kebab-case, stable: part of the HTTP contract. */
  abstract readonly code: string;
  abstract readonly recovery: Recovery;
  readonly text: Text;
  readonly remedy: Text | undefined;
  readonly vendorCode: number | undefined;

  constructor(message: Text, options: SyncErrorOptions = {}) {
    super(message.en);
    this.name = new.target.name;
    this.text = message;
    this.remedy = options.remedy;
    this.vendorCode = options.vendorCode;
  }
}

/** The vendor asks us to wait. */
export class RateLimitError extends SyncError {
  readonly code = 'rate-limited';
  readonly recovery = 'retry';
  /** Milliseconds after which a call may be tried again. */
  readonly retryAfterMs: number;

  constructor(message: Text, options: SyncErrorOptions & { readonly retryAfterMs: number }) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The vendor could not be reached or is busy; nothing is known about the directory. */
export class UnavailableError extends SyncError {
  readonly code = 'unavailable';
  readonly recovery = 'retry';
}

/**
 * One record cannot be mapped. With an id the person counts as shown all the same; without one nobody knows who was
 * not shown, so the read counts as incomplete.
 */
export class MappingError extends SyncError {
  readonly code = 'unmappable';
  readonly recovery = 'skip';
  readonly externalId: ExternalId | undefined;

  constructor(message: Text, options: SyncErrorOptions & { readonly externalId?: ExternalId } = {}) {
    super(message, options);
    this.externalId = options.externalId;
  }
}

/** A part of the directory that could not be read. */
export interface UnreadPart {
  /** Such as `department 12`; named to the operator. */
  readonly name: string;
  readonly error: SyncError;
}

/**
 * Thrown at the end of a read that left something out: what was shown is good, but absence proves nothing, so nobody
 * is locked out for being absent.
 */
export class IncompleteReadError extends SyncError {
  readonly code = 'incomplete-read';
  readonly recovery = 'skip';
  readonly parts: readonly UnreadPart[];

  constructor(parts: readonly UnreadPart[]) {
    const names = parts
      .slice(0, 5)
      .map((part) => part.name)
      .join(', ');
    const more = parts.length > 5 ? ` (+${parts.length - 5})` : '';
    const [first] = parts;
    super(
      text(`Could not read ${names}${more}.`, `未能读取：${names}${more}。`),
      first?.error.remedy ? { remedy: first.error.remedy } : {},
    );
    this.parts = parts;
  }
}

/** A list of everybody by id that names fewer people than there are: nothing is done about anybody. */
export class IncompleteRosterError extends SyncError {
  readonly code = 'roster-incomplete';
  readonly recovery = 'skip';
}

/** The credentials show no groups at all, whatever they show of members: groups and memberships stay as they are. */
export class GroupsHiddenError extends SyncError {
  readonly code = 'groups-hidden';
  readonly recovery = 'skip';
}

/** A setting is missing or wrong; the message names it. */
export class ConfigError extends SyncError {
  readonly code = 'config';
  readonly recovery = 'fix';
}

/** The vendor does not accept the credentials. */
export class CredentialsError extends SyncError {
  readonly code = 'credentials';
  readonly recovery = 'fix';
}

/** The credentials are good but may not read this. */
export class PermissionError extends SyncError {
  readonly code = 'permission';
  readonly recovery = 'fix';
}

/** The object asked for does not exist, or is not visible to these credentials. */
export class NotFoundError extends SyncError {
  readonly code = 'not-found';
  readonly recovery = 'skip';
}

/** The vendor refuses our network address. */
export class NetworkPolicyError extends SyncError {
  readonly code = 'network-policy';
  readonly recovery = 'fix';
  /** The address that the vendor saw; the one to allow. */
  readonly egressIp: string | undefined;

  constructor(message: Text, options: SyncErrorOptions & { readonly egressIp?: string } = {}) {
    super(message, options);
    this.egressIp = options.egressIp;
  }
}

/** An answer that the documents do not describe; going on could read it wrongly. */
export class ProtocolError extends SyncError {
  readonly code = 'protocol';
  readonly recovery = 'abort';
}

/** A person or a shutdown ended the run. */
export class CancelledError extends SyncError {
  readonly code = 'cancelled';
  readonly recovery = 'abort';

  constructor(message: Text = text('The run was cancelled.', '同步已取消。')) {
    super(message);
  }
}

/** A callback that the directory did not send, or sent long ago; whoever did learns no more than that it was refused. */
export class CallbackRefusedError extends SyncError {
  readonly code = 'callback-refused';
  readonly recovery = 'skip';
}

/** A run worked for longer than it may. */
export class DeadlineError extends SyncError {
  readonly code = 'deadline';
  readonly recovery = 'fix';
}

/** Another run of the same syncer holds the right to run, or took it away from this one. */
export class LeaseError extends SyncError {
  readonly code = 'lease';
  readonly recovery = 'abort';
}

/** Raised by `signal` checks between steps. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw signal.reason instanceof SyncError ? signal.reason : new CancelledError();
}

/**
 * Something that nobody foresaw, in words of our own: its message names no value, no address and no secret, so that it
 * may be told to whoever asked.
 */
export abstract class UnforeseenError extends Error {}

/** What may be told of an error that nobody foresaw: its kind and where it happened. Others' messages carry rows and URLs. */
export const errorFields = (
  error: unknown,
): {
  readonly type: string;
  readonly code: string | number | undefined;
  readonly detail?: string;
  readonly stack: string | undefined;
} => {
  const { code } = (error ?? {}) as { code?: unknown };
  return {
    type: error instanceof Error ? (plainWord(error.name) ?? 'Error') : typeof error,
    code: typeof code === 'number' ? code : plainWord(code),
    ...(error instanceof UnforeseenError && { detail: error.message }),
    stack: stackOf(error),
  };
};

/** Names and codes are words; whatever else stands in their place is not told. */
const plainWord = (word: unknown): string | undefined =>
  typeof word === 'string' && /^[\w-]{1,40}$/.test(word) ? word : undefined;

/** An error that nobody foresaw, in few words: its own where they may be told, else its kind. */
export function kindOf(error: unknown): string {
  const { type, code, detail } = errorFields(error);
  return detail?.replace(/\.$/, '') ?? (code === undefined ? type : `${type}, ${code}`);
}

/** Where it happened, without the message. */
function stackOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const frames = (error.stack ?? '').replace(error.message, '').split('\n');
  return frames.filter((line) => /^\s+at /.test(line)).join('\n');
}

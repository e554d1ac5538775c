import type { ExternalId } from './external-id.ts';

/** What a directory said on its own. It is never more than a hint: whoever acts on it asks the directory first. */
export type DirectoryHint =
  | {
      readonly about: 'member';
      readonly id: ExternalId;
      /** The id that this member had before. */
      readonly formerId?: ExternalId;
    }
  /** Something that only a full read shows: a member or a department that is gone, a tree that changed. */
  | { readonly about: 'directory' };

/** One call of the directory, as it came in. */
export interface CallbackCall {
  /** Without the question mark, still encoded. */
  readonly query: string;
  readonly body: string;
}

/** A message that the directory sent, as far as its signature tells. */
export interface DirectoryMessage {
  /** The same for the same signed message, however often and by whomever it is sent; 64 characters at most. */
  readonly id: string;
  /** How long from now it could be sent again and would still be read, in milliseconds. */
  readonly validMs: number;
  /** Nothing for an event that says nothing about members or departments. */
  readonly hints: readonly DirectoryHint[];
}

/** Reads what a directory sends to a callback address. Pure, apart from the clock. */
export interface CallbackReader {
  /**
   * The directory tests the address.
   *
   * @returns what is to be answered, as plain text
   * @throws CallbackRefusedError
   */
  confirm(call: CallbackCall): string;
  /** @throws CallbackRefusedError */
  read(call: CallbackCall): DirectoryMessage;
}

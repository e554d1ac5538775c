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

/** Reads what a directory sends to a callback address. Pure, apart from the clock. */
export interface CallbackReader {
  /**
   * The directory tests the address.
   *
   * @returns what is to be answered, as plain text
   * @throws CallbackRefusedError
   */
  confirm(call: CallbackCall): string;
  /**
   * @returns nothing for an event that says nothing about members or departments
   * @throws CallbackRefusedError
   */
  read(call: CallbackCall): readonly DirectoryHint[];
}

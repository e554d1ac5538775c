import { createContext, use } from 'react';
import type { SyncerPatch } from '../api/calls.ts';

/** Where a form reads departments and tags from: the directory that its connection leads to. */
export interface DirectorySource {
  /** Whether this type of directory lists what may be chosen; else ids are typed. */
  readonly canList: boolean;
  /** Whether what is stored may be asked before anybody opens a list, to call the chosen by their names. */
  readonly isReady: boolean;
  /** The connection as it stands in the form. */
  readonly connection: () => SyncerPatch;
  /** Whether it is complete enough to be asked; the fields themselves say what they miss. */
  readonly check: () => Promise<boolean>;
}

export const DirectorySourceContext = createContext<DirectorySource>({
  canList: false,
  isReady: false,
  connection: () => ({ organization: '', name: '' }),
  check: () => Promise.resolve(false),
});

export const useDirectorySource = (): DirectorySource => use(DirectorySourceContext);

import { queryOptions } from '@tanstack/react-query';
import { createContext, use } from 'react';
import { readDirectory, type DirectoryList, type SyncerPatch } from '../api/calls.ts';
import type { Choice } from './choice-tree.ts';

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

/** What is read stays as it is for a while; reading it asks the directory. */
const FRESH_MS = 300_000;

/**
 * What a connection shows. It is asked when a person asks, and not each time he comes back to the page: a directory counts
 * credentials that it refuses, and blocks this server after too many.
 *
 * @param asked undefined: nobody is asked
 */
export const directoryQuery = (of: DirectoryList, asked: SyncerPatch | undefined) =>
  queryOptions({
    queryKey: ['directory', of, asked],
    queryFn: async (): Promise<readonly Choice[]> =>
      asked === undefined ? [] : (await readDirectory(of, asked)).content,
    enabled: asked !== undefined,
    staleTime: FRESH_MS,
    // Whoever waits for a list is told at once what is wrong with the connection.
    retry: false,
    retryOnMount: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

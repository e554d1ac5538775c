import { useQuery } from '@tanstack/react-query';
import { getSyncerTypes } from './calls.ts';

/** The types of directory that the host knows; they change only with the host itself. */
export const useSyncerTypes = () =>
  useQuery({ queryKey: ['syncer-types'], queryFn: getSyncerTypes, staleTime: Infinity });

/** What a type is called; one that the host knows no longer is called by its name. */
export function useTypeTitle(type: string): string {
  return useSyncerTypes().data?.content.find((known) => known.type === type)?.title ?? type;
}

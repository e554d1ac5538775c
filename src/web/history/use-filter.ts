import { useSearchParams } from 'react-router';
import { isGlobal, useSession } from '../api/session.ts';

/** What a page is asked for in its address, so that a link leads to the same rows; "" = not said. */
export function useFilter<Name extends string>(
  names: readonly Name[],
): readonly [Readonly<Record<Name, string>>, (changed: Partial<Record<Name, string>>) => void] {
  const [query, setQuery] = useSearchParams();
  const filter = Object.fromEntries(names.map((name) => [name, query.get(name) ?? ''])) as Record<Name, string>;
  const change = (changed: Partial<Record<Name, string>>): void =>
    setQuery(
      (current) => {
        for (const [name, value] of Object.entries<string | undefined>(changed)) {
          if (value) current.set(name, value);
          else current.delete(name);
        }
        return current;
      },
      { replace: true },
    );
  return [filter, change];
}

/** Whoever administers all organizations may look at all of them at once; everybody else sees his own. */
export function useReach(asked: string): { readonly organization: string; readonly seesAll: boolean } {
  const account = useSession();
  const seesAll = isGlobal(account);
  return { organization: asked !== '' || seesAll ? asked : account.owner, seesAll };
}

import { useQuery } from '@tanstack/react-query';
import { Button, Spin } from 'antd';
import type { ReactNode } from 'react';
import { Navigate, useLocation } from 'react-router';
import { getAccount } from '../api/calls.ts';
import { useMessages } from '../language/language.ts';
import { IS_MOUNTED } from '../api/place.ts';
import { Blank } from '../parts/blank.tsx';
import { Problem } from '../parts/problem.tsx';
import { Frame } from './frame.tsx';
import { SessionContext } from '../api/session.ts';
import './frame.css';

/** The pages behind the sign-in; whoever is not signed in is asked to, and comes back afterwards. */
export function SignedIn(): ReactNode {
  const words = useMessages();
  const { pathname, search } = useLocation();
  const account = useQuery({
    queryKey: ['account'],
    queryFn: async () => (await getAccount()) ?? null,
    staleTime: 60_000,
  });
  if (account.data) {
    return (
      <SessionContext value={account.data}>
        <Frame />
      </SessionContext>
    );
  }
  if (account.isError) {
    return (
      <div className="alone">
        <Problem error={account.error} retry={() => void account.refetch()} />
      </div>
    );
  }
  if (account.data === null && !account.isFetching) {
    if (IS_MOUNTED) return <Stranger />;
    return <Navigate to={`/signin?next=${encodeURIComponent(pathname + search)}`} replace />;
  }
  return (
    <div className="alone">
      <Spin size="large" aria-label={words.loading} />
    </div>
  );
}

/** Where somebody else's page signs people in, this one cannot lead there. */
function Stranger(): ReactNode {
  const words = useMessages();
  return (
    <main className="alone">
      <Blank title={words.signIn.elsewhereTitle} text={words.signIn.elsewhereText}>
        <Button onClick={() => location.reload()}>{words.problem.reload}</Button>
      </Blank>
    </main>
  );
}

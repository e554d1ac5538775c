import { useQuery } from '@tanstack/react-query';
import { Spin } from 'antd';
import type { ReactNode } from 'react';
import { Navigate, useLocation } from 'react-router';
import { getAccount } from '../api/calls.ts';
import { useMessages } from '../language/language.ts';
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
    return <Navigate to={`/signin?next=${encodeURIComponent(pathname + search)}`} replace />;
  }
  return (
    <div className="alone">
      <Spin size="large" aria-label={words.loading} />
    </div>
  );
}

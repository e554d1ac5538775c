import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import type { ProtectionJson, UserJson } from '../../host/api.ts';
import { getProtections, protectUser, unprotectUser } from '../api/calls.ts';
import { useMessages } from '../language/language.ts';
import { useNotices } from '../parts/notices.ts';

/** So many of an organization are told in the list of users; all of them are on a page of their own. */
const MOST = 1000;

/** The accounts that a person told runs to leave alone, by `ORG/NAME`. */
export function useLeftAlone(organization: string): ReadonlyMap<string, ProtectionJson> {
  const { data } = useQuery({
    queryKey: ['protections', organization, 'accounts'],
    queryFn: () => getProtections(organization, { page: 1, pageSize: MOST }),
    enabled: organization !== '',
  });
  const accounts = (data?.content ?? []).filter(({ kind }) => kind === 'user');
  return new Map(accounts.map((protection) => [protection.value, protection]));
}

interface LeaveAloneButtonProps {
  readonly user: UserJson;
  /** By which it is left alone already. */
  readonly protection: ProtectionJson | undefined;
}

/** An emergency account is one click: nobody locks himself out by a setting. */
export function LeaveAloneButton({ user, protection }: LeaveAloneButtonProps): ReactNode {
  const words = useMessages().protections;
  const queries = useQueryClient();
  const { done, problem } = useNotices();
  const { owner, name } = user;
  const title = user.displayName || name;
  const { mutate, isPending } = useMutation({
    mutationFn: (): Promise<unknown> =>
      protection
        ? unprotectUser(protection)
        : protectUser({ owner, kind: 'user', value: `${owner}/${name}`, reason: words.emergency }),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: ['protections'] });
      done(protection ? words.removed(title) : words.added(title));
    },
    onError: problem,
  });
  if (user.isDeleted) return null;
  return (
    <Button
      size="small"
      type={protection ? 'default' : 'text'}
      className="row-action"
      loading={isPending}
      aria-label={protection ? words.markedNamed(title) : words.leaveNamed(title)}
      onClick={() => mutate()}
    >
      {protection ? words.marked : words.leave}
    </Button>
  );
}

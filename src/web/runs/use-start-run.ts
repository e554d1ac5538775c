import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { SyncerJson } from '../../host/api.ts';
import { runSyncer } from '../api/calls.ts';
import { useNotices } from '../parts/notices.ts';

/** Starts a run, or a preview of one, and goes to its page. */
export function useStartRun({ organization, name }: Pick<SyncerJson, 'organization' | 'name'>): {
  readonly start: (dryRun: boolean) => void;
  readonly starting: boolean;
} {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { problem } = useNotices();
  const { mutate, isPending } = useMutation({
    mutationFn: (dryRun: boolean) => runSyncer({ organization, name }, dryRun),
    async onSuccess({ content: run }) {
      queries.setQueryData(['run', run.id], { content: run, remark: '', total: 0 });
      void queries.invalidateQueries({ queryKey: ['syncers'] });
      await navigate(`/runs/${run.id}`);
    },
    onError: problem,
  });
  return { start: mutate, starting: isPending };
}

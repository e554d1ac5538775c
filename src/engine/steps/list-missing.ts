import type { Change } from '../../identity/change.ts';
import { text } from '../../syncer/text.ts';
import type { ReviewedChange } from '../plan/lock-outs/reviewed-changes.ts';
import { batches, onPage, type RunContext } from './run-context.ts';

/** Lists what was reviewed and is not as it was: nothing of it was done. */
export async function listMissing(missing: readonly ReviewedChange[], context: RunContext): Promise<void> {
  const { recorder, scope } = context;
  for (const batch of batches(missing)) {
    const changes = batch.map(({ userid, user, fields }): Change => ({
      kind: 'skip',
      userid,
      user,
      fields,
      reason: CHANGED_SINCE,
      state: 'rejected',
    }));
    await onPage(context, (page) => page.write(scope, { runId: recorder.run.id, changes }));
    recorder.count('skipped', changes.length);
    for (const { userid } of changes) recorder.warn('changed-since', CHANGED_SINCE, userid);
  }
}

const CHANGED_SINCE = text(
  'This is not as it was in the preview any more, so nothing was done. Make a new preview to see what would be done now.',
  '情况与预览时不再一致，因此未作任何更改。请重新预览以查看当前将进行的更改。',
);

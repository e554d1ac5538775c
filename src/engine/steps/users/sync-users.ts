import { setImmediate } from 'node:timers/promises';
import { IncompleteReadError, throwIfAborted } from '../../../syncer/errors.ts';
import { externalId, keyOf, type ExternalKey } from '../../../syncer/external-id.ts';
import { isMemberLookup, isProgressReporter, isReadReporter } from '../../../syncer/syncer.ts';
import { askAboutAll } from '../ask-directory.ts';
import { batches, type RunContext } from '../run-context.ts';
import type { GroupsRead } from '../groups/groups-read.ts';
import { warnUnread } from '../groups/sync-groups.ts';
import { UserPages } from './user-pages.ts';
import { namesOfNobody } from './wished-names.ts';

const SHOW_EVERY_MS = 250;

/** Members, page by page as they arrive: grants and profile changes are applied, lock-outs only noted. */
export async function syncUsers(context: RunContext, groups: GroupsRead): Promise<UserPages> {
  const { recorder, syncer } = context;
  const users = await UserPages.open(context, groups, { recreate: false });
  const stopShowing = keepShowingProgress(context);
  try {
    for await (const members of syncer.fetchUsers(context.signal)) {
      throwIfAborted(context.signal);
      await users.store(members);
      // SQLite answers in this very turn: whoever asks the host something comes between two pages.
      await setImmediate();
      showProgress(context);
      await recorder.progress();
    }
  } catch (error) {
    if (!(error instanceof IncompleteReadError)) throw error;
    users.missedSome();
    warnUnread(error, context);
  } finally {
    stopShowing();
  }
  await settleNewcomers(users, context);
  showProgress(context);
  if (isReadReporter(syncer)) for (const note of syncer.readNotes()) recorder.warn(note.code, note.message);
  return users;
}

/** Everybody was shown: who waited is linked to the account of before, or to the one that he alone claims, or is new. */
async function settleNewcomers(users: UserPages, context: RunContext): Promise<void> {
  const { complete } = users;
  const { former, renamed, ordinary } = users.settle(complete ? await goneAmong(users, context) : undefined);
  const freeNames = complete ? undefined : await namesOfNobody(ordinary, context);
  for (const profiles of [renamed, ordinary]) {
    for (const batch of batches(profiles)) {
      throwIfAborted(context.signal);
      await users.storeProfiles(batch, {
        former,
        settled: complete ? 'whole' : 'part',
        ...(freeNames && { freeNames }),
      });
    }
  }
}

/** An account goes on to another id only when the directory says that the former one is no more. */
async function goneAmong(
  { formerSelves, seen }: UserPages,
  { signal, syncer }: RunContext,
): Promise<(key: ExternalKey) => boolean> {
  if (!isMemberLookup(syncer)) return (key) => !seen.has(key);
  const missing = formerSelves.filter((key) => !seen.has(key));
  const answers = await askAboutAll(
    missing.map((key) => externalId(key)),
    syncer,
    signal,
  );
  const gone = new Set<ExternalKey>();
  for (const [id, answer] of answers) if ('says' in answer && answer.says === 'gone') gone.add(keyOf(id));
  return (key) => gone.has(key);
}

function showProgress(context: RunContext): void {
  if (isProgressReporter(context.syncer)) context.recorder.showProgress(context.syncer.readProgress());
}

/** Departments are many to a page: whoever watches sees them go by while the next page is read. Answers how to stop. */
function keepShowingProgress(context: RunContext): () => void {
  if (!isProgressReporter(context.syncer)) return () => undefined;
  const timer = setInterval(() => {
    showProgress(context);
    context.recorder.announce();
  }, SHOW_EVERY_MS);
  return () => clearInterval(timer);
}

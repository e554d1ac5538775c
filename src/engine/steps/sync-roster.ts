import { CancelledError, IncompleteRosterError, MappingError, SyncError, throwIfAborted } from '../../syncer/errors.ts';
import { keyOf, type ExternalKey } from '../../syncer/external-id.ts';
import type { UserProfile } from '../../syncer/profile.ts';
import { isMemberLookup, type MemberLookup, type Syncer } from '../../syncer/syncer.ts';
import { chunks } from '../../syncer/chunks.ts';
import { text } from '../../syncer/text.ts';
import { GONE, type LockOut } from '../plan/lock-outs/lock-out.ts';
import type { Sighting } from '../plan/roster.ts';
import { askAboutAll, leftAlone, type Answer } from './ask-directory.ts';
import { knownGroups } from './groups/sync-groups.ts';
import { LockOutPages } from './lock-outs/lock-out-pages.ts';
import { excludedByScope, excludedReason } from './lock-outs/not-shown.ts';
import { sweepGone, type LimitVerdict, type SweepDecisions } from './lock-outs/sweep.ts';
import { batches, type RunContext } from './run-context.ts';
import { NO_LOOKUP } from './sync-member.ts';
import { settleNamed } from './users/settle-named.ts';
import { UserPages } from './users/user-pages.ts';

/** What a roster check found, and a run is to look at. */
export interface RosterFindings {
  readonly present: readonly Sighting[];
  readonly missing: readonly Sighting[];
  /** Everybody whom the roster named. */
  readonly named: ReadonlySet<ExternalKey>;
}

/** What became of it. */
interface RosterOutcome extends LimitVerdict {
  /** How many could not be read, mapped or stored. */
  readonly failures: number;
  /** Who could not be told about: to be looked at again. */
  readonly unknown: ReadonlySet<ExternalKey>;
  /** Whom the directory showed with access, of those whom a run awaits. */
  readonly returned: ReadonlySet<ExternalKey>;
}

const AT_ONCE = 8;

/**
 * Members whom a roster lacks, asked about by name.
 *
 * @returns those who are gone; who is there out of sight is nobody's leaver
 * @throws IncompleteRosterError when the directory shows one of them, or cannot be asked: then the roster proves nothing
 */
export async function findGone(
  missing: readonly Sighting[],
  syncer: Syncer & MemberLookup,
  signal: AbortSignal,
): Promise<readonly Sighting[]> {
  const gone: Sighting[] = [];
  for (const some of chunks(missing, AT_ONCE)) {
    throwIfAborted(signal);
    const answers = await askAboutAll(
      some.map(({ id }) => id),
      syncer,
      signal,
    );
    for (const sighting of some) {
      const answer = answers.get(sighting.id);
      if (answer === undefined || isThere(answer)) throw hides(sighting.id, answer);
      if (answer.says === 'gone') gone.push(sighting);
    }
  }
  return gone;
}

/** Also when nobody can tell. */
const isThere = (answer: Answer | SyncError): answer is SyncError | Exclude<Answer, { says: 'gone' | 'outOfSight' }> =>
  answer instanceof SyncError || answer.says === 'inScope' || answer.says === 'excluded';

/** Whoever came, moved or left since the last run of everybody: read one by one, locked out as at the end of that. */
export async function syncRoster(
  { present, missing, named }: RosterFindings,
  decisions: SweepDecisions,
  context: RunContext,
): Promise<RosterOutcome> {
  const { syncer, signal, recorder, grace } = context;
  if (!isMemberLookup(syncer)) throw NO_LOOKUP;
  // Before anything is written: a roster that hides somebody does nothing.
  const gone = await findGone(missing, syncer, signal);
  const groups = await knownGroups(context);
  const users = await UserPages.open(context, groups, { recreate: false });
  const pages = new LockOutPages(context, groups, users);
  await recorder.enter('applying');
  const answers = await askAboutAll(
    present.map(({ id }) => id),
    syncer,
    signal,
  );
  const read = sortAnswers(present, answers, context);
  for (const batch of batches(read.shown)) {
    throwIfAborted(signal);
    await users.storeProfiles(batch);
    recorder.sawMembers(batch.length);
    recorder.count('members', batch.length);
    await recorder.progress();
  }
  await users.storeAsked(read.kept);
  const leavers = [...gone, ...read.gone].map(({ key }): LockOut => ({ key, cause: 'gone', reason: GONE }));
  await settleNamed(users, leavers, context);
  await context.protections.endSeen(read.shown);
  const shown = new Set(read.shown.map(({ externalId }) => keyOf(externalId)));
  await grace.settle((key) => shown.has(key));
  await recorder.enter('sweeping');
  const lockOuts = [
    ...users.lockOuts.values(),
    ...read.excluded,
    ...leavers.filter(({ key }) => !users.moved.has(key) && !users.lockOuts.has(key)),
  ];
  const verdict = await sweepGone(lockOuts, decisions, { pages, users, named }, context);
  const failures = read.unknown.size + users.failedWrites + pages.failedWrites;
  return { ...verdict, failures, unknown: read.unknown, returned: users.returned };
}

/** What is to be done about those who were read. */
interface ReadByName {
  readonly shown: UserProfile[];
  /** Held, and to be left as they are. */
  readonly kept: UserProfile[];
  readonly gone: Sighting[];
  readonly excluded: LockOut[];
  readonly unknown: Set<ExternalKey>;
}

function sortAnswers(
  present: readonly Sighting[],
  answers: Awaited<ReturnType<typeof askAboutAll>>,
  context: RunContext,
): ReadByName {
  const read: ReadByName = { shown: [], kept: [], gone: [], excluded: [], unknown: new Set() };
  for (const sighting of present) {
    const { key, id, isHeld } = sighting;
    const answer = answers.get(id);
    if (answer === undefined || answer instanceof SyncError) {
      read.unknown.add(key);
      const reason = answer?.text ?? NOBODY_TELLS;
      context.recorder.warn(answer instanceof MappingError ? 'member-unmappable' : 'member-unread', reason, id);
    } else if (answer.says === 'inScope') read.shown.push(answer.profile);
    else if (isHeld) sortHeld(sighting, answer, read, context);
  }
  return read;
}

/** Of a stranger who is not shown there is nothing to be said. */
function sortHeld(
  sighting: Sighting,
  answer: Exclude<Answer, { says: 'inScope' }>,
  read: ReadByName,
  context: RunContext,
): void {
  const { key, id } = sighting;
  switch (answer.says) {
    case 'gone':
      read.gone.push(sighting);
      break;
    case 'outOfSight':
      read.kept.push(answer.profile);
      break;
    case 'excluded':
      if (context.settings.excluded === 'leave') read.kept.push(leftAlone(id, excludedReason(context)));
      else read.excluded.push({ key, cause: 'gone', reason: excludedByScope(answer.detail) });
      break;
  }
}

const NOBODY_TELLS = text('The directory could not be asked about this member.', '无法单独查询该成员。');

function hides(id: string, answer: Answer | SyncError | undefined): IncompleteRosterError {
  if (answer instanceof CancelledError) throw answer;
  const why =
    answer instanceof SyncError ? answer.text : text('The directory still shows this member.', '通讯录中仍有该成员。');
  return new IncompleteRosterError(
    text(
      `The roster does not name ${id}. ${why.en} So it is not complete, and nothing was done.`,
      `名单中没有 ${id}。${why.zh}因此该名单不完整，未作任何更改。`,
    ),
    { remedy: CHECK_ROSTER },
  );
}

export const CHECK_ROSTER = text(
  'The next full run looks at everybody. If it goes on: check the Contacts Secret and what it may read (通讯录同步 → 权限), or set rosterInterval to 0.',
  '下次完整同步会检查所有成员。若问题持续：请检查通讯录同步 Secret 及其权限(通讯录同步 → 权限)，或将 rosterInterval 设为 0。',
);

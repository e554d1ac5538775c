import type { Change } from '../../../identity/change.ts';
import type { HeldAccount } from '../../../identity/account.ts';
import { externalId, keyOf, type ExternalKey } from '../../../syncer/external-id.ts';
import { stateIn } from '../../plan/page.ts';
import { text } from '../../../syncer/text.ts';
import type { LockOut } from '../../plan/lock-outs/lock-out.ts';
import { likeness, type RenameSuggestion } from '../../plan/users/renames.ts';
import { questionsAbout } from '../questions.ts';
import type { Doubt } from '../run-questions.ts';
import { batches, onPage, type RunContext } from '../run-context.ts';

/** What is known of newcomers who may be somebody else of ours. */
interface Newcomers {
  readonly suggestions: readonly RenameSuggestion[];
  /** Userids of those without mobile and e-mail, by what else can be compared. */
  readonly newcomersByLikeness: ReadonlyMap<string, readonly string[]>;
}

/**
 * Names pairs of a newcomer and a leaver who may be one person, for somebody to decide. Meanwhile both fears are served:
 * the newcomer has an account, and the leaver's goes the way of every leaver's.
 */
export async function suggestRenames(
  { suggestions: known, newcomersByLikeness }: Newcomers,
  gone: readonly LockOut[],
  context: RunContext,
): Promise<void> {
  const suggestions = [...known, ...(await findByLikeness(newcomersByLikeness, gone, context))];
  for (const batch of batches(suggestions)) await record(batch, context);
}

/** Mobile and e-mail are hidden: the same name in the same departments, and exactly one on either side. */
async function findByLikeness(
  newcomers: Newcomers['newcomersByLikeness'],
  gone: readonly LockOut[],
  context: RunContext,
): Promise<RenameSuggestion[]> {
  if (newcomers.size === 0) return [];
  const leavers = new Map<string, ExternalKey[]>();
  for (const batch of batches(gone)) {
    const keys = batch.map(({ key }) => key);
    for (const [key, { account, link }] of await hold(keys, context)) {
      // Who had no access left some other day.
      if (!account || account.isForbidden || account.isDeleted) continue;
      const like = likeness(account.values.displayName, link.groups);
      if (like === undefined || !newcomers.has(like)) continue;
      leavers.set(like, [...(leavers.get(like) ?? []), key]);
    }
  }
  return [...leavers].flatMap(([like, [former, ...otherLeavers]]) => {
    const [userid, ...otherNewcomers] = newcomers.get(like) ?? [];
    const isPair = otherLeavers.length === 0 && otherNewcomers.length === 0;
    return isPair && userid !== undefined && former !== undefined ? [{ userid, former }] : [];
  });
}

const hold = (keys: readonly ExternalKey[], context: RunContext): Promise<Map<ExternalKey, HeldAccount>> =>
  onPage(context, (page) => page.heldAccounts(context.scope, keys));

async function record(suggestions: readonly RenameSuggestion[], context: RunContext): Promise<void> {
  const { recorder, reviewed, scope, dryRun, questions } = context;
  const keys = suggestions.flatMap(({ userid, former }) => [former, keyOf(externalId(userid))]);
  const held = await hold([...new Set(keys)], context);
  const found = suggestions.flatMap(({ userid, former }): Change[] => {
    const old = held.get(former);
    if (!old) return [];
    return [
      {
        kind: 'conflict',
        userid,
        user: `${scope.organization}/${old.link.accountName}`,
        fields: [{ field: 'userid', before: old.link.externalId, after: userid }],
        reason: MAYBE_RENAMED,
        state: stateIn(dryRun, 'conflict'),
      },
    ];
  });
  const changes = found.filter((change) => reviewed?.has(change) !== false);
  for (const { userid, fields } of changes) {
    recorder.warn('rename-suggested', MAYBE_RENAMED, `${String(fields[0]?.before)} → ${userid}`);
  }
  recorder.count('conflicts', changes.length);
  const asked = await onPage(context, async (page) => {
    await page.write(scope, { runId: recorder.run.id, changes });
    return questionsAbout(page, doubtsAbout(suggestions, held), () => false, context);
  });
  await questions.record({ asked });
}

/** One for each newcomer, with everybody whom he may have been. In a preview he has no account yet, and nobody is asked. */
function doubtsAbout(
  suggestions: readonly RenameSuggestion[],
  held: ReadonlyMap<ExternalKey, HeldAccount>,
): readonly Doubt[] {
  const formerSelves = new Map<string, string[]>();
  for (const { userid, former } of suggestions) {
    const name = held.get(former)?.link.accountName;
    if (name !== undefined) formerSelves.set(userid, [...(formerSelves.get(userid) ?? []), name]);
  }
  return [...formerSelves].flatMap(([userid, names]): Doubt[] => {
    const account = held.get(keyOf(externalId(userid)))?.account;
    if (!account) return [];
    const candidates = names.map((name) => ({ name, reason: MAYBE_RENAMED }));
    const { values, groups: memberships } = account;
    return [{ externalId: externalId(userid), values, memberships, draft: { kind: 'renamed', candidates } }];
  });
}

const MAYBE_RENAMED = text(
  'This newcomer may be the leaver who held the account, under a changed userid. The newcomer has an account of its own; if both are one person, decide so in the questions of this syncer.',
  '该新成员可能就是持有此账号的离开成员(userid 已更改)。新成员已有自己的账号；如确为同一人，请在此同步器的待决问题中作出决定。',
);

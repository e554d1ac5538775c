import type { IdentityPage } from '../../identity/identity-store.ts';
import { keyOf, type ExternalKey } from '../../syncer/external-id.ts';
import type { UserProfile } from '../../syncer/profile.ts';
import { proposals, type QuestionDraft } from '../plan/question.ts';
import type { AskedQuestion } from '../question.ts';
import type { GroupsRead } from './groups/groups-read.ts';
import { onPage, type RunContext } from './run-context.ts';
import { fingerprint, type Doubt } from './run-questions.ts';

/** @param groupNames `ORG/<group>` by department */
export const doubtAbout = (
  { externalId, values, groups = [] }: UserProfile,
  draft: QuestionDraft,
  groupNames: ReadonlyMap<ExternalKey, string> | undefined,
): Doubt => ({
  externalId,
  values,
  memberships: groups.flatMap((group) => groupNames?.get(keyOf(group)) ?? []),
  draft,
});

/**
 * What is asked of a person about members, with both sides as they stand.
 *
 * @param isTaken whether a userid is another member's
 */
export async function questionsAbout(
  page: IdentityPage,
  doubts: readonly Doubt[],
  isTaken: (key: ExternalKey) => boolean,
  context: Pick<RunContext, 'takenNames' | 'scope'>,
): Promise<AskedQuestion[]> {
  if (doubts.length === 0) return [];
  const { scope } = context;
  const names = [...new Set(doubts.flatMap(({ draft }) => draft.candidates.map(({ name }) => name)))];
  const standing = await page.accountsByName(scope, names);
  const proposed = await proposedNames(page, doubts, isTaken, context);
  return doubts.map((doubt): AskedQuestion => {
    const { externalId: userid, values, memberships, draft } = doubt;
    const { displayName: name = '', email = '', phone = '' } = values;
    return {
      subject: 'user',
      key: keyOf(userid),
      userid,
      kind: draft.kind,
      member: { name, email, phone, groups: memberships },
      candidates: draft.candidates.flatMap((candidate) => {
        const account = standing.get(candidate.name.toLowerCase())?.account;
        if (!account) return [];
        const { displayName = '', email: address = '', phone: number = '' } = account.values;
        const user = `${scope.organization}/${account.name}`;
        const { groups } = account;
        return [{ user, displayName, email: address, phone: number, groups, reason: candidate.reason }];
      }),
      proposedName: proposed.get(doubt) ?? '',
      fingerprint: fingerprint(doubt),
    };
  });
}

async function proposedNames(
  page: IdentityPage,
  doubts: readonly Doubt[],
  isTaken: (key: ExternalKey) => boolean,
  context: Pick<RunContext, 'takenNames' | 'scope'>,
): Promise<ReadonlyMap<Doubt, string>> {
  const { scope } = context;
  const wanted = new Map(doubts.map((doubt) => [doubt, proposals(doubt.externalId)]));
  const names = [...new Set([...wanted.values()].flat())];
  const standing = await page.accountsByName(scope, names);
  const held = await page.heldAccounts(scope, names.map(asKey), []);
  const taken = await context.takenNames(names);
  const isFree = (name: string, own: ExternalKey): boolean => {
    const key = asKey(name);
    if (standing.has(key) || taken.has(key)) return false;
    if (key !== own && isTaken(key)) return false;
    const link = held.get(key)?.link;
    return !link || (key === own && link.accountName.toLowerCase() !== key);
  };
  return new Map(
    [...wanted].map(([doubt, tries]) => {
      const own = keyOf(doubt.externalId);
      return [doubt, tries.find((name) => isFree(name, own)) ?? tries.at(-1) ?? ''];
    }),
  );
}

/** A name as it would be a userid of another member. */
const asKey = (name: string): ExternalKey => name.toLowerCase() as ExternalKey;

/** What this run was not in doubt about, though it saw everybody, nobody need be asked any more. */
export async function closeQuestions(
  context: RunContext,
  { groupNames, seen: departments, unread }: Pick<GroupsRead, 'groupNames' | 'seen' | 'unread'>,
  seen: ReadonlySet<ExternalKey>,
): Promise<void> {
  const sawGroups = (!context.settings.syncGroups || groupNames !== undefined) && unread === 0;
  await context.questions.close(seen, sawGroups ? departments : undefined, (work) => onPage(context, work));
}

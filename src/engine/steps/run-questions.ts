import type { IdentityPage, LeaseGrant, SyncerScope } from '../../identity/identity-store.ts';
import type { Account, StandingAccount } from '../../identity/account.ts';
import { keyOf, type ExternalId, type ExternalKey } from '../../syncer/external-id.ts';
import type { UserProfile } from '../../syncer/profile.ts';
import { questionFingerprint, type QuestionDraft } from '../plan/question.ts';
import { emailKey } from '../plan/users/person.ts';
import type { QuestionStore } from '../ports/question-store.ts';
import {
  type AskedQuestion,
  type Question,
  type QuestionCandidate,
  type QuestionMember,
  type QuestionRef,
  type QuestionSubject,
} from '../question.ts';

/** A member about whom a person is asked, and how the plan asks. */
export interface Doubt extends Pick<UserProfile, 'externalId' | 'values'> {
  /** `ORG/<group name>`. */
  readonly memberships: readonly string[];
  readonly draft: QuestionDraft;
}

/** What a page of a run comes to. */
export interface QuestionsOfPage {
  readonly asked?: readonly AskedQuestion[];
  /** Whose decision is carried out. */
  readonly done?: readonly QuestionRef[];
  /** Whose decision cannot be. */
  readonly refused?: readonly QuestionRef[];
}

type OnPage = <T>(work: (page: IdentityPage) => Promise<T>) => Promise<T>;

/** Whose run it is. */
interface Asker {
  readonly lease: LeaseGrant;
  readonly scope: SyncerScope;
  readonly runId: string;
  readonly dryRun: boolean;
}

/**
 * The questions of a run: what people said before it began, and what it asks itself. A preview respects the answers, and
 * asks nothing.
 */
export class RunQuestions {
  readonly #store: QuestionStore | undefined;
  readonly #asker: Asker;
  readonly #answered: ReadonlyMap<string, Question>;

  private constructor(store: QuestionStore | undefined, asker: Asker, answered: readonly Question[]) {
    this.#store = store;
    this.#asker = asker;
    this.#answered = new Map(answered.map((question) => [idOf(question), question]));
  }

  /**
   * @param store undefined: nobody is asked anything
   * @param userid only of this member
   */
  static async open(store: QuestionStore | undefined, asker: Asker, userid?: ExternalId): Promise<RunQuestions> {
    const key = userid && keyOf(userid);
    return new RunQuestions(store, asker, (await store?.answered(asker.scope, key)) ?? []);
  }

  /** An answer that is still to be carried out. */
  waiting(subject: QuestionSubject, key: ExternalKey): Question | undefined {
    const question = this.#answered.get(idOf({ subject, key }));
    return question?.waits === 'apply' ? question : undefined;
  }

  /** One that nobody wants to hear of until it changes. */
  ignored(subject: QuestionSubject, key: ExternalKey): Question | undefined {
    const question = this.#answered.get(idOf({ subject, key }));
    return question?.state === 'ignored' ? question : undefined;
  }

  /** The same, as long as the directory says the same and the candidates are the same. */
  ignoredStill(doubt: Pick<Doubt, 'externalId' | 'values' | 'draft'>): Question | undefined {
    const ignored = this.ignored('user', keyOf(doubt.externalId));
    return ignored?.fingerprint === fingerprint(doubt) ? ignored : undefined;
  }

  /** A member who may have been somebody else, as nobody wants to hear, and of whom the directory says something new. */
  changedSince({ externalId, values }: Pick<UserProfile, 'externalId' | 'values'>): QuestionDraft | undefined {
    const ignored = this.ignored('user', keyOf(externalId));
    if (ignored?.kind !== 'renamed') return undefined;
    const { candidates } = ignored;
    const draft: QuestionDraft = {
      kind: 'renamed',
      candidates: candidates.map((candidate) => ({ name: nameOf(candidate), reason: candidate.reason })),
    };
    return fingerprint({ values, draft }) === ignored.fingerprint ? undefined : draft;
  }

  /** Decisions that are to be taken back. */
  get undone(): readonly Question[] {
    return [...this.#answered.values()].filter(({ waits }) => waits === 'undo');
  }

  /** After the page is stored: should the process die in between, the next run asks, and does, the same again. */
  async record({ asked = [], done = [], refused = [] }: QuestionsOfPage): Promise<void> {
    const { lease, scope, runId, dryRun } = this.#asker;
    if (dryRun || !this.#store) return;
    await this.#store.refuse(lease, scope, refused);
    await this.#store.done(lease, scope, done, 'apply');
    await this.#store.ask(lease, scope, runId, asked);
  }

  /** A decision that was to be taken back is. */
  async undid(ref: QuestionRef): Promise<void> {
    await this.#store?.done(this.#asker.lease, this.#asker.scope, [ref], 'undo');
  }

  /** Nothing is in the way of this member any more; whether his userid was changed, and whose a value is, is still asked. */
  async settle(ref: QuestionRef): Promise<void> {
    const { lease, scope, dryRun } = this.#asker;
    if (!dryRun) await this.#store?.forget(lease, scope, [ref], ['renamed', 'value-taken']);
  }

  /** The directory says that nobody has this userid: what a person said of him is about nobody else who gets it. */
  async lapse(refs: readonly QuestionRef[]): Promise<void> {
    const { lease, scope, dryRun } = this.#asker;
    if (dryRun || !this.#store) return;
    await this.#store.refuse(lease, scope, refs);
    await this.#store.forget(lease, scope, refs);
  }

  /** After a member gave something: whether anybody else still has what he was asked about. */
  async settleGiven(key: ExternalKey, onPage: OnPage): Promise<void> {
    const { lease, scope, dryRun } = this.#asker;
    if (dryRun || !this.#store) return;
    const standing = await this.#store.askedOnce(scope, key);
    const given = standing.filter(({ kind }) => kind === 'value-taken');
    if (given.length === 0) return;
    const gone = await onPage((page) => withoutReason(page, given, new Set([key]), scope));
    await this.#store.forget(lease, scope, gone);
  }

  /**
   * At the end of a run that saw everybody: what it did not ask again has no reason any more, and what was said of somebody
   * who is gone is over.
   *
   * @param seen members who were shown
   * @param departments that were shown; undefined: not all of them were read
   */
  async close(
    seen: ReadonlySet<ExternalKey>,
    departments: ReadonlySet<ExternalKey> | undefined,
    onPage: OnPage,
  ): Promise<void> {
    const { lease, scope, runId, dryRun } = this.#asker;
    if (dryRun || !this.#store) return;
    const isGone = ({ subject, key }: QuestionRef): boolean =>
      subject === 'user' ? !seen.has(key) : departments !== undefined && !departments.has(key);
    await this.lapse([...this.#answered.values()].filter((question) => question.waits === 'apply' && isGone(question)));
    await this.#store.forgetUnasked(lease, scope, runId, 'user');
    if (departments) await this.#store.forgetUnasked(lease, scope, runId, 'group');
    const standing = await this.#store.askedOnce(scope);
    if (standing.length === 0) return;
    const gone = await onPage((page) => withoutReason(page, standing, seen, scope));
    await this.#store.forget(lease, scope, gone);
  }
}

/** Those whose member, or whose last candidate, is not what he was when it was asked. */
async function withoutReason(
  page: IdentityPage,
  asked: readonly Question[],
  seen: ReadonlySet<ExternalKey>,
  scope: SyncerScope,
): Promise<readonly Question[]> {
  const held = await page.heldAccounts(
    scope,
    asked.map(({ key }) => key),
  );
  const names = asked.flatMap(({ candidates }) => candidates.map(nameOf));
  const standing = await page.accountsByName(scope, names);
  const gone: Question[] = [];
  for (const question of asked) {
    const own = held.get(question.key)?.account;
    const others = question.candidates.flatMap((candidate) => standing.get(nameOf(candidate).toLowerCase()) ?? []);
    let stands = false;
    for (const other of own && seen.has(question.key) ? others : []) {
      if (other.account.name === own?.name) continue;
      stands ||=
        question.kind === 'value-taken'
          ? hasStill(question.member, own, other.account)
          : await isFree(page, other, seen, scope);
    }
    if (!stands) gone.push(question);
  }
  return gone;
}

/** Whether the account of before is nobody's, or of a userid that is not shown any more. */
async function isFree(
  page: IdentityPage,
  { account, heldBy }: StandingAccount,
  seen: ReadonlySet<ExternalKey>,
  scope: SyncerScope,
): Promise<boolean> {
  const link = heldBy === scope.source ? await page.linkOf(scope, account.name) : undefined;
  return heldBy === null || (link !== undefined && !seen.has(link.key));
}

/** Whether another account has what the member gave, and his own has not. */
function hasStill({ email, phone }: QuestionMember, own: Account | null | undefined, { values }: Account): boolean {
  const digits = (number: string | undefined): string => (number ?? '').replace(/\D/g, '');
  const isHis = (given: string, mine: string, theirs: string): boolean =>
    given !== '' && theirs === given && mine !== given;
  return (
    isHis(emailKey(email), emailKey(own?.values.email), emailKey(values.email)) ||
    isHis(digits(phone), digits(own?.values.phone), digits(values.phone))
  );
}

const nameOf = ({ user }: QuestionCandidate): string => user.slice(user.indexOf('/') + 1);

const idOf = ({ subject, key }: QuestionRef): string => `${subject}:${key}`;

/** Of what the directory says of somebody, and of whom he may be. */
export const fingerprint = ({ values, draft }: Pick<Doubt, 'values' | 'draft'>): string =>
  questionFingerprint(
    values,
    draft.candidates.map(({ name }) => name),
  );

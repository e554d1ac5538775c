import { setTimeout as sleep } from 'node:timers/promises';
import type { SyncEngine } from '../../engine/engine.ts';
import { isAccountName } from '../../engine/plan/question.ts';
import type { Answer, QuestionStore } from '../../engine/ports/question-store.ts';
import type { Page } from '../../engine/ports/run-store.ts';
import {
  QUESTION_STATES,
  type Question,
  type QuestionCandidate,
  type QuestionKind,
  type QuestionMember,
  type QuestionState,
} from '../../engine/question.ts';
import { isOfPart, type Run } from '../../engine/run.ts';
import { undoAnswer } from '../../engine/steps/users/answer-question.ts';
import type { IdentityStore } from '../../identity/identity-store.ts';
import { withoutUnstorable } from '../../syncer/characters.ts';
import { LeaseError } from '../../syncer/errors.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import { present } from '../../syncer/present.ts';
import { text, type Text } from '../../syncer/text.ts';
import type { ServiceLog } from '../log.ts';
import { checkName } from '../name-rule.ts';
import { Refusal } from '../refusal.ts';
import {
  UNKNOWN_DECISION,
  NO_USER,
  ONLY_IGNORE,
  IS_OPEN,
  STILL_UNDONE,
  notOpen,
  elsewhere,
  ADMINISTRATOR,
  TAKEN,
  NOT_FREE,
  HAS_ACCOUNT,
  IMPOSSIBLE_NAME,
  groupNameTaken,
  nameTaken,
  CANNOT_BE,
  DEPARTMENT_GONE,
  MEMBER_GONE,
} from './question-refusals.ts';
import type { RunService } from '../runs/run-service.ts';
import type { SyncerService } from '../syncers/syncer-service.ts';
import type { SyncerRecord, SyncerStore } from '../syncers/syncer-record.ts';

/** What a person says to a question. */
export interface DecisionInput {
  /** One of `link`, `create`, `ignore`. */
  readonly decision: string;
  /** `ORG/NAME` or `NAME` of the account, or of the group, that is linked. */
  readonly user?: string;
  /** What the account that is created is called; absent or "": the name that is proposed. */
  readonly name?: string;
  readonly comment?: string;
  /** Password, bindings and sessions of before stay; default: they end. */
  readonly keepSignIn?: boolean;
}

/** A match that only a person can decide, and what one decided. */
export interface QuestionObject {
  readonly id: string;
  /** `ORG/NAME`. */
  readonly syncer: string;
  readonly kind: QuestionKind;
  /** The department id where it is about a group. */
  readonly userid: string;
  readonly member: QuestionMember;
  readonly candidates: readonly QuestionCandidate[];
  /** A name that is free. */
  readonly proposedName: string;
  readonly state: QuestionState;
  /** `ORG/NAME` of the account or group that it was decided for; "" = none. */
  readonly user: string;
  /** `ORG/NAME` of the person; "" = nobody decided. */
  readonly decidedBy: string;
  /** RFC 3339. */
  readonly decidedAt: string | null;
  readonly comment: string;
  /** It is decided, or taken back, and done once the run that goes on has ended, or by the next one. */
  readonly isPending: boolean;
}

export const NO_QUESTION = new Refusal(text('There is no such question.', '没有该待决问题。'));

interface QuestionServiceDeps {
  readonly store: QuestionStore;
  readonly records: Pick<SyncerStore, 'findById'>;
  readonly identity: Pick<
    IdentityStore,
    'candidates' | 'heldKeys' | 'columnLimits' | 'organizationExists' | 'isGroupNameTaken' | 'page'
  >;
  readonly syncers: Pick<SyncerService, 'settingsOf' | 'canReadOneMember'>;
  readonly engine: SyncEngine;
  readonly runs: RunService;
  /** Forgets what is remembered of whoever had this userid. */
  readonly forgetMember: (record: SyncerRecord, key: ExternalKey) => Promise<void>;
  readonly log: ServiceLog;
}

type Decided = Pick<Answer, 'state' | 'answer' | 'waits'>;

const LOOK_EVERY_MS = 250;
/** A decision is carried out while the page waits; behind a run that goes on longer nobody waits. */
const LONGEST_WAIT_MS = 10_000;
const LONGEST_WAIT_BEHIND_MS = 1_000;

/** Questions that only a person can answer. What he says is carried out by a run of that member, which begins at once. */
export class QuestionService {
  readonly #deps: QuestionServiceDeps;

  constructor(deps: QuestionServiceDeps) {
    this.#deps = deps;
    deps.runs.onEnded((run) => void this.#carryOutAfter(run));
  }

  /** Newest first; `page` starts at 1. */
  async list(
    { id: syncerId, organization, name }: Pick<SyncerRecord, 'id' | 'organization' | 'name'>,
    state: QuestionState | undefined,
    page: number,
    pageSize: number,
  ): Promise<Page<QuestionObject>> {
    const { rows, total } = await this.#deps.store.list({ syncerId, organization }, state, page, pageSize);
    return { rows: rows.map((question) => shown(question, name)), total };
  }

  find(id: string): Promise<Question | undefined> {
    return this.#deps.store.find(id);
  }

  /**
   * @param by `ORG/NAME` of the person
   * @throws Refusal that names what to change; the question is open as before
   */
  async decide(id: string, input: DecisionInput, by: string): Promise<QuestionObject> {
    const question = await this.#required(id);
    const record = await this.#syncerOf(question);
    if (question.state !== 'open') throw notOpen(question);
    // Somebody opened it again a moment ago, and another run goes on.
    if (question.waits === 'undo') throw STILL_UNDONE;
    const answer = await this.#checked(input, question, record);
    const at = new Date().toISOString();
    const comment = withoutUnstorable(input.comment ?? '');
    const keepSignIn = input.keepSignIn ?? false;
    const won = await this.#deps.store.answer(id, { ...answer, keepSignIn, by, at, comment });
    if (!won) throw notOpen(await this.#required(id));
    if (answer.waits === '')
      return this.#shown(id, record, { ...question, ...answer, decidedBy: by, decidedAt: at, comment });
    const problem = await this.#carryOut(question, record);
    const after = await this.#deps.store.find(id);
    if (after?.state === 'open') throw new Refusal(problem ?? CANNOT_BE);
    if (!after) throw new Refusal(problem ?? (question.subject === 'group' ? DEPARTMENT_GONE : MEMBER_GONE));
    if (isSomebodyNew(question, answer)) await this.#deps.forgetMember(record, question.key);
    return shown(after, record.name);
  }

  /**
   * Takes a decision back: an account that was linked or created is its member's no more, and stays as it is.
   *
   * @throws Refusal when it is open
   */
  async reopen(id: string): Promise<QuestionObject> {
    const question = await this.#required(id);
    const record = await this.#syncerOf(question);
    if (question.state === 'open') throw IS_OPEN;
    const undoes = question.state !== 'ignored' && question.answer !== '';
    if (!(await this.#deps.store.reopen(question, undoes ? 'undo' : ''))) throw IS_OPEN;
    if (undoes) await this.#carryOut(question, record);
    return this.#shown(id, record, { ...question, state: 'open', decidedBy: '', decidedAt: null, comment: '' });
  }

  /** @throws Refusal that names what to change */
  async #checked(
    { decision, user = '', name = '' }: DecisionInput,
    question: Question,
    record: SyncerRecord,
  ): Promise<Decided> {
    switch (decision) {
      case 'ignore':
        return { state: 'ignored', answer: '', waits: '' };
      case 'link':
        if (question.kind === 'value-taken') throw ONLY_IGNORE;
        return { state: 'linked', answer: await this.#linkable(user, question, record), waits: 'apply' };
      case 'create':
        if (question.kind === 'value-taken') throw ONLY_IGNORE;
        return this.#creatable(name, question, record);
      default:
        throw UNKNOWN_DECISION;
    }
  }

  /** @returns the name of the account or group */
  async #linkable(user: string, question: Question, record: SyncerRecord): Promise<string> {
    if (user === '') throw NO_USER;
    const named = userIn(user, record.organization);
    const name = named.slice(record.organization.length + 1);
    if (name === '' || !named.startsWith(`${record.organization}/`)) throw elsewhere(record.organization);
    // Whose group it is, the run finds out.
    if (question.subject === 'group') return name;
    const isAsked = question.candidates.some((candidate) => candidate.user === named);
    const scope = this.#scopeOf(record);
    for await (const candidates of this.#deps.identity.candidates(scope)) {
      const found = candidates.find(({ account }) => account.name === name);
      if (!found) continue;
      const { account, heldBy } = found;
      if (account.isAdmin) throw ADMINISTRATOR;
      const isBound = account.binding !== '' && account.binding.toLowerCase() !== question.key;
      if (!isAsked && (heldBy !== null || isBound)) throw TAKEN;
      return name;
    }
    // Those that this syncer holds are not among them.
    if (!isAsked || (question.kind !== 'handed-on' && question.kind !== 'renamed')) throw NOT_FREE;
    return name;
  }

  async #creatable(name: string, question: Question, record: SyncerRecord): Promise<Decided> {
    const isGroup = question.subject === 'group';
    const chosen = name === '' ? question.proposedName : name;
    if (question.kind === 'renamed') {
      // The member has an account of his own since he was seen first: it stays, and is called what it is called.
      if (chosen !== question.proposedName) throw HAS_ACCOUNT;
      return { state: 'created', answer: '', waits: '' };
    }
    const limits = this.#deps.identity.columnLimits(this.#scopeOf(record));
    if (isGroup) {
      checkName('name', chosen, limits.groupName);
      if (await this.#isGroupTaken(chosen)) throw groupNameTaken(chosen);
      return { state: 'created', answer: chosen, waits: 'apply' };
    }
    if (!isAccountName(chosen) || chosen.length > Math.min(limits.name, limits.id)) throw IMPOSSIBLE_NAME;
    if (await this.#isTaken(chosen.toLowerCase(), question, record)) throw nameTaken(chosen);
    return { state: 'created', answer: chosen, waits: 'apply' };
  }

  /** Casdoor takes a group that is called like an organization for that organization. */
  async #isGroupTaken(name: string): Promise<boolean> {
    const { identity } = this.#deps;
    return (await identity.organizationExists(name)) || ((await identity.isGroupNameTaken?.(name)) ?? false);
  }

  async #isTaken(name: string, question: Question, record: SyncerRecord): Promise<boolean> {
    const { identity } = this.#deps;
    const scope = this.#scopeOf(record);
    for await (const candidates of identity.candidates(scope)) {
      if (candidates.some(({ account }) => account.name.toLowerCase() === name)) return true;
    }
    // Accounts of this syncer that are called by their userid are not among them; nor is a userid free for another one.
    if (name === question.key && question.kind !== 'handed-on') return false;
    for await (const keys of identity.heldKeys(scope)) if (keys.some((key) => key === name)) return true;
    return false;
  }

  /**
   * Carries out what was decided, or waits for the run that goes on; then it is done later, by whichever process.
   *
   * @returns why it cannot be done
   */
  async #carryOut(question: Question, record: SyncerRecord): Promise<Text | undefined> {
    let isBehind = false;
    const work = async (): Promise<Text | undefined> => {
      for (;;) {
        try {
          return await this.#doIt(question, record);
        } catch (error) {
          if (!(error instanceof LeaseError)) throw error;
          isBehind = true;
        }
        await sleep(LOOK_EVERY_MS, undefined, { signal: this.#deps.runs.closing });
        const now = await this.#deps.store.find(question.id);
        if (!now || now.waits === '') return undefined;
      }
    };
    const done = work().catch((error: unknown) => {
      // The next run of this syncer does it.
      if (!this.#deps.runs.closing.aborted)
        this.#deps.log.error({ err: error }, 'a decision could not be carried out yet');
      return undefined;
    });
    for (let waited = 0; waited < (isBehind ? LONGEST_WAIT_BEHIND_MS : LONGEST_WAIT_MS); waited += LOOK_EVERY_MS) {
      const over = await Promise.race([done.then((problem) => ({ problem })), later(LOOK_EVERY_MS)]);
      if (over) return over.problem;
    }
    return undefined;
  }

  /** What was decided while this run went on, in whichever process. */
  async #carryOutAfter(run: Run): Promise<void> {
    const { log, records, runs, store } = this.#deps;
    try {
      if (isOfPart(run) || runs.closing.aborted) return;
      const record = await records.findById(run.syncerId);
      if (!record || record.organization !== run.organization) return;
      for (const question of await store.answered(run)) {
        // What was decided before it began, it knew of: what it could not do, the next one cannot do at once.
        const isNew = question.waits === 'undo' || (question.decidedAt ?? '') >= run.startedAt;
        if (question.waits !== '' && isNew) await this.#carryOut(question, record);
      }
    } catch (error) {
      log.error({ runId: run.id, err: error }, 'decisions could not be carried out after a run');
    }
  }

  /** @throws LeaseError while another run goes on */
  async #doIt(question: Question, record: SyncerRecord): Promise<Text | undefined> {
    const { engine, identity, runs, store, syncers } = this.#deps;
    const now = await store.find(question.id);
    if (!now || now.waits === '') return undefined;
    if (now.waits === 'undo') {
      const scope = this.#scopeOf(record);
      await engine.exclusively(record.id, async (lease) => {
        await identity.page(lease, (page) => undoAnswer(page, now, scope));
        await store.done(lease, scope, [now], 'undo');
      });
      return undefined;
    }
    const by = now.decidedBy || undefined;
    if (now.subject === 'user' && syncers.canReadOneMember(record)) {
      const { run, steps } = await runs.member(record, { userid: now.userid, ...present({ by }) }, false, 'decision');
      const last = steps.at(-1);
      return refusedIn(run) ?? (last?.ok === false ? last.detail : undefined);
    }
    const { ended } = await runs.begin(record, 'manual', false, by);
    return refusedIn(await ended);
  }

  #scopeOf(record: SyncerRecord): Parameters<IdentityStore['candidates']>[0] {
    const { bindingColumn = '', id: syncerId, organization, name } = this.#deps.syncers.settingsOf(record);
    return { syncerId, organization, source: `${organization}/${name}`, bindingColumn };
  }

  async #required(id: string): Promise<Question> {
    const question = await this.#deps.store.find(id);
    if (!question) throw NO_QUESTION;
    return question;
  }

  async #syncerOf({ syncerId, organization }: Question): Promise<SyncerRecord> {
    const record = await this.#deps.records.findById(syncerId);
    if (!record || record.organization !== organization) throw NO_QUESTION;
    return record;
  }

  async #shown(id: string, { name }: SyncerRecord, otherwise: Question): Promise<QuestionObject> {
    return shown((await this.#deps.store.find(id)) ?? otherwise, name);
  }
}

/** The account is none that this userid had: whoever had it before is another person. */
const isSomebodyNew = ({ subject, kind, candidates, organization }: Question, { state, answer }: Decided): boolean =>
  subject === 'user' &&
  (state === 'created' ||
    (kind === 'handed-on' && candidates.every(({ user }) => user !== `${organization}/${answer}`)));

/** A name alone is one of the organization. */
export const userIn = (user: string, organization: string): string =>
  user.includes('/') ? user : `${organization}/${user}`;

const later = (ms: number): Promise<undefined> => sleep(ms, undefined, { ref: false });

/** What a run says about a decision that it could not carry out. */
const refusedIn = ({ warnings, error }: Pick<Run, 'warnings' | 'error'>): Text | undefined =>
  warnings.find(({ code }) => code === 'decision-refused')?.message ?? error?.message;

const shown = (question: Question, syncerName: string): QuestionObject => {
  const { organization, answer, state } = question;
  return {
    id: question.id,
    syncer: `${organization}/${syncerName}`,
    kind: question.kind,
    userid: question.userid,
    member: question.member,
    candidates: question.candidates,
    proposedName: question.proposedName,
    state,
    user: answer === '' || state === 'open' ? '' : `${organization}/${answer}`,
    decidedBy: question.decidedBy,
    decidedAt: question.decidedAt,
    comment: question.comment,
    isPending: question.waits !== '',
  };
};

/**
 * A state, or none where none is named.
 *
 * @throws Refusal that names those there are
 */
export function questionStateIn(word: string): QuestionState | undefined {
  const state = QUESTION_STATES.find((known) => known === word);
  if (word === '' || state) return state;
  const known = QUESTION_STATES;
  throw new Refusal(
    text(`There is no such state; known: ${known.join(', ')}.`, `没有该状态；可用：${known.join('、')}。`),
  );
}

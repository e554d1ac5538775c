import type { Selection } from '../../engine/lifecycle/selection.ts';
import type { Question } from '../../engine/question.ts';
import type { Run } from '../../engine/run.ts';
import type { MemberReport } from '../../engine/steps/sync-member.ts';
import type { FieldChange, FieldValue } from '../../identity/change.ts';
import { present } from '../../syncer/present.ts';
import type { AuditAction } from '../audit/audit-action.ts';
import type { Actor, AuditLog, Done } from '../audit/audit-log.ts';
import type { RunService } from '../runs/run-service.ts';
import type { SyncerRecord } from '../syncers/syncer-record.ts';
import { decisionIn, protectionIn } from './decision-input.ts';
import { NO_PROTECTION, type ProtectionObject, type ProtectionService } from './protections.ts';
import { userIn, type DecisionInput, type QuestionObject, type QuestionService } from './questions.ts';

interface AuditedDecisionsDeps {
  readonly audit: AuditLog;
  readonly protections: ProtectionService;
  readonly questions: QuestionService;
  readonly runs: RunService;
}

/** What is decided about a run, and why. */
export interface RunDecision {
  readonly selection: Selection;
  /** "" = nothing is said. */
  readonly comment: string;
}

/** Which account is a member's. */
interface LinkDecision {
  readonly userid: string;
  /** Its name. */
  readonly account: string;
  readonly keepSignIn: boolean;
}

/** What people decide, done and written down, whichever way they say it: by a call, a command or a program. */
export class AuditedDecisions {
  readonly #deps: AuditedDecisionsDeps;

  constructor(deps: AuditedDecisionsDeps) {
    this.#deps = deps;
  }

  /**
   * @param input unchecked
   * @throws Refusal that names what to change; nothing was stored
   */
  protect(input: unknown, actor: Actor): Promise<ProtectionObject> {
    const { audit, protections } = this.#deps;
    const asked = protectionIn(input);
    const { owner: organization, value: target, reason: comment } = asked;
    return audit.during(
      actor,
      { action: 'protect-user', organization, target, comment },
      () => protections.protect(asked, actor.by),
      (made) => this.#noted(made, null, holds(made)),
    );
  }

  /**
   * @param found what `ProtectionService.find` found
   * @throws Refusal when it is gone
   */
  async unprotect(found: readonly ProtectionObject[], actor: Actor): Promise<readonly ProtectionObject[]> {
    const { audit, protections } = this.#deps;
    if (found.length === 0) throw NO_PROTECTION;
    const ended: ProtectionObject[] = [];
    for (const protection of found) {
      const { id, owner: organization, value: target } = protection;
      const entry = { action: 'unprotect-user', organization, target } as const;
      const done = () => this.#noted(protection, holds(protection), null);
      ended.push(...(await audit.during(actor, entry, () => protections.unprotect(id), done)));
    }
    return ended;
  }

  /** What a text made so together with other things, written down as if it had been said alone. */
  noteProtected(made: ProtectionObject, actor: Actor): Promise<void> {
    const { owner: organization, value: target, reason: comment } = made;
    return this.#deps.audit.during(
      actor,
      { action: 'protect-user', organization, target, comment },
      () => Promise.resolve(),
      () => this.#noted(made, null, holds(made)),
    );
  }

  /** @param subject whose history it is part of, as it was before it ended */
  noteUnprotected(ended: ProtectionObject, subject: string, actor: Actor): Promise<void> {
    const { owner: organization, value: target } = ended;
    const changes = [{ field: 'protection', before: holds(ended), after: null }];
    return this.#deps.audit.record(actor, {
      action: 'unprotect-user',
      organization,
      target,
      subject,
      outcome: 'ok',
      changes,
    });
  }

  async #noted(protection: ProtectionObject, before: FieldValue, after: FieldValue): Promise<Done> {
    const subject = await this.#deps.protections.subjectOf(protection);
    return { subject, changes: [{ field: 'protection', before, after }] };
  }

  /**
   * @param input unchecked
   * @throws Refusal or ConfigError that names what to change; the question is open as before
   */
  decide(question: Question, input: unknown, actor: Actor): Promise<QuestionObject> {
    const { audit, questions } = this.#deps;
    const said = decisionIn(input);
    return audit.during(
      actor,
      {
        action: 'decide-question',
        organization: question.organization,
        target: answered(question, said),
        ...present({ comment: said.comment }),
      },
      () => questions.decide(question.id, said, actor.by),
      ({ state }) => ({ outcome: state, subject: accountOf(question, said) }),
    );
  }

  /** @throws Refusal when it is open */
  reopen(question: Question, actor: Actor): Promise<QuestionObject> {
    const { audit, questions } = this.#deps;
    const { organization } = question;
    return audit.during(
      actor,
      { action: 'reopen-question', organization, target: answered(question) },
      () => questions.reopen(question.id),
      () => ({ subject: accountOf(question) }),
    );
  }

  /** @returns what became of it, also where it could not be: then its run says why */
  link(record: SyncerRecord, { account, ...member }: LinkDecision, actor: Actor): Promise<MemberReport> {
    const { audit, runs } = this.#deps;
    const { organization } = record;
    return audit.during(
      actor,
      { action: 'link-account', organization, target: `${organization}/${account}` },
      () => runs.member(record, { ...member, account, by: actor.by }),
      ({ run }) => ({ outcome: run.state, ...(run.state === 'failed' && { subject: '' }) }),
    );
  }

  /**
   * @param user `ORG/NAME`
   * @param work takes the account from its member, and answers what became different of it
   */
  async unlink(user: string, work: () => Promise<readonly FieldChange[]>, actor: Actor): Promise<void> {
    const organization = user.slice(0, user.indexOf('/'));
    const entry = { action: 'unlink-account', organization, target: user } as const;
    await this.#deps.audit.during(actor, entry, work, (changes) => ({ changes }));
  }

  /** @returns the held run */
  approve(held: Run, decision: RunDecision, actor: Actor): Promise<Run> {
    const work = () => this.#deps.runs.approve(held, decision.selection, actor.by);
    return this.#aboutRun('approve-run', held, decision, actor, work, stateOf);
  }

  /** @returns the held run */
  reject(held: Run, decision: RunDecision, actor: Actor): Promise<Run> {
    const work = () => this.#deps.runs.reject(held, decision.selection);
    return this.#aboutRun('reject-run', held, decision, actor, work, stateOf);
  }

  cancel(run: Run, actor: Actor): Promise<Run> {
    return this.#aboutRun('cancel-run', run, {}, actor, () => this.#deps.runs.cancel(run), stateOf);
  }

  /** @returns the run that applied it, at its end */
  apply(preview: Run, comment: string, actor: Actor): Promise<Run> {
    const work = async () => (await this.#deps.runs.apply(preview, actor.by)).ended;
    const done = ({ id, state }: Run): Done => ({ outcome: state, subject: id });
    return this.#aboutRun('apply-run', preview, { comment }, actor, work, done);
  }

  /** @returns the run that took it back, at its end */
  undo(undone: Run, { dryRun, ...decision }: RunDecision & { readonly dryRun: boolean }, actor: Actor): Promise<Run> {
    const work = async () => (await this.#deps.runs.undo(undone, decision.selection, dryRun, actor.by)).ended;
    const done = ({ id, state }: Run): Done =>
      dryRun ? { outcome: `preview ${id}` } : { outcome: `${state} ${id}`, subject: id };
    return this.#aboutRun('undo-run', undone, decision, actor, work, done);
  }

  #aboutRun(
    action: AuditAction,
    { organization, id: target }: Run,
    decision: Partial<RunDecision>,
    actor: Actor,
    work: () => Promise<Run>,
    done: (run: Run) => Done,
  ): Promise<Run> {
    return this.#deps.audit.during(actor, { action, organization, target, ...decision }, work, done);
  }
}

const stateOf = ({ state }: Run): Done => ({ outcome: state });

/** Until when, or that it has no end. */
const holds = ({ until }: ProtectionObject): FieldValue => until ?? true;

type Said = Partial<Pick<DecisionInput, 'decision' | 'user' | 'name'>>;

/** The account or group that a decision is about. */
export function answered({ organization, answer, candidates, proposedName }: Question, said: Said = {}): string {
  if (said.decision === 'link' && said.user) return userIn(said.user, organization);
  if (said.decision === 'create') return `${organization}/${said.name || proposedName}`;
  return answer === '' ? (candidates[0]?.user ?? organization) : `${organization}/${answer}`;
}

/** The account whose history it is part of; "" for a group, and for who has none. */
function accountOf(question: Question, said?: Said): string {
  const target = answered(question, said);
  return question.kind === 'group-name-taken' || !target.includes('/') ? '' : target;
}

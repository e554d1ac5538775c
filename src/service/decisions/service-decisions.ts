import type { FieldChange } from '../../identity/change.ts';
import type { QuestionState } from '../../engine/question.ts';
import { NOT_LINKED } from '../../engine/steps/users/decide-link.ts';
import { LeaseError } from '../../syncer/errors.ts';
import type { ServiceParts } from '../assemble-service.ts';
import { pageIn, type PageOptions, type Rows } from '../pages.ts';
import { memberObject, type MemberObject } from '../service-object.ts';
import type { Question } from '../../engine/question.ts';
import type { Actor } from '../audit/audit-log.ts';
import { NO_QUESTION, questionStateIn, userIn, type DecisionInput, type QuestionObject } from './questions.ts';
import { elsewhere } from './question-refusals.ts';
import { actorIn, linkIn, requiredWord, wordIn } from './decision-input.ts';
import { NO_PROTECTION, type ProtectionInput, type ProtectionObject } from './protections.ts';

export interface DecisionOptions {
  /** `ORG/NAME` of the person who says so, as it stands in audit log and history. Default `app/service`. */
  readonly by?: string;
}

export interface QuestionOptions extends PageOptions {
  /** Default: whatever the state. */
  readonly state?: QuestionState;
}

/** Which account a person says is a member's. */
export interface LinkInput {
  readonly userid: string;
  /** `ORG/NAME` or `NAME`. */
  readonly user: string;
  /** Password, bindings and sessions of before stay; default: they end. */
  readonly keepSignIn?: boolean;
}

type Parts = Pick<ServiceParts, 'decisions' | 'protections' | 'questions' | 'runs' | 'syncers'>;

/** Who decides where the caller names nobody. */
const SERVICE = 'app/service';

/** @throws Refusal for what is no name */
export const actorOf = (options: unknown): Actor => ({ by: actorIn(options, SERVICE), address: '' });

/** What people decide about members and their accounts. */
export class ServiceDecisions {
  readonly #parts: Parts;

  /** @internal */
  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Matches of one syncer that a person has to decide, or decided, newest first. */
  async questions(id: string, options: QuestionOptions = {}): Promise<Rows<QuestionObject>> {
    const { page, pageSize } = pageIn(options);
    const state = questionStateIn(wordIn({ state: options.state }, 'state'));
    const record = await this.#parts.syncers.required(requiredWord({ id }, 'id'));
    return this.#parts.questions.list(record, state, page, pageSize);
  }

  /**
   * Answers a question; a run of that member carries it out, at once or after the one that goes on.
   *
   * @throws Refusal or ConfigError that names what to change; the question is open as before
   */
  async decide(questionId: string, input: DecisionInput, options: DecisionOptions = {}): Promise<QuestionObject> {
    const actor = actorOf(options);
    return this.#parts.decisions.decide(await this.#question(questionId), input, actor);
  }

  /**
   * Takes an answer back: an account that was linked or created is its member's no more, and stays as it is.
   *
   * @throws Refusal when the question is open
   */
  async reopen(questionId: string, options: DecisionOptions = {}): Promise<QuestionObject> {
    const actor = actorOf(options);
    return this.#parts.decisions.reopen(await this.#question(questionId), actor);
  }

  /**
   * Says which account is a member's, and syncs that member.
   *
   * @throws Refusal for an account of another organization
   * @returns what became of it, also where it could not be: then its run says why
   */
  async link(id: string, input: LinkInput, options: DecisionOptions = {}): Promise<MemberObject> {
    const actor = actorOf(options);
    const { userid, user, keepSignIn } = linkIn(input);
    const record = await this.#parts.syncers.required(requiredWord({ id }, 'id'));
    const account = nameIn(userIn(user, record.organization), record.organization);
    return memberObject(await this.#parts.decisions.link(record, { userid, account, keepSignIn }, actor));
  }

  /**
   * Takes an account from its member: only its login binding goes, and no run links the two again.
   *
   * @param user `ORG/NAME`
   * @throws ConfigError when no member has it; LeaseError while a run of its syncer goes on
   */
  async unlink(user: string, options: DecisionOptions = {}): Promise<void> {
    const actor = actorOf(options);
    const named = requiredWord({ user }, 'user');
    const organization = named.slice(0, Math.max(named.indexOf('/'), 0));
    const account = nameIn(named, organization);
    return this.#parts.decisions.unlink(named, () => this.#unlinked(organization, account), actor);
  }

  async #unlinked(organization: string, account: string): Promise<readonly FieldChange[]> {
    let busy: LeaseError | undefined;
    for (const record of await this.#parts.syncers.list(organization)) {
      try {
        return await this.#parts.runs.unlink(record, account);
      } catch (error) {
        // Which syncer holds it nobody but the store of the accounts knows.
        if (error instanceof LeaseError) busy = error;
        else if (error !== NOT_LINKED) throw error;
      }
    }
    throw busy ?? NOT_LINKED;
  }

  /**
   * Tells runs to leave somebody alone; what the same was said of before is replaced.
   *
   * @throws Refusal that names what to change; nothing was stored
   */
  async protect(input: ProtectionInput, options: DecisionOptions = {}): Promise<ProtectionObject> {
    return this.#parts.decisions.protect(input, actorOf(options));
  }

  /**
   * @param id of the protection, or `ORG/NAME` of the account that it is about
   * @returns what was taken away
   * @throws Refusal when there is none
   */
  async unprotect(id: string, options: DecisionOptions = {}): Promise<ProtectionObject> {
    const actor = actorOf(options);
    const found = await this.#parts.protections.find(requiredWord({ id }, 'id'));
    const [first] = await this.#parts.decisions.unprotect(found, actor);
    if (!first) throw NO_PROTECTION;
    return first;
  }

  async #question(questionId: string): Promise<Question> {
    const question = await this.#parts.questions.find(requiredWord({ questionId }, 'questionId'));
    if (!question) throw NO_QUESTION;
    return question;
  }

  /** Whom runs leave alone, newest first; without an organization those of all. */
  async protections(organization?: string, options: PageOptions = {}): Promise<Rows<ProtectionObject>> {
    const { page, pageSize } = pageIn(options);
    const owner = organization === undefined ? undefined : wordIn({ organization }, 'organization');
    return this.#parts.protections.list(owner, page, pageSize);
  }
}

/** @throws Refusal when it is not of this organization */
function nameIn(user: string, organization: string): string {
  const name = user.slice(organization.length + 1);
  if (organization === '' || name === '' || !user.startsWith(`${organization}/`)) throw elsewhere(organization);
  return name;
}

import type { QuestionState } from '../../engine/question.ts';
import { NOT_LINKED } from '../../engine/steps/users/decide-link.ts';
import { LeaseError } from '../../syncer/errors.ts';
import type { ServiceParts } from '../assemble-service.ts';
import { pageIn, type PageOptions, type Rows } from '../pages.ts';
import { memberObject, type MemberObject } from '../service-object.ts';
import { elsewhere, type DecisionInput, type QuestionObject } from './questions.ts';
import { NO_PROTECTION, type ProtectionInput, type ProtectionObject } from './protections.ts';

export interface ProtectOptions {
  /** `ORG/NAME` of the person who says so. Default `app/service`. */
  readonly by?: string;
}

export interface QuestionOptions extends PageOptions {
  /** Default: whatever the state. */
  readonly state?: QuestionState;
}

/** Which account a person says is a member's. */
export interface LinkInput {
  readonly userid: string;
  /** `ORG/NAME`. */
  readonly user: string;
  /** Password, bindings and sessions of before stay; default: they end. */
  readonly keepSignIn?: boolean;
}

type Parts = Pick<ServiceParts, 'protections' | 'questions' | 'runs' | 'syncers'>;

/** Who decides where the caller names nobody. */
const SERVICE = 'app/service';

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
    const record = await this.#parts.syncers.required(id);
    return this.#parts.questions.list(record, options.state, page, pageSize);
  }

  /**
   * Answers a question; a run of that member carries it out, at once or after the one that goes on.
   *
   * @throws Refusal that names what to change; the question is open as before
   */
  decide(questionId: string, input: DecisionInput, { by = SERVICE }: ProtectOptions = {}): Promise<QuestionObject> {
    return this.#parts.questions.decide(questionId, input, by);
  }

  /**
   * Takes an answer back: an account that was linked or created is its member's no more, and stays as it is.
   *
   * @throws Refusal when the question is open
   */
  reopen(questionId: string): Promise<QuestionObject> {
    return this.#parts.questions.reopen(questionId);
  }

  /**
   * Says which account is a member's, and syncs that member.
   *
   * @throws Refusal for an account of another organization
   * @returns what became of it, also where it could not be: then its run says why
   */
  async link(id: string, { userid, user, keepSignIn = false }: LinkInput): Promise<MemberObject> {
    const record = await this.#parts.syncers.required(id);
    const account = nameIn(user, record.organization);
    return memberObject(await this.#parts.runs.member(record, { userid, account, keepSignIn }));
  }

  /**
   * Takes an account from its member: only its login binding goes, and no run links the two again.
   *
   * @param user `ORG/NAME`
   * @throws ConfigError when no member has it; LeaseError while a run of its syncer goes on
   */
  async unlink(user: string): Promise<void> {
    const organization = user.slice(0, Math.max(user.indexOf('/'), 0));
    const account = nameIn(user, organization);
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
  protect(input: ProtectionInput, { by = SERVICE }: ProtectOptions = {}): Promise<ProtectionObject> {
    return this.#parts.protections.protect(input, by);
  }

  /**
   * @param id of the protection, or `ORG/NAME` of the account that it is about
   * @returns what was taken away
   * @throws Refusal when there is none
   */
  async unprotect(id: string): Promise<ProtectionObject> {
    const [first] = await this.#parts.protections.unprotect(id);
    if (!first) throw NO_PROTECTION;
    return first;
  }

  /** Whom runs leave alone, newest first; without an organization those of all. */
  protections(organization?: string, options: PageOptions = {}): Promise<Rows<ProtectionObject>> {
    const { page, pageSize } = pageIn(options);
    return this.#parts.protections.list(organization, page, pageSize);
  }
}

/** @throws Refusal when it is not of this organization */
function nameIn(user: string, organization: string): string {
  const name = user.slice(organization.length + 1);
  if (organization === '' || name === '' || !user.startsWith(`${organization}/`)) throw elsewhere(organization);
  return name;
}

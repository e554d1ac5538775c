import { JsonCall } from '../../http-client/json-call.ts';
import { isObject } from '../../http-client/transport.ts';
import type { ServiceLog } from '../log.ts';

/** What somebody brought along to prove who he is: the IAM's session cookie, or one of its access tokens. */
export interface IamCredential {
  readonly kind: 'cookie' | 'token';
  readonly value: string;
}

/** Who somebody is there. */
export interface IamAccount {
  readonly organization: string;
  readonly name: string;
  /** Administers his organization. */
  readonly isAdmin: boolean;
  /** Administers every organization, whatever his own is. */
  readonly isGlobalAdmin: boolean;
}

/** `nobody`: the IAM says so. `unknown`: it says nothing that can be relied on. */
export type IamAnswer = IamAccount | 'nobody' | 'unknown';

const ANSWER_MS = 3_000;
const LIMITS = { connectMs: ANSWER_MS, responseMs: ANSWER_MS, requestMs: ANSWER_MS };
/** Questions at one time; more wait in line, and not longer than for an answer. */
const AT_ONCE = 64;
/** Account and organization, each with every column. */
const LONGEST_ANSWER = 1_048_576;
/** An IAM that is away is told of so often, and not once for each question. */
const TELL_EVERY_MS = 60_000;

/** Asks a Casdoor or Hanzo IAM beside us who somebody is. */
export class IamAccounts {
  readonly #address: string;
  readonly #cookie: string;
  readonly #log: ServiceLog;
  readonly #call = new JsonCall(LIMITS, AT_ONCE, LONGEST_ANSWER);
  #toldAt = -Infinity;

  /**
   * @param url where it is, without a slash at the end
   * @param cookie the name of its session cookie
   */
  constructor(url: string, cookie: string, log: ServiceLog) {
    this.#address = `${url}/api/get-account`;
    this.#cookie = cookie;
    this.#log = log;
  }

  /** Shows it this credential and nothing else. Never throws. */
  async accountOf({ kind, value }: IamCredential): Promise<IamAnswer> {
    const headers = kind === 'token' ? { authorization: `Bearer ${value}` } : { cookie: `${this.#cookie}=${value}` };
    const answer = await this.#call.send({ url: this.#address, headers }, AbortSignal.timeout(ANSWER_MS));
    if ('reason' in answer) {
      this.#tell(answer.reason);
      return 'unknown';
    }
    const said = readAnswer(answer.status, answer.json);
    if (said === 'unknown') this.#tell(`HTTP ${answer.status}, in another shape than get-account's`);
    return said;
  }

  /** Whoever cannot sign in here wants to know why; neither address nor credential is told. */
  #tell(reason: string): void {
    const now = performance.now();
    if (now - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = now;
    this.#log.warn(
      { reason },
      'the IAM at IAM_URL does not say who is signed in; nobody who needs it comes in meanwhile',
    );
  }
}

/** Casdoor refuses with HTTP 200, Hanzo IAM also with these. */
const REFUSING: readonly number[] = [200, 401, 403];

function readAnswer(status: number, json: unknown): IamAnswer {
  if (!isObject(json)) return 'unknown';
  if (json['status'] === 'error') return REFUSING.includes(status) ? 'nobody' : 'unknown';
  const { data } = json;
  if (status !== 200 || json['status'] !== 'ok' || !isObject(data)) return 'unknown';
  const [organization, name] = [data['owner'], data['name']];
  const flags = ['isAdmin', 'isGlobalAdmin', 'isForbidden', 'isDeleted'].map((key) => data[key] ?? false);
  // An account that is in doubt, whatever in it is, is nobody's.
  if (!isName(organization, 100) || !isName(name, 255)) return 'unknown';
  if (!flags.every((flag) => typeof flag === 'boolean')) return 'unknown';
  const [isAdmin = false, isGlobalAdmin = false, isForbidden, isDeleted] = flags;
  return isForbidden || isDeleted ? 'nobody' : { organization, name, isAdmin, isGlobalAdmin };
}

const isName = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value !== '' && value.length <= longest && !/[\p{Cc}/]/u.test(value);

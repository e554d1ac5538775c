import { JsonCall } from '../../http-client/json-call.ts';
import { isObject } from '../../http-client/transport.ts';
import type { PendingSignOut } from '../../engine/ports/sign-outs.ts';

/** An application of the IAM's, which may do everything there. */
export interface IamClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

const LIMITS = { connectMs: 5_000, responseMs: 10_000, requestMs: 10_000 };
const LONGEST_ANSWER = 65_536;

/** Ends sessions at a Casdoor or Hanzo IAM beside us: only it can, whatever is written into its tables. */
export class IamSessions {
  readonly #address: string;
  readonly #authorization: string;
  readonly #call: JsonCall;

  /**
   * @param url where it is, without a slash at the end
   * @param atOnce connections
   */
  constructor(url: string, { clientId, clientSecret }: IamClient, atOnce: number) {
    this.#address = `${url}/api/delete-session`;
    this.#authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    this.#call = new JsonCall(LIMITS, atOnce, LONGEST_ANSWER);
  }

  /**
   * Never throws.
   *
   * @returns "" when it is ended, or why not, in words that name neither address nor credential
   */
  async end({ owner, name, application }: PendingSignOut, signal: AbortSignal): Promise<string> {
    const headers = { authorization: this.#authorization };
    const answer = await this.#call.send({ url: this.#address, headers, body: { owner, name, application } }, signal);
    if ('reason' in answer) return answer.reason;
    const { status, json } = answer;
    if (status === 200 && isObject(json) && json['status'] === 'ok') return '';
    return status === 200 ? 'the IAM refused' : `HTTP ${status}`;
  }
}

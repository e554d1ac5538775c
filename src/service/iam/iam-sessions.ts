import { JsonCall } from '../../http-client/json-call.ts';
import { isObject } from '../../http-client/transport.ts';
import type { PendingSignOut } from '../../engine/ports/sign-outs.ts';

/** An application of the IAM's, which may do everything there. */
export interface IamClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What came of asking for the end of one session; reasons name neither address nor credential. */
export type SessionEnd =
  | { readonly outcome: 'ended' }
  /** `refused`: the IAM said no to this one. `away`: whatever it is asked, it would not do it now. */
  | { readonly outcome: 'refused' | 'away'; readonly reason: string };

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

  /** Never throws. */
  async end({ owner, name, application }: PendingSignOut, signal: AbortSignal): Promise<SessionEnd> {
    const headers = { authorization: this.#authorization };
    const answer = await this.#call.send({ url: this.#address, headers, body: { owner, name, application } }, signal);
    if ('reason' in answer) return { outcome: 'away', reason: answer.reason };
    const { status, json } = answer;
    const says = isObject(json) ? json['status'] : undefined;
    if (status === 200 && says === 'ok') return { outcome: 'ended' };
    const reason = status === 200 ? 'the IAM refused' : `HTTP ${status}`;
    return { outcome: status < 500 && says === 'error' ? 'refused' : 'away', reason };
  }
}

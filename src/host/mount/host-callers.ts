import type { IncomingHttpHeaders } from 'node:http';
import { BUILT_IN } from '../../identity/account.ts';
import type { ServiceLog } from '../../service/log.ts';
import { ANONYMOUS, type Caller, type CallerSource } from '../auth/caller.ts';
import type { Incoming } from '../http/incoming.ts';

/** Whom a host knows a caller for. */
export type MountedCaller =
  /** Administers every organization. */
  | { readonly kind: 'global'; readonly name: string }
  /** Administers one. */
  | { readonly kind: 'organization'; readonly organization: string; readonly name: string };

/** The host's own sign-in, asked about each call. */
export type Authenticate = (request: unknown) => unknown;

/** By the sign-in of whoever has the syncers as a part of his own. */
export class HostCallers implements CallerSource {
  readonly #authenticate: Authenticate;
  readonly #log: ServiceLog;

  constructor(authenticate: Authenticate, log: ServiceLog) {
    this.#authenticate = authenticate;
    this.#log = log;
  }

  /** Whatever is no caller, or cannot be told, is nobody. */
  async callerOf({ source, headers }: Incoming): Promise<Caller> {
    try {
      return callerIn(await this.#authenticate(source), isSentUnasked(headers)) ?? ANONYMOUS;
    } catch (error) {
      this.#log.warn({ err: error }, 'authenticate() failed: the caller counts as nobody');
      return ANONYMOUS;
    }
  }
}

function callerIn(told: unknown, byCookie: boolean): Caller | undefined {
  if (typeof told !== 'object' || told === null) return undefined;
  const { kind, name, organization } = told as Readonly<Record<string, unknown>>;
  if (!isName(name)) return undefined;
  if (kind === 'global') {
    return { kind: 'user', organization: BUILT_IN, name, isAdmin: true, isGlobalAdmin: true, byCookie };
  }
  // Users of `built-in` are global ones, and nothing is synced into it: who administers it alone administers nothing.
  if (kind !== 'organization' || !isName(organization) || organization === BUILT_IN) return undefined;
  return { kind: 'user', organization, name, isAdmin: true, byCookie };
}

const isName = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

/** What a browser sends along with every link that somebody clicks; a bearer token or a header of one's own it does not. */
const isSentUnasked = ({ cookie, authorization = '' }: IncomingHttpHeaders): boolean =>
  cookie !== undefined || /^(?:basic|digest|negotiate|ntlm)\b/i.test(authorization);

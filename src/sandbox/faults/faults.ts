import type { Access } from '../company/access.ts';
import type { Spoil } from './spoil.ts';

/** Query of a call without its secrets. */
export type CallParams = Readonly<Record<string, string>>;

/**
 * What happens instead of the true answer. `delayMs` (milliseconds) goes with anything and may stand
 * alone; of the others the first that is set counts, in the order in which they stand here.
 */
export interface FaultResponse {
  readonly delayMs?: number;
  /**
   * `never`: no answer until the client gives up. `endless`: as fast as the client reads. `drip`: a byte now and then.
   * `oversized`: one well-formed JSON text of `bytes`.
   */
  readonly broken?: 'reset' | 'never' | 'truncated' | 'endless' | 'drip' | 'oversized';
  /** Size of an oversized answer; default 80 MiB. */
  readonly bytes?: number;
  /** A 301 to this address. */
  readonly redirect?: string;
  /** With `body`, or a page such as nginx makes. */
  readonly httpStatus?: number;
  readonly errcode?: number;
  readonly errmsg?: string;
  /** Sent as it is, with status 200 unless `httpStatus` says otherwise. */
  readonly body?: string;
  readonly contentType?: string;
  /** The true answer, made wrong in one respect. */
  readonly spoil?: Spoil;
  /** Of the order of shuffled lists. */
  readonly seed?: number;
}

export interface FaultRule {
  /** Such as `user/list`; `user/*` and `*` match many. Absent: every call. */
  readonly path?: string;
  /** Each named parameter must have that value. */
  readonly match?: CallParams;
  readonly when?: (params: CallParams) => boolean;
  /** So many matching calls pass first. */
  readonly after?: number;
  /** The rule ends after so many calls; absent: never. */
  readonly times?: number;
  readonly respond: FaultResponse;
}

/** Something that happens between two answers: the company changes while somebody reads it. */
export interface TurnOfEvents extends Pick<FaultRule, 'path' | 'match' | 'when' | 'after'> {
  /** How it is shown, such as the name and the body of a control call. */
  readonly says?: unknown;
  /** Called once, when the answer is on its way. */
  readonly work: () => void;
}

/** Lasting conditions; every one is off until set. */
export interface FaultSettings {
  /** Each call takes at least so many milliseconds. */
  latencyMs?: number;
  /** The `Date` header is that far ahead (or, negative, behind). */
  clockSkewMs?: number;
  /** 60020 on everything but gettoken, naming this address. */
  untrustedIp?: string;
  /** `from ip` in refusals; default 203.0.113.7. */
  fromIp?: string;
  /** After so many wrong secrets every call gets 45009 until the faults are cleared. */
  wrongSecretLimit?: number;
  /** 45033 when more calls than this are open. Needs latency to matter. */
  concurrencyLimit?: number;
  /** 45009 beyond so many calls of one path in one minute. */
  callsPerMinute?: number;
  /** All tokens expire (42001), or are revoked (40014), before every so-manieth call that uses one. */
  expireTokensEvery?: number;
  revokeTokensEvery?: number;
  /** `expires_in` of new tokens, seconds; default 7200. */
  tokenLifetime?: number;
}

interface ActiveRule {
  readonly rule: FaultRule;
  passes: number;
  left: number;
}

const MINUTE_MS = 60_000;
const DEFAULT_TOKEN_LIFETIME = 7200;
const DEFAULT_FROM_IP = '203.0.113.7';

/** What goes wrong, on demand. Rules are asked in the order in which they were added. */
export class Faults {
  readonly #access: Access;
  #rules: ActiveRule[] = [];
  #turns: { readonly turn: TurnOfEvents; passes: number }[] = [];
  #settings: FaultSettings = {};
  #wrongSecrets = 0;
  #authorised = 0;
  #minutes = new Map<string, { since: number; calls: number }>();

  constructor(access: Access) {
    this.#access = access;
  }

  get settings(): Readonly<FaultSettings> {
    return this.#settings;
  }

  get rules(): readonly FaultRule[] {
    return this.#rules.map(({ rule }) => rule);
  }

  get fromIp(): string {
    return this.#settings.untrustedIp ?? this.#settings.fromIp ?? DEFAULT_FROM_IP;
  }

  get tokenLifetime(): number {
    return this.#settings.tokenLifetime ?? DEFAULT_TOKEN_LIFETIME;
  }

  /** @returns takes the rule away again. */
  add(rule: FaultRule): () => void {
    const active: ActiveRule = { rule, passes: rule.after ?? 0, left: rule.times ?? Number.POSITIVE_INFINITY };
    this.#rules.push(active);
    return () => {
      this.#rules = this.#rules.filter((other) => other !== active);
    };
  }

  /** Those that are still to come. */
  get turns(): readonly TurnOfEvents[] {
    return this.#turns.map(({ turn }) => turn);
  }

  /** Lets something happen once, after an answer. */
  afterAnswer(turn: TurnOfEvents): void {
    this.#turns.push({ turn, passes: turn.after ?? 0 });
  }

  /** To be told of each answer that was given. */
  answered(path: string, params: CallParams): void {
    const due = this.#turns.filter((entry) => applies(entry.turn, path, params) && (entry.passes -= 1) < 0);
    if (due.length === 0) return;
    this.#turns = this.#turns.filter((entry) => !due.includes(entry));
    for (const { turn } of due) turn.work();
  }

  /** Changes the named settings and keeps the others; a setting that is `undefined` goes off. */
  set(settings: { [Key in keyof FaultSettings]: FaultSettings[Key] | undefined }): void {
    const merged = { ...this.#settings, ...settings };
    this.#settings = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
  }

  /** Everything is well again; tokens that were expired or revoked stay so. */
  clear(): void {
    this.#rules = [];
    this.#turns = [];
    this.#settings = {};
    this.#wrongSecrets = 0;
    this.#authorised = 0;
    this.#minutes = new Map();
  }

  /** Every token given out so far answers 42001 from now on. */
  expireTokens(): void {
    this.#access.expireTokens();
  }

  /** Every token given out so far answers 40014 from now on. */
  revokeTokens(): void {
    this.#access.revokeTokens();
  }

  /** The response of the first rule that applies; counts it as used. */
  take(path: string, params: CallParams): FaultResponse | undefined {
    for (const active of this.#rules) {
      if (!applies(active.rule, path, params)) continue;
      if (active.passes > 0) {
        active.passes -= 1;
        continue;
      }
      if (active.left <= 0) continue;
      active.left -= 1;
      return active.rule.respond;
    }
    return undefined;
  }

  countWrongSecret(): void {
    this.#wrongSecrets += 1;
  }

  /** The whole address is blocked after too many wrong secrets (help text of 45009, doc 90313). */
  get isBlocked(): boolean {
    const limit = this.#settings.wrongSecretLimit;
    return limit !== undefined && this.#wrongSecrets >= limit;
  }

  /** Counts the call; true when it is one too many of its path in this minute. */
  exceedsRate(path: string): boolean {
    const limit = this.#settings.callsPerMinute;
    if (limit === undefined) return false;
    const now = Date.now();
    const minute = this.#minutes.get(path);
    if (minute === undefined || now - minute.since >= MINUTE_MS) {
      this.#minutes.set(path, { since: now, calls: 1 });
      return limit < 1;
    }
    minute.calls += 1;
    return minute.calls > limit;
  }

  exceedsConcurrency(inFlight: number): boolean {
    return this.#settings.concurrencyLimit !== undefined && inFlight > this.#settings.concurrencyLimit;
  }

  /** To be told of each call with a token, before the token is looked at. */
  ageTokens(): void {
    const { expireTokensEvery: expiry, revokeTokensEvery: revocation } = this.#settings;
    this.#authorised += 1;
    if (expiry !== undefined && this.#authorised % expiry === 0) this.expireTokens();
    if (revocation !== undefined && this.#authorised % revocation === 0) this.revokeTokens();
  }
}

function applies(rule: Pick<FaultRule, 'path' | 'match' | 'when'>, path: string, params: CallParams): boolean {
  if (!matchesPath(rule.path ?? '*', path)) return false;
  for (const [name, value] of Object.entries(rule.match ?? {})) if (params[name] !== value) return false;
  return rule.when === undefined || rule.when(params);
}

function matchesPath(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}

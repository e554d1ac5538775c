import type { PendingSignOut, SignOutReport, SignOuts, SignOutStore } from '../../engine/ports/sign-outs.ts';
import { isOfOneMember, type Run } from '../../engine/run.ts';
import { systemClock, type Clock } from '../../http-client/clock.ts';
import { backoffDelay, type Backoff } from '../../http-client/retry.ts';
import type { ServiceLog } from '../log.ts';
import { IamSessions, type IamClient, type SessionEnd } from './iam-sessions.ts';

const AT_ONCE = 8;
const TRIES = 3;
const PAUSE: Backoff = { baseMs: 250, capMs: 2_000, floorMs: 50 };
/** After so many refusals in a row, each further session is asked for once: then it is not about single sessions. */
const MOST_REFUSED = AT_ONCE;
/** How long somebody who edits an account waits for it. */
const EDIT_MS = 10_000;

export interface SignOutDeps {
  readonly store: SignOutStore;
  /** Absent: nobody may sign anybody out there. */
  readonly iam?: { readonly url: string; readonly client: IamClient };
  readonly log: ServiceLog;
  readonly clock?: Clock;
}

/** Signs whoever may no longer sign in out of the IAM beside us. */
export class IamSignOuts implements SignOuts {
  readonly #store: SignOutStore;
  readonly #sessions: IamSessions | undefined;
  readonly #log: ServiceLog;
  readonly #clock: Clock;

  constructor({ store, iam, log, clock = systemClock }: SignOutDeps) {
    this.#store = store;
    this.#sessions = iam && new IamSessions(iam.url, iam.client, AT_ONCE);
    this.#log = log;
    this.#clock = clock;
  }

  async settle(
    { id, organization, trigger }: Pick<Run, 'id' | 'organization' | 'trigger'>,
    signal: AbortSignal,
  ): Promise<SignOutReport> {
    const pending = await this.#store.pending(organization);
    const own = pending.filter(({ runId }) => runId === id);
    if (!this.#sessions) return { signedOut: 0, failed: [], left: [...new Set(own.map(({ name }) => name))] };
    const others = isOfOneMember({ trigger }) ? [] : pending.filter(({ runId }) => runId !== id);
    // From another place each time: sessions at which the IAM fails as if it were away keep nobody waiting for ever.
    const start = Math.floor(Math.random() * others.length);
    return this.#signOut(this.#sessions, [...own, ...others.slice(start), ...others.slice(0, start)], signal);
  }

  /** For accounts that a person edited; what fails is done by the next full run. Never throws. */
  async settleEdited(organization: string, names: readonly string[]): Promise<void> {
    try {
      if (!this.#sessions) return;
      const pending = await this.#store.pending(organization, names);
      await this.#signOut(this.#sessions, pending, AbortSignal.timeout(EDIT_MS));
    } catch (error) {
      this.#log.error({ organization, err: error }, 'it could not be looked up who is to be signed out at the IAM');
    }
  }

  async #signOut(
    sessions: IamSessions,
    pending: readonly PendingSignOut[],
    signal: AbortSignal,
  ): Promise<SignOutReport> {
    const waiting = [...pending];
    const signedOut = new Set<string>();
    const failed = new Set<string>();
    let answered = 0;
    let refusedInARow = 0;
    let reason = '';
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const answeredBefore = answered;
        const end = await this.#end(sessions, next, refusedInARow < MOST_REFUSED ? TRIES : 1, signal);
        if (end.outcome !== 'away') answered += 1;
        if (end.outcome === 'ended') {
          refusedInARow = 0;
          if (await this.#store.done(next)) signedOut.add(next.name);
          continue;
        }
        if (end.outcome === 'refused') refusedInARow += 1;
        reason = end.reason;
        failed.add(next.name);
        // Nobody had an answer meanwhile: the IAM is away, and a run does not stand still for it.
        if (answered === answeredBefore) return;
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, pending.length) }, work));
    for (const { name } of waiting) failed.add(name);
    if (failed.size > 0) {
      const fields = { organization: pending[0]?.owner, people: failed.size, reason };
      this.#log.warn(fields, 'people could not be signed out at the IAM; the next full run tries again');
    }
    return { signedOut: [...signedOut].filter((name) => !failed.has(name)).length, failed: [...failed], left: [] };
  }

  async #end(sessions: IamSessions, signOut: PendingSignOut, tries: number, signal: AbortSignal): Promise<SessionEnd> {
    for (let attempt = 1; ; attempt += 1) {
      const end = await sessions.end(signOut, signal);
      if (end.outcome === 'ended' || attempt === tries || signal.aborted) return end;
      try {
        await this.#clock.sleep(backoffDelay(PAUSE, attempt, Math.random()), signal);
      } catch {
        return end; // the run is over
      }
    }
  }
}

import type { RunTrigger } from '../../engine/run.ts';
import { UnavailableError } from '../../syncer/errors.ts';
import { text, type Text } from '../../syncer/text.ts';

const HOUR_MS = 3_600_000;
/** A person who mistypes is done long before; a directory that blocks an address does so at many more. */
export const REFUSED_TESTS = 10;
/**
 * More than of tests: whoever mends a secret after some failed runs must not wait before it is tried. A schedule slows
 * down by itself after three.
 */
export const REFUSED_RUNS = 30;
/** Of a member's own page, which anybody may open: whoever does so uses up nothing that a run has. */
export const REFUSED_VISITS = 10;

/** The code of the error that a connector throws when its credentials are not accepted. */
export const CREDENTIALS_REFUSED = 'credentials';

/**
 * How often a directory may refuse the credentials of one organization within an hour. After too many wrong ones it
 * blocks the address of the whole host, and with it everybody else's syncs. Counted in this process.
 */
export class CredentialBudget {
  readonly #most: number;
  readonly #clock: () => number;
  /** When credentials were refused, oldest first, by organization; attempts that go on count as refused. */
  readonly #refused = new Map<string, number[]>();

  /** @param most so many refusals within an hour */
  constructor(most: number, clock: () => number = Date.now) {
    this.#most = most;
    this.#clock = clock;
  }

  /** Undefined: another attempt may be made; else why not, and until when. */
  spent(organization: string): Text | undefined {
    const since = this.#clock() - HOUR_MS;
    const recent = (this.#refused.get(organization) ?? []).filter((at) => at > since);
    if (recent.length === 0) this.#refused.delete(organization);
    else this.#refused.set(organization, recent);
    const [oldest] = recent;
    if (oldest === undefined || recent.length < this.#most) return undefined;
    const until = new Date(oldest + HOUR_MS).toISOString();
    const minutes = Math.max(1, Math.ceil((oldest - since) / 60_000));
    return text(
      `The directory refused the credentials of this organization ${this.#most} times within an hour; try again in ${minutes} minutes, after ${until}. More wrong ones would make it block this server for everybody.`,
      `一小时内该组织的凭证已被拒绝 ${this.#most} 次；请在 ${minutes} 分钟后(${until} 之后)再试。继续使用错误的凭证会导致本服务器被整体封禁。`,
    );
  }

  /** An attempt begins, and counts as refused until it is withdrawn: a hundred at one time are no way around it. */
  begin(organization: string): { readonly withdraw: () => void } {
    const at = this.#clock();
    this.refuse(organization, at);
    return {
      withdraw: () => {
        const times = this.#refused.get(organization) ?? [];
        const index = times.indexOf(at);
        if (index >= 0) this.#refused.set(organization, times.toSpliced(index, 1));
      },
    };
  }

  /** An attempt was refused. */
  refuse(organization: string, at: number = this.#clock()): void {
    this.#refused.set(organization, [...(this.#refused.get(organization) ?? []), at]);
  }
}

/**
 * A syncer that worked when it ran last goes on by its schedule, whatever others of its organization try.
 *
 * @throws UnavailableError when the directory refused too many credentials of its organization lately
 */
export function requireBudget(
  budget: CredentialBudget,
  { organization, health, lastRunId }: { organization: string; health: string; lastRunId: string | null },
  trigger: RunTrigger,
): void {
  const isByItself = trigger === 'schedule' || trigger === 'roster';
  if (isByItself && health === 'ok' && lastRunId !== null) return;
  const spent = budget.spent(organization);
  if (spent) throw new UnavailableError(spent);
}

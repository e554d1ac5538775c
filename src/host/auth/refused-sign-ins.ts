import type { AuditLog } from '../../service/audit/audit-log.ts';
import { networkOf } from './address.ts';
import { AttemptWindow, WINDOW_MS } from '../../service/limits/attempt-window.ts';
import { ANONYMOUS, actorOf } from './caller.ts';
import type { NamedAccount } from './password-checks.ts';
import { TooManyAttempts } from './sign-in-limits.ts';

/**
 * Sign-ins that did not succeed, in the audit log: the first per account and address within a window, and the first
 * that was refused unlooked at. A row for each would let strangers fill the database.
 */
export class RefusedSignIns {
  readonly #audit: AuditLog;
  readonly #noted = new AttemptWindow(1, WINDOW_MS);

  constructor(audit: AuditLog) {
    this.#audit = audit;
  }

  async note(address: string, { user, organization }: NamedAccount, reason: unknown): Promise<void> {
    const isLimited = reason instanceof TooManyAttempts;
    // What was typed as a name may be a password in the wrong field: only names of what exists are stored.
    const target = user ? `${user.owner}/${user.name}` : '';
    const owner = user?.owner ?? organization?.name ?? '';
    // A refusal unlooked at costs its sender nothing, so it is once per address, whatever it names.
    const what = isLimited ? 'limited' : `refused ${target || owner}`;
    if (this.#noted.add(`${networkOf(address)} ${what}`) > 1) return;
    const outcome = isLimited ? 'limited' : 'refused';
    await this.#audit.record(actorOf(ANONYMOUS, address), { action: 'sign-in', organization: owner, target, outcome });
  }
}

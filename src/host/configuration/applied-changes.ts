import type { Actor, AuditLog } from '../../service/audit/audit-log.ts';
import type { ConfigurationChange } from '../../service/configuration/configuration-service.ts';
import { asValue } from '../auth/settings-changes.ts';

/** An entry for each syncer and protection that was changed, with before and after. */
export async function recordApplied(
  audit: AuditLog,
  actor: Actor,
  changes: readonly ConfigurationChange[],
): Promise<void> {
  for (const { organization, name, fields } of changes) {
    await audit.record(actor, {
      action: 'apply-config',
      organization,
      target: name,
      outcome: 'ok',
      changes: fields.map(({ field, before, after }) => ({ field, before: asValue(before), after: asValue(after) })),
    });
  }
}

import { expect } from 'chai';
import { AuditLog, type AuditRecord } from '../../../src/service/audit/audit-log.ts';

describe('AuditLog', () => {
  it('answers what was done, and writes it down, also where nobody can tell more about it', async () => {
    const stored: AuditRecord[] = [];
    const logged: string[] = [];
    const quiet = (): void => undefined;
    const error = (_: object, message: string): void => void logged.push(message);
    const store = { insert: async (record: AuditRecord) => void stored.push(record), prune: async () => 0 };
    const audit = new AuditLog(store, { info: quiet, warn: quiet, error });
    const failing = async () => {
      throw new Error('the database is gone');
    };
    const done = await audit.during(
      { by: 'acme/chief', address: '' },
      { action: 'protect-user', organization: 'acme', target: 'sunna' },
      async () => 'done',
      failing,
    );
    expect(done).to.equal('done');
    expect(stored).to.have.length(1);
    expect(stored[0]).to.deep.include({ action: 'protect-user', target: 'sunna', detail: { outcome: 'ok' } });
    expect(logged).to.have.length(1);
  });
});

import { expect } from 'chai';
import type { Run } from '../../../src/engine/run.ts';
import { conditionAfter } from '../../../src/service/syncers/syncer-condition.ts';
import { eventAfter, type FormerCondition } from '../../../src/service/webhook/webhook-event.ts';
import { text } from '../../../src/syncer/text.ts';
import { aRun } from '../../support/builders.ts';

const failed = (recovery: string): Run =>
  aRun({ state: 'failed', error: { code: 'any', message: text('Wrong.', '错误'), remedy: null, recovery } });
const held = (values: Partial<Run> = {}): Run => aRun({ state: 'held', lockOutDigest: 'a', ...values });
const superseded = (digest: string): Run =>
  aRun({ id: 'earlier', state: 'cancelled', supersededBy: 'run', lockOutDigest: digest });
const rejected = aRun({
  state: 'cancelled',
  error: { code: 'rejected', message: text('No.', '否'), remedy: null, recovery: 'confirm' },
});
const cancelled = aRun({
  state: 'cancelled',
  error: { code: 'cancelled', message: text('Cancelled.', '取消'), remedy: null, recovery: 'abort' },
});
const good = aRun({});
const ok: FormerCondition = { health: 'ok', failures: 0 };

/** What is told when `run` ends after `earlier` ones, newest first. */
async function told(run: Run, before: FormerCondition, ...earlier: readonly Run[]): Promise<string | undefined> {
  const newestFirst = async function* (): AsyncGenerator<Run> {
    yield* earlier;
  };
  const after = conditionAfter(run, before.failures);
  return after && eventAfter(run, before, after, newestFirst());
}

/** What is told of each of so many failures in a row. */
async function toldOf(count: number, recovery: string): Promise<(string | undefined)[]> {
  const events: (string | undefined)[] = [];
  let before: FormerCondition = ok;
  for (let failures = 1; failures <= count; failures += 1) {
    const run = failed(recovery);
    events.push(await told(run, before));
    const { health = before.health } = conditionAfter(run, before.failures) ?? {};
    before = { health, failures };
  }
  return events;
}

describe('what a webhook is told of', () => {
  it('is no single failure, but the second in a row, the fourth, the eighth', async () => {
    const events = await toldOf(17, 'retry');
    expect(events.flatMap((event, index) => (event ? [`${event} ${index + 1}`] : []))).to.deep.equal([
      'failing 2',
      'failing 4',
      'failing 8',
      'failing 16',
    ]);
  });

  it('is a quarantine when it begins, and a reminder while it lasts', async () => {
    expect(await toldOf(5, 'fix')).to.deep.equal([undefined, 'failing', 'quarantined', 'failing', undefined]);
  });

  it('is a quarantine that begins where a reminder would be due', async () => {
    expect(await told(failed('fix'), { health: 'failing', failures: 7 })).to.equal('quarantined');
  });

  it('is each set of lock-outs that waits, once', async () => {
    expect(await told(held(), ok, good)).to.equal('held');
    const waiting: FormerCondition = { health: 'held', failures: 0 };
    expect(await told(held(), waiting, superseded('a'), good)).to.equal(undefined);
    expect(await told(held(), waiting, superseded('b'), good)).to.equal('held');
    expect(await told(held({ trigger: 'approval' }), waiting, held({ id: 'approved' }))).to.equal('held');
    expect(await told(held(), { health: 'failing', failures: 1 }, failed('retry'), superseded('a'))).to.equal('held');
  });

  it('is no run beside which another one waits', async () => {
    const waiting = conditionAfter(held(), 0)!;
    const none = async function* (): AsyncGenerator<Run> {};
    expect(await eventAfter(good, { health: 'held', failures: 0 }, waiting, none())).to.equal(undefined);
    expect(await eventAfter(aRun({ trigger: 'approval' }), { health: 'held', failures: 0 }, waiting, none())).to.equal(
      undefined,
    );
    expect(await eventAfter(good, { health: 'quarantined', failures: 4 }, waiting, none())).to.equal('recovered');
  });

  it('is what waits also where the syncer fails, and no failure of before once more', async () => {
    const failing = { errorText: 'Wrong.', health: 'failing', failures: 2 } as const;
    const none = async function* (): AsyncGenerator<Run> {};
    expect(await eventAfter(held({ trigger: 'undo' }), failing, failing, none())).to.equal('held');
    expect(await eventAfter(aRun({ trigger: 'approval' }), failing, failing, none())).to.equal(undefined);
  });

  it('is the first good run after a trouble that was told', async () => {
    for (const run of [good, aRun({ state: 'partial' })]) {
      expect(await told(run, { health: 'held', failures: 0 }, superseded('a'))).to.equal('recovered');
      expect(await told(run, { health: 'quarantined', failures: 5 })).to.equal('recovered');
      expect(await told(run, { health: 'failing', failures: 2 })).to.equal('recovered');
    }
    expect(await told(good, ok, good, failed('fix'), failed('fix'))).to.equal(undefined);
  });

  it('is no recovery from a single failure, of which nobody was told', async () => {
    expect(await told(good, { health: 'failing', failures: 1 }, failed('fix'), cancelled, good)).to.equal(undefined);
    expect(await told(good, ok, cancelled, good, held())).to.equal(undefined);
  });

  it('is a recovery also when somebody pressed Sync in a quarantine, and that failed once more', async () => {
    const before: FormerCondition = { health: 'failing', failures: 1 };
    expect(await told(good, before, failed('fix'), failed('fix'), failed('fix'), good)).to.equal('recovered');
  });

  it('is a recovery also when a failure came between a held run and the good one', async () => {
    expect(await told(good, { health: 'failing', failures: 1 }, failed('retry'), superseded('a'))).to.equal(
      'recovered',
    );
    expect(await told(good, { health: 'failing', failures: 1 }, failed('retry'), held())).to.equal('recovered');
  });

  it('is no decision of a person, but the good run after it', async () => {
    const approval = aRun({ id: 'approval', trigger: 'approval' });
    expect(await told(approval, { health: 'held', failures: 0 }, held())).to.equal(undefined);
    expect(await told(good, ok, approval, good)).to.equal('recovered');
    expect(await told(good, ok, rejected, good)).to.equal('recovered');
  });
});

import { expect } from 'chai';
import { pino } from 'pino';
import { stub, useFakeTimers, type SinonFakeTimers } from 'sinon';
import { CallbackService, MOST_MEMBERS } from '../../src/service/callback-service.ts';
import type { MemberReport, MemberRequest } from '../../src/engine/steps/sync-member.ts';
import type { SyncerRecord } from '../../src/service/syncers/syncer-record.ts';
import type { DirectoryHint } from '../../src/syncer/callback.ts';
import { CallbackRefusedError, LeaseError } from '../../src/syncer/errors.ts';
import { externalId } from '../../src/syncer/external-id.ts';
import { text } from '../../src/syncer/text.ts';
import { aRun } from '../support/builders.ts';

const RECORD = { id: 'syncer-1', organization: 'acme', name: 'wecom', isEnabled: true } as SyncerRecord;
const REPORT = { run: aRun({ trigger: 'member' }), steps: [] } satisfies MemberReport;
const CALL = { query: '', body: '' };
const FULL: DirectoryHint = { about: 'directory' };
const member = (id: string, formerId?: string): DirectoryHint => ({
  about: 'member',
  id: externalId(id),
  ...(formerId ? { formerId: externalId(formerId) } : {}),
});
const busy = (): LeaseError => new LeaseError(text('Somebody runs.', '正在同步。'));

describe('CallbackService', () => {
  let clock: SinonFakeTimers;
  let record: SyncerRecord | undefined;
  let hints: readonly DirectoryHint[];
  let service: CallbackService;
  const run = stub<[SyncerRecord, MemberRequest], Promise<MemberReport>>();
  const known = new Set<string>();
  const heard = {
    isFirst: async (syncerId: string, id: string) => {
      const isNew = !known.has(`${syncerId} ${id}`);
      known.add(`${syncerId} ${id}`);
      return isNew;
    },
    prune: async () => 0,
  };
  let messages = 0;
  const hasten = stub<[string], Promise<void>>();

  beforeEach(() => {
    clock = useFakeTimers({ now: 1_700_000_000_000 });
    record = RECORD;
    run.reset();
    run.resolves(REPORT);
    hasten.reset();
    hasten.resolves();
    service = new CallbackService({
      syncers: {
        find: async (organization, name) => (organization === 'acme' && name === 'wecom' ? record : undefined),
        byId: async () => record,
        opened: async () => ({ record: RECORD, config: {} }),
        callbacksOf: () => ({
          confirm: () => '1234',
          read: ({ query }) => {
            if (query === 'forged') throw new CallbackRefusedError(text('The signature is wrong.', '签名错误。'));
            return { id: query, validMs: 1_000, hints };
          },
        }),
      },
      runs: { member: run },
      schedule: { hasten },
      heard,
      log: pino({ level: 'silent' }),
      quietMs: 1_000,
      retryMs: 10_000,
    });
  });
  afterEach(async () => {
    await service.close();
    clock.restore();
  });

  const tell = async (...told: DirectoryHint[]) => {
    hints = told;
    return service.receive('acme', 'wecom', { ...CALL, query: String((messages += 1)) }, '192.0.2.1');
  };
  const synced = (): string[] => run.args.map(([, { userid }]) => userid);

  it('answers at once and syncs the member a moment later', async () => {
    expect(await tell(member('li'))).to.deep.equal({ status: 200, text: 'success' });
    expect(run.called).to.equal(false);
    await clock.tickAsync(1_000);
    expect(run.args).to.deep.equal([[RECORD, { userid: 'li', automatic: true }]]);
    expect(hasten.called).to.equal(false);
  });

  it('syncs a member once, however often and in whatever spelling the change is told', async () => {
    await tell(member('Li'));
    await tell(member('li'));
    await tell(member('wang'));
    await clock.tickAsync(1_000);
    expect(synced()).to.deep.equal(['li', 'wang']);
  });

  it('waits until it is quiet, but not for ever', async () => {
    for (let second = 0; second < 30; second += 1) {
      await tell(member('li'));
      await clock.tickAsync(500);
    }
    expect(run.callCount).to.equal(1);
    await clock.tickAsync(10_000);
    expect(run.callCount).to.equal(2);
  });

  it('remembers what a member was called before, whatever is told afterwards', async () => {
    await tell(member('new', 'old'));
    await tell(member('new'));
    await clock.tickAsync(1_000);
    expect(run.args).to.deep.equal([[RECORD, { userid: 'new', formerUserid: 'old', automatic: true }]]);
  });

  it('brings a full run forward for what only that shows', async () => {
    await tell(FULL);
    await clock.tickAsync(60_000);
    expect(hasten.args).to.deep.equal([['syncer-1']]);
    expect(run.called).to.equal(false);
  });

  it('keeps nobody waiting for that run who is named beside it', async () => {
    await tell(member('before'));
    await tell(FULL);
    await tell(member('after'));
    await clock.tickAsync(1_000);
    expect(hasten.args).to.deep.equal([['syncer-1']]);
    expect(synced()).to.deep.equal(['before', 'after']);
  });

  it('says success to a message that comes again, and acts on it once', async () => {
    hints = [member('li'), FULL];
    const replayed = { query: 'recorded', body: '' };
    for (const address of ['192.0.2.1', '192.0.2.1', '198.51.100.7']) {
      expect(await service.receive('acme', 'wecom', replayed, address)).to.deep.equal({ status: 200, text: 'success' });
      await clock.tickAsync(5_000);
    }
    expect(synced()).to.deep.equal(['li']);
    expect(hasten.callCount).to.equal(1);
  });

  it('brings a full run forward when a lock-out waits for a person', async () => {
    run.onFirstCall().resolves({ ...REPORT, run: aRun({ trigger: 'member', state: 'held' }) });
    await tell(member('a'), member('b'));
    await clock.tickAsync(1_000);
    expect(synced()).to.deep.equal(['a', 'b']);
    expect(hasten.args).to.deep.equal([['syncer-1']]);
  });

  it('brings a full run forward in a flood', async () => {
    for (let index = 0; index < MOST_MEMBERS; index += 1) await tell(member(`m${String(index)}`));
    expect(hasten.called).to.equal(false);
    await tell(member('one-more'));
    await clock.tickAsync(60_000);
    expect(hasten.callCount).to.equal(1);
    expect(run.called).to.equal(false);
  });

  it('tries again while another run goes on, with those who are left', async () => {
    run.onSecondCall().rejects(busy());
    await tell(member('a'), member('b'), member('c'));
    await clock.tickAsync(1_000);
    expect(synced()).to.deep.equal(['a', 'b']);
    await clock.tickAsync(10_000);
    expect(synced()).to.deep.equal(['a', 'b', 'b', 'c']);
  });

  it('gives up on a run that does not end, and asks for a full one', async () => {
    run.rejects(busy());
    await tell(member('a'));
    await clock.tickAsync(1_000 + 20 * 10_000);
    expect(hasten.args).to.deep.equal([['syncer-1']]);
    expect(run.callCount).to.equal(9);
  });

  it('does nothing for a syncer that was switched off', async () => {
    await tell(member('a'));
    record = { ...RECORD, isEnabled: false };
    await clock.tickAsync(1_000);
    await tell(member('b'), FULL);
    await clock.tickAsync(1_000);
    expect(run.called || hasten.called).to.equal(false);
  });

  it('goes on after a member that failed unexpectedly', async () => {
    run.onFirstCall().rejects(new Error('the database is away'));
    await tell(member('a'));
    await clock.tickAsync(1_000);
    await tell(member('b'));
    await clock.tickAsync(1_000);
    expect(synced()).to.deep.equal(['a', 'b']);
  });

  it('answers the test of the address with what was decrypted', async () => {
    expect(await service.confirm('acme', 'wecom', CALL, '192.0.2.1')).to.deep.equal({ status: 200, text: '1234' });
  });

  it('tells a stranger the same, whether the syncer is there or not', async () => {
    const forged = { query: 'forged', body: '' };
    const refused = await service.receive('acme', 'wecom', forged, '192.0.2.1');
    expect(refused).to.deep.equal({ status: 403, text: 'refused' });
    expect(await service.receive('acme', 'other', CALL, '192.0.2.1')).to.deep.equal(refused);
    expect(await service.confirm('nobody', 'wecom', CALL, '192.0.2.1')).to.deep.equal(refused);
    record = undefined;
    expect(await service.receive('acme', 'wecom', forged, '192.0.2.1')).to.deep.equal(refused);
  });

  it('tells an address that sends forgeries to stop, and hears what is genuine from it all the same', async () => {
    const forged = { query: 'forged', body: '' };
    for (let tries = 0; tries < 60; tries += 1) await service.receive('acme', 'wecom', forged, '198.51.100.1');
    expect((await service.receive('acme', 'wecom', forged, '198.51.100.1')).status).to.equal(429);
    hints = [member('true')];
    const genuine = { query: 'from the same address', body: '' };
    expect((await service.receive('acme', 'wecom', genuine, '198.51.100.1')).status).to.equal(200);
    expect((await tell(member('a'))).status).to.equal(200);
    await clock.tickAsync(61_000);
    expect((await service.receive('acme', 'wecom', forged, '198.51.100.1')).status).to.equal(403);
  });

  it('hears any number of true messages', async () => {
    for (let count = 0; count < 200; count += 1) expect((await tell(member('a'))).status).to.equal(200);
  });

  it('drops what waits when it closes, and begins nothing more', async () => {
    await tell(member('a'));
    await service.close();
    await tell(member('b'));
    await clock.tickAsync(60_000);
    expect(run.called).to.equal(false);
  });
});

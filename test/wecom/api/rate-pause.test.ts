import { expect } from 'chai';
import { CancelledError } from '../../../src/syncer/errors.ts';
import { RatePause } from '../../../src/wecom/api/rate-pause.ts';
import { never, rejection, StillClock } from '../rig.ts';

describe('RatePause', () => {
  it('holds everybody until the pause is over', async () => {
    const clock = new StillClock();
    const gate = new RatePause(clock, 10);
    await gate.pass(never());
    expect(clock.naps).to.deep.equal([]);
    expect(gate.close(gate.pauses, 60_000)).to.equal(true);
    await gate.pass(never());
    expect(clock.naps).to.deep.equal([60_000]);
  });

  it('takes refusals of calls that began before the pause as old news', () => {
    const gate = new RatePause(new StillClock(), 10);
    const before = gate.pauses;
    expect(gate.close(before, 60_000)).to.equal(true);
    expect(gate.close(before, 60_000)).to.equal(true);
    expect(gate.pauses).to.equal(1);
  });

  it('gives up when the pause did not help', () => {
    const gate = new RatePause(new StillClock(), 10);
    gate.close(gate.pauses, 60_000);
    expect(gate.close(gate.pauses, 60_000)).to.equal(false);
  });

  it('pauses again after calls got through meanwhile, but not without end', () => {
    const gate = new RatePause(new StillClock(), 2);
    gate.close(gate.pauses, 60_000);
    gate.succeeded(gate.pauses);
    expect(gate.close(gate.pauses, 60_000)).to.equal(true);
    gate.succeeded(gate.pauses);
    expect(gate.close(gate.pauses, 60_000)).to.equal(false);
  });

  it('does not take a call that began before the pause for a good sign', () => {
    const gate = new RatePause(new StillClock(), 10);
    const before = gate.pauses;
    gate.close(before, 60_000);
    gate.succeeded(before);
    expect(gate.close(gate.pauses, 60_000)).to.equal(false);
  });

  it('lets a cancelled run go at once', async () => {
    const gate = new RatePause(new StillClock(), 10);
    gate.close(gate.pauses, 60_000);
    expect(await rejection(gate.pass(AbortSignal.abort()))).to.be.instanceOf(CancelledError);
  });
});

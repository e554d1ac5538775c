import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import { CancelledError } from '../../src/syncer/errors.ts';
import { systemClock } from '../../src/http-client/clock.ts';
import { never, rejection } from '../wecom/rig.ts';

describe('systemClock', () => {
  it('sleeps for as long as it was told', async () => {
    const time = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    let awake = false;
    void systemClock.sleep(60_000, never()).then(() => (awake = true));
    await time.tickAsync(59_999);
    expect(awake).to.equal(false);
    await time.tickAsync(1);
    expect(awake).to.equal(true);
  });

  it('wakes at once when the run is cancelled, and leaves no timer', async () => {
    const time = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const run = new AbortController();
    const sleeping = rejection(systemClock.sleep(60_000, run.signal));
    run.abort();
    expect(await sleeping).to.be.instanceOf(CancelledError);
    expect(time.countTimers()).to.equal(0);
  });

  it('does not fall asleep in a run that is cancelled', async () => {
    expect(await rejection(systemClock.sleep(60_000, AbortSignal.abort()))).to.be.instanceOf(CancelledError);
  });
});

import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import { AttemptWindow } from '../../../src/service/limits/attempt-window.ts';
import { SignInLimits, TooManyAttempts, type Attempt } from '../../../src/host/auth/sign-in-limits.ts';

const attempt = (address: string, account: string, isUsualAddress = false): Attempt => ({
  address,
  account,
  isUsualAddress,
});

/** How many attempts pass before one is refused. */
function attempts(limits: SignInLimits, next: (n: number) => Attempt, most = 200): number {
  for (let n = 0; n < most; n += 1) {
    try {
      limits.begin(next(n));
    } catch (error) {
      expect(error).to.be.instanceOf(TooManyAttempts);
      return n;
    }
  }
  return Number.POSITIVE_INFINITY;
}

describe('sign-in limits', () => {
  const admin = attempt('10.0.0.1', 'acme/admin');

  it('refuse the sixth wrong password for one account from one address', () => {
    const limits = new SignInLimits();
    expect(attempts(limits, () => admin)).to.equal(5);
    limits.begin(attempt('10.0.0.2', 'acme/admin'));
    limits.begin(attempt('10.0.0.1', 'acme/other'));
  });

  it('give no spelling of a name guesses of its own', () => {
    const spellings = ['acme/plain', 'acme/PLAIN', 'acme/plaín', 'ACME/plai\u0300n'];
    const limits = new SignInLimits();
    expect(attempts(limits, (n) => attempt('10.0.0.1', spellings[n % 4]!))).to.equal(5);
    expect(() => limits.begin(attempt('10.0.0.1', 'ácme/plain '))).to.throw(TooManyAttempts);
  });

  it('refuse an address that tries many accounts', () => {
    expect(attempts(new SignInLimits(), (n) => attempt('10.0.0.1', `acme/user${n}`))).to.equal(50);
  });

  it('refuse an IPv6 network that tries with one address after the other', () => {
    expect(attempts(new SignInLimits(), (n) => attempt(`2001:db8::${n}`, 'acme/admin'))).to.equal(5);
  });

  it('refuse attempts on one account from many addresses, but not where it signed in last', () => {
    const limits = new SignInLimits();
    expect(attempts(limits, (n) => attempt(`10.0.0.${n}`, 'acme/admin'))).to.equal(30);
    limits.begin(attempt('10.9.9.9', 'acme/admin', true));
  });

  it('let one address use up nothing but its own attempts', () => {
    const limits = new SignInLimits();
    for (let n = 0; n < 500; n += 1) attempts(limits, () => admin);
    limits.begin(attempt('10.0.0.2', 'acme/admin'));
    // Nor is an address used up by attempts that were refused.
    expect(attempts(limits, (n) => attempt('10.0.0.1', `acme/user${n}`))).to.equal(45);
  });

  it('refuse attempts that arrive at the same moment', async () => {
    const limits = new SignInLimits();
    const results = await Promise.allSettled(Array.from({ length: 20 }, async () => limits.begin(admin)));
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(5);
  });

  it('do not count right passwords', () => {
    const limits = new SignInLimits();
    for (let n = 0; n < 100; n += 1) {
      limits.begin(admin);
      limits.succeed(admin);
    }
  });

  it('end after a quarter of an hour', async () => {
    const clock = useFakeTimers({ now: 1_000_000 });
    const limits = new SignInLimits();
    expect(attempts(limits, () => admin)).to.equal(5);
    await clock.tickAsync(15 * 60_000 + 1000);
    limits.begin(admin);
  });

  it('take bounded memory, however many addresses try', () => {
    const window = new AttemptWindow(1, 60_000);
    for (let n = 0; n < 100_001; n += 1) window.add(`key ${n}`);
    expect(window.waitMs('key 0')).to.equal(0);
    expect(window.waitMs('key 100000')).to.be.above(0);
  });
});

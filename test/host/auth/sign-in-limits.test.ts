import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import { SignInLimits } from '../../../src/host/auth/sign-in-limits.ts';
import { Refusal } from '../../../src/host/refusal.ts';

/** How many attempts pass before one is refused. */
async function attempts(limits: SignInLimits, next: (attempt: number) => readonly [string, string]): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      await limits.begin(...next(attempt));
    } catch (error) {
      expect(error).to.be.instanceOf(Refusal);
      return attempt;
    }
  }
  return Number.POSITIVE_INFINITY;
}

describe('sign-in limits', () => {
  it('refuse the sixth wrong password for one account from one address, in any spelling', async () => {
    const limits = new SignInLimits();
    expect(await attempts(limits, (n) => ['10.0.0.1', n % 2 ? 'acme/Admin' : 'acme/admin'])).to.equal(5);
    await limits.begin('10.0.0.2', 'acme/admin');
    await limits.begin('10.0.0.1', 'acme/other');
  });

  it('refuse an address that tries many accounts', async () => {
    expect(await attempts(new SignInLimits(), (n) => ['10.0.0.1', `acme/user${n}`])).to.equal(50);
  });

  it('refuse attempts on one account from many addresses', async () => {
    expect(await attempts(new SignInLimits(), (n) => [`10.0.0.${n}`, 'acme/admin'])).to.equal(30);
  });

  it('refuse attempts that arrive at the same moment', async () => {
    const limits = new SignInLimits();
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => limits.begin('10.0.0.1', 'acme/admin')));
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(5);
  });

  it('do not count right passwords', async () => {
    const limits = new SignInLimits();
    for (let n = 0; n < 100; n += 1) {
      await limits.begin('10.0.0.1', 'acme/admin');
      await limits.succeed('10.0.0.1', 'acme/admin');
    }
  });

  it('end after a quarter of an hour', async () => {
    const clock = useFakeTimers({ now: 1_000_000 });
    const limits = new SignInLimits();
    expect(await attempts(limits, () => ['10.0.0.1', 'acme/admin'])).to.equal(5);
    await clock.tickAsync(15 * 60_000 + 1000);
    await limits.begin('10.0.0.1', 'acme/admin');
  });
});

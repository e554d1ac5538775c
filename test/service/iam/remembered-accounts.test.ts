import { expect } from 'chai';
import type { IamAnswer, IamCredential } from '../../../src/service/iam/iam-accounts.ts';
import { RememberedAccounts } from '../../../src/service/iam/remembered-accounts.ts';

const CHIEF = { organization: 'acme', name: 'chief', isAdmin: true, isGlobalAdmin: false };
const cookie = (value: string): IamCredential => ({ kind: 'cookie', value });
const always = (): boolean => true;
const never = (): boolean => false;

describe('what the IAM said', () => {
  let now: number;
  let says: IamAnswer;
  let asked: string[];
  let remembered: RememberedAccounts;
  beforeEach(() => {
    [now, says, asked] = [0, CHIEF, []];
    const accountOf = async ({ kind, value }: IamCredential): Promise<IamAnswer> => {
      asked.push(`${kind} ${value}`);
      return says;
    };
    remembered = new RememberedAccounts({ accountOf }, () => now);
  });
  const after = async (ms: number, mayAsk = always): Promise<unknown> => {
    now = ms;
    return remembered.accountOf(cookie('a'), mayAsk);
  };

  it('is good for 30 seconds and no longer: whoever is signed out there is so here', async () => {
    expect(await after(0)).to.equal(CHIEF);
    says = 'nobody';
    expect(await after(29_999)).to.equal(CHIEF);
    expect(asked).to.have.length(1);
    expect(await after(30_000)).to.equal(undefined);
    expect(asked).to.have.length(2);
  });

  it('is good for two seconds when it was a refusal: whoever signs in there keeps his cookie', async () => {
    says = 'nobody';
    expect(await after(0)).to.equal(undefined);
    says = CHIEF;
    expect(await after(1_999)).to.equal(undefined);
    expect(await after(2_000)).to.equal(CHIEF);
    expect(asked).to.have.length(2);
  });

  it('is not remembered when it was nothing, and what it said before is not made up for it', async () => {
    says = 'unknown';
    expect(await after(0)).to.equal(undefined);
    expect(await after(1)).to.equal(undefined);
    expect(asked).to.have.length(2);
    says = CHIEF;
    expect(await after(2)).to.equal(CHIEF);
    says = 'unknown';
    expect(await after(30_002)).to.equal(undefined);
  });

  it('is asked for once by however many calls at one time', async () => {
    const all = await Promise.all([1, 2, 3].map(() => remembered.accountOf(cookie('a'), always)));
    expect(all).to.deep.equal([CHIEF, CHIEF, CHIEF]);
    expect(asked).to.have.length(1);
  });

  it('is not asked for where too many were asked about, but for whom it knew a moment ago', async () => {
    expect(await remembered.accountOf(cookie('stranger'), never)).to.equal(undefined);
    expect(asked).to.have.length(0);
    await after(0);
    expect(await after(60_000, never)).to.equal(CHIEF);
    says = 'nobody';
    expect(await after(120_000, never)).to.equal(undefined);
    says = CHIEF;
    expect(await after(180_000, never)).to.equal(undefined);
  });

  it('is another thing for a cookie and for a token of the same text', async () => {
    await remembered.accountOf(cookie('a'), always);
    await remembered.accountOf({ kind: 'token', value: 'a' }, always);
    expect(asked).to.deep.equal(['cookie a', 'token a']);
  });

  it('is remembered of 10,000 at most, and the oldest is forgotten first', async () => {
    for (let index = 0; index <= 10_000; index += 1) await remembered.accountOf(cookie(`${index}`), always);
    asked.length = 0;
    for (const index of [1, 10_000]) await remembered.accountOf(cookie(`${index}`), always);
    expect(asked).to.deep.equal([]);
    await remembered.accountOf(cookie('0'), always);
    expect(asked).to.deep.equal(['cookie 0']);
  });
});

import { expect } from 'chai';
import { CancelledError, CredentialsError } from '../../../src/syncer/errors.ts';
import { TokenCache, tokenKey, type FreshToken } from '../../../src/wecom/api/access-token.ts';
import { never, rejection, Rig, StillClock } from '../rig.ts';

const token = (text: string, lifeMs = 7_200_000): FreshToken => ({ token: text, lifeMs });

describe('TokenCache', () => {
  it('asks once for calls that need a token at the same time', async () => {
    const cache = new TokenCache();
    const clock = new StillClock();
    let asked = 0;
    const fetch = (): Promise<FreshToken> => {
      asked += 1;
      return Promise.resolve(token(`t${String(asked)}`));
    };
    const tokens = await Promise.all(Array.from({ length: 8 }, () => cache.get('k', clock, never(), fetch)));
    expect(new Set(tokens)).to.deep.equal(new Set(['t1']));
    expect(await cache.get('k', clock, never(), fetch)).to.equal('t1');
    expect(asked).to.equal(1);
  });

  it('gives a token up shortly before it ends', async () => {
    const cache = new TokenCache();
    const clock = new StillClock();
    let asked = 0;
    const fetch = (): Promise<FreshToken> => Promise.resolve(token(`t${String((asked += 1))}`));
    await cache.get('k', clock, never(), fetch);
    clock.time += 6_999_000;
    expect(await cache.get('k', clock, never(), fetch)).to.equal('t1');
    clock.time += 2_000;
    expect(await cache.get('k', clock, never(), fetch)).to.equal('t2');
  });

  it('still uses a token whose whole life is short', async () => {
    const cache = new TokenCache();
    const clock = new StillClock();
    let asked = 0;
    const fetch = (): Promise<FreshToken> => Promise.resolve(token(`t${String((asked += 1))}`, 60_000));
    await cache.get('k', clock, never(), fetch);
    clock.time += 29_000;
    expect(await cache.get('k', clock, never(), fetch)).to.equal('t1');
    clock.time += 2_000;
    expect(await cache.get('k', clock, never(), fetch)).to.equal('t2');
  });

  it('forgets a refused token, but not the one that replaced it', async () => {
    const cache = new TokenCache();
    const clock = new StillClock();
    let asked = 0;
    const fetch = (): Promise<FreshToken> => Promise.resolve(token(`t${String((asked += 1))}`));
    await cache.get('k', clock, never(), fetch);
    cache.drop('k', 't1');
    expect(await cache.get('k', clock, never(), fetch)).to.equal('t2');
    cache.drop('k', 't1');
    expect(await cache.get('k', clock, never(), fetch)).to.equal('t2');
  });

  it('does not let one run that is cancelled take the token away from another', async () => {
    const cache = new TokenCache();
    const clock = new StillClock();
    const first = new AbortController();
    const land: ((fresh: FreshToken) => void)[] = [];
    let shared: AbortSignal | undefined;
    const fetch = (signal: AbortSignal): Promise<FreshToken> => {
      shared = signal;
      return new Promise((resolve) => land.push(resolve));
    };
    const impatient = rejection(cache.get('k', clock, first.signal, fetch));
    const patient = cache.get('k', clock, never(), fetch);
    await Promise.resolve();
    first.abort();
    expect(await impatient).to.be.instanceOf(CancelledError);
    expect(shared?.aborted).to.equal(false);
    land[0]?.(token('t1'));
    expect(await patient).to.equal('t1');
    expect(land).to.have.lengthOf(1);
  });

  it('aborts the request when nobody waits for it any more, and asks anew for the next', async () => {
    const cache = new TokenCache();
    const clock = new StillClock();
    const only = new AbortController();
    let shared: AbortSignal | undefined;
    const waiting = rejection(
      cache.get('k', clock, only.signal, (signal) => {
        shared = signal;
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new CancelledError()));
        });
      }),
    );
    await Promise.resolve();
    only.abort();
    expect(await waiting).to.be.instanceOf(CancelledError);
    expect(shared?.aborted).to.equal(true);
    expect(await cache.get('k', clock, never(), () => Promise.resolve(token('next')))).to.equal('next');
  });

  it('shares a failure and tries again later', async () => {
    const cache = new TokenCache();
    const clock = new StillClock();
    const fail = (): Promise<FreshToken> => Promise.reject(new Error('no'));
    const failures = await Promise.all([
      rejection(cache.get('k', clock, never(), fail)),
      rejection(cache.get('k', clock, never(), fail)),
    ]);
    expect(failures[0]).to.equal(failures[1]);
    expect(await cache.get('k', clock, never(), () => Promise.resolve(token('ok')))).to.equal('ok');
  });

  it('keys credentials without the secret', () => {
    const key = tokenKey('https://a', 'ww1', 'TopSecret');
    expect(key).not.to.include('TopSecret');
    expect(key).not.to.equal(tokenKey('https://a', 'ww1', 'other'));
    expect(key).not.to.equal(tokenKey('https://b', 'ww1', 'TopSecret'));
    expect(key).not.to.equal(tokenKey('https://a', 'ww2', 'TopSecret'));
  });
});

describe('access tokens over HTTP', () => {
  let rig: Rig;
  before(async () => {
    rig = await Rig.start({ members: 40, departments: 6, seed: 3 });
  });
  after(() => rig.close());
  beforeEach(() => {
    rig.sandbox.faults.clear();
    rig.sandbox.calls.clear();
  });

  const list = { endpoint: 'department/list', query: {} };

  it('are asked for once by concurrent calls, and kept for the next client of the process', async () => {
    const client = rig.client();
    await Promise.all(Array.from({ length: 6 }, () => client.call(list, never())));
    await rig.client().call(list, never());
    expect(rig.sandbox.calls.count('gettoken')).to.equal(1);
  });

  for (const [name, spoil] of [
    ['expired', (): void => rig.sandbox.faults.expireTokens()],
    ['revoked', (): void => rig.sandbox.faults.revokeTokens()],
  ] as const) {
    it(`are renewed once when they were ${name}, and the calls repeated`, async () => {
      const client = rig.client();
      await client.call(list, never());
      rig.sandbox.calls.clear();
      spoil();
      const answers = await Promise.all(Array.from({ length: 4 }, () => client.call(list, never())));
      for (const answer of answers) expect(answer['department']).to.be.an('array').that.is.not.empty;
      expect(rig.sandbox.calls.count('gettoken')).to.equal(1);
    });
  }

  it('that are refused right after renewal end the call', async () => {
    rig.sandbox.faults.add({ path: 'department/list', respond: { errcode: 40014, errmsg: 'invalid access_token' } });
    const error = await rejection(rig.client().call(list, never()));
    expect(error).to.be.instanceOf(CredentialsError);
    expect(rig.sandbox.calls.count('department/list')).to.equal(2);
  });

  it('survive a platform that revokes them every few calls', async () => {
    rig.sandbox.faults.set({ revokeTokensEvery: 3 });
    const client = rig.client({ concurrency: 1 });
    for (let call = 0; call < 9; call += 1) {
      expect((await client.call(list, never()))['department']).to.be.an('array');
    }
  });

  it('are asked for at most twice with a wrong secret, however many calls wait', async () => {
    const client = rig.client({ secret: 'wrong-secret' });
    const errors = await Promise.all(Array.from({ length: 8 }, () => rejection(client.call(list, never()))));
    errors.push(await rejection(client.call(list, never())));
    for (const error of errors) expect(error).to.be.instanceOf(CredentialsError);
    expect(rig.sandbox.calls.count('gettoken')).to.be.at.most(2);
    expect(rig.sandbox.calls.count('department/list')).to.equal(0);
  });

  it('are asked for at most twice when the secret was reset in the middle of a run', async () => {
    const client = rig.client();
    await client.call(list, never());
    rig.sandbox.calls.clear();
    rig.sandbox.faults.add({ path: 'department/list', respond: { errcode: 40001, errmsg: 'invalid credential' } });
    rig.sandbox.faults.add({ path: 'gettoken', respond: { errcode: 40001, errmsg: 'invalid credential' } });
    for (let call = 0; call < 5; call += 1) {
      expect(await rejection(client.call(list, never()))).to.be.instanceOf(CredentialsError);
    }
    expect(rig.sandbox.calls.count('gettoken')).to.be.at.most(2);
  });

  it('must be text in the answer', async () => {
    rig.sandbox.faults.add({ path: 'gettoken', respond: { body: '{"errcode":0,"errmsg":"ok","access_token":""}' } });
    const error = await rejection(rig.client({ secret: 'another' }).call(list, never()));
    expect(error).to.have.property('code', 'protocol');
  });
});

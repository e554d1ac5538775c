import { getEventListeners } from 'node:events';
import { inspect as show } from 'node:util';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import {
  CancelledError,
  ProtocolError,
  RateLimitError,
  SyncError,
  UnavailableError,
} from '../../../src/syncer/errors.ts';
import { TokenCache, tokenKey } from '../../../src/wecom/api/access-token.ts';
import { TEST_RETRIES, type WeComClient } from '../../../src/wecom/api/client.ts';
import { systemClock } from '../../../src/http-client/clock.ts';
import type { FaultResponse } from '../../../src/sandbox/faults/faults.ts';
import { never, rejection, Rig } from '../rig.ts';

const LIST = { endpoint: 'department/list', query: {} };

/** Whatever a careless logger could get out of a value. */
const everything = (value: unknown): string => {
  const error = value instanceof Error ? value : new Error(String(value));
  return [
    JSON.stringify(value),
    JSON.stringify(value, Object.getOwnPropertyNames(error)),
    show(value, { depth: 10, showHidden: true, getters: true }),
    error.stack ?? '',
    String(error.cause),
  ].join('\n');
};

describe('WeComClient', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.start({ members: 20, departments: 4, seed: 5 });
  });
  afterEach(() => rig.close());

  const failing = async (respond: FaultResponse, client: WeComClient = rig.client()): Promise<unknown> => {
    rig.sandbox.faults.add({ path: LIST.endpoint, respond });
    return await rejection(client.call(LIST, never()));
  };

  describe('repeating', () => {
    for (const code of [-1, 6000, 45035, 2000111, 2000141]) {
      it(`gets through a passing ${String(code)}, waiting longer each time`, async () => {
        rig.sandbox.faults.add({ path: LIST.endpoint, times: 3, respond: { errcode: code, errmsg: 'busy' } });
        expect((await rig.client().call(LIST, never()))['department']).to.be.an('array');
        expect(rig.sandbox.calls.count(LIST.endpoint)).to.equal(4);
        expect(rig.clock.naps).to.deep.equal([500, 1000, 2000]);
      });
    }

    it('gives a code up after three repetitions', async () => {
      const error = await failing({ errcode: -1, errmsg: 'system busy' });
      expect(error).to.be.instanceOf(UnavailableError);
      expect(rig.sandbox.calls.count(LIST.endpoint)).to.equal(4);
    });

    for (const code of [40003, 40013, 40035, 40056, 45029, 48002, 48009, 50003, 60003, 60011, 60020, 60111, 999999]) {
      it(`never repeats ${String(code)}`, async () => {
        const error = await failing({ errcode: code, errmsg: 'no' });
        expect(error).to.be.instanceOf(SyncError).with.property('vendorCode', code);
        expect(rig.sandbox.calls.count(LIST.endpoint)).to.equal(1);
        expect(rig.clock.naps).to.deep.equal([]);
      });
    }

    for (const [name, respond] of Object.entries<FaultResponse>({
      'HTTP 500': { httpStatus: 500 },
      'HTTP 502': { httpStatus: 502 },
      'HTTP 429': { httpStatus: 429 },
      'a cut connection': { broken: 'reset' },
      'a truncated answer': { broken: 'truncated' },
      'an HTML page': { body: '<html><body>login</body></html>', contentType: 'text/html' },
      'JSON in a comment': { spoil: 'not-json' },
    })) {
      it(`gets through a passing ${name}`, async () => {
        rig.sandbox.faults.add({ path: LIST.endpoint, times: 2, respond });
        expect((await rig.client().call(LIST, never()))['department']).to.be.an('array');
        expect(rig.sandbox.calls.count(LIST.endpoint)).to.equal(3);
      });

      it(`calls WeCom unavailable when ${name} stays`, async () => {
        expect(await failing(respond)).to.be.instanceOf(UnavailableError);
        expect(rig.sandbox.calls.count(LIST.endpoint)).to.equal(4);
      });
    }

    it('does not wait for ever for an answer that never comes', async () => {
      await rig.client().signIn(never());
      const client = rig.client({ retries: TEST_RETRIES, limits: { responseMs: 60 } });
      const error = await failing({ broken: 'never' }, client);
      expect(error).to.be.instanceOf(UnavailableError);
      expect((error as Error).message).to.include('no answer in time');
    });

    it('says that nobody listens', async () => {
      const baseUrl = `${rig.sandbox.url}/cgi-bin`;
      await rig.sandbox.close();
      const error = await rejection(rig.client({ baseUrl, retries: TEST_RETRIES }).call(LIST, never()));
      expect(error).to.be.instanceOf(UnavailableError);
      expect((error as Error).message).to.include('refused');
      rig = await Rig.start({ members: 1, departments: 1 });
    });

    it('says that a host name does not resolve', async () => {
      const client = rig.client({ baseUrl: 'https://wecom.invalid/cgi-bin', retries: TEST_RETRIES });
      const error = await rejection(client.call(LIST, never()));
      expect(error).to.be.instanceOf(UnavailableError);
      expect((error as Error).message).to.match(/^wecom\.invalid gettoken: /);
    });
  });

  describe('answers that must not be believed', () => {
    it('are not followed to another host, so that the secret stays here', async () => {
      const visited: string[] = [];
      const elsewhere = createServer((request, response) => {
        visited.push(request.url ?? '');
        response.end('{"errcode":0,"access_token":"stolen","expires_in":7200}');
      });
      await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
      const { port } = elsewhere.address() as AddressInfo;
      const redirect = `http://127.0.0.1:${String(port)}/cgi-bin/gettoken`;
      rig.sandbox.faults.add({ path: 'gettoken', respond: { redirect } });
      const error = await rejection(rig.client().call(LIST, never()));
      elsewhere.close();
      expect(error).to.be.instanceOf(ProtocolError);
      expect((error as Error).message).to.include('HTTP 301');
      expect(visited).to.deep.equal([]);
    });

    it('are refused with HTTP 404, which WeCom sends for no business error', async () => {
      const error = await failing({ httpStatus: 404 });
      expect(error).to.be.instanceOf(ProtocolError);
      expect(rig.sandbox.calls.count(LIST.endpoint)).to.equal(1);
    });

    it('are not read further than the bound', async () => {
      const client = rig.client({ limits: { maxAnswerBytes: 1_048_576 } });
      for (const broken of ['endless', 'oversized'] as const) {
        rig.sandbox.faults.clear();
        const error = await failing({ broken, bytes: 3_000_000 }, client);
        expect(error, broken).to.be.instanceOf(ProtocolError);
        expect((error as Error).message).to.include('more than 1 MiB');
      }
    });

    for (const body of ['[]', 'null', '"ok"', '42']) {
      it(`are refused as ${body}`, async () => {
        expect(await failing({ body })).to.be.instanceOf(ProtocolError);
      });
    }

    it('are refused with an errcode that nobody can read', async () => {
      expect(await failing({ body: '{"errcode":{"a":1},"department":[]}' })).to.be.instanceOf(ProtocolError);
    });

    for (const [name, body] of [
      ['an errcode as text', '{"errcode":"0","errmsg":"ok","department":[{"id":1}]}'],
      ['no errcode', '{"department":[{"id":1}]}'],
      ['a null errcode', '{"errcode":null,"department":[{"id":1}]}'],
    ] as const) {
      it(`are believed with ${name}`, async () => {
        rig.sandbox.faults.add({ path: LIST.endpoint, respond: { body } });
        expect((await rig.client().call(LIST, never()))['department']).to.deep.equal([{ id: 1 }]);
      });
    }

    it('fail with an errcode as text that is not zero', async () => {
      const error = await failing({ body: '{"errcode":"60011","errmsg":"no privilege","department":[]}' });
      expect(error).to.have.property('vendorCode', 60011);
    });
  });

  describe('limits of WeCom', () => {
    it('stops every call for a minute after 45009, and goes on', async () => {
      const client = rig.client();
      await client.signIn(never());
      rig.sandbox.faults.add({ path: LIST.endpoint, times: 1, respond: { errcode: 45009, errmsg: 'api freq' } });
      const others = { endpoint: 'department/simplelist', query: {} };
      await client.call(LIST, never());
      await client.call(others, never());
      expect(rig.clock.naps).to.deep.equal([60_000]);
    });

    it('counts the refusals of one moment as one', async () => {
      const client = rig.client();
      await client.signIn(never());
      // Long enough for all four to be on the way before the first is refused.
      rig.sandbox.faults.set({ latencyMs: 100 });
      rig.sandbox.faults.add({ path: LIST.endpoint, times: 4, respond: { errcode: 45009, errmsg: 'api freq' } });
      await Promise.all(Array.from({ length: 4 }, () => client.call(LIST, never())));
      const slept = rig.clock.time - 1_000_000;
      expect(slept).to.be.at.least(60_000).and.at.most(240_000);
    });

    it('gives the run up when the pause did not help, telling how long to wait', async () => {
      const error = await failing({ errcode: 45009, errmsg: 'api freq' });
      expect(error).to.be.instanceOf(RateLimitError).with.property('retryAfterMs', 3_600_000);
      expect(rig.clock.naps).to.deep.equal([60_000]);
      expect(rig.sandbox.calls.count(LIST.endpoint)).to.equal(2);
    });

    it('does not pause at all while a person waits for a connection test', async () => {
      const error = await failing({ errcode: 45009, errmsg: 'api freq' }, rig.client({ retries: TEST_RETRIES }));
      expect(error).to.be.instanceOf(RateLimitError);
      expect(rig.clock.naps).to.deep.equal([]);
    });

    it('makes fewer calls at once after 45033, until WeCom is content', async () => {
      rig.sandbox.faults.set({ concurrencyLimit: 2, latencyMs: 40 });
      const client = rig.client({ concurrency: 8 });
      const answers = await Promise.all(Array.from({ length: 16 }, () => client.call(LIST, never())));
      expect(answers.every((answer) => Array.isArray(answer['department']))).to.equal(true);
      rig.sandbox.calls.clear();
      await Promise.all(Array.from({ length: 12 }, () => client.call(LIST, never())));
      expect(rig.sandbox.calls.maxInFlight).to.be.at.most(2);
      expect(rig.sandbox.calls.list().every((call) => call.errcode === 0)).to.equal(true);
    });

    it('never has more calls in flight than configured', async () => {
      const client = rig.client({ concurrency: 3 });
      await client.signIn(never());
      rig.sandbox.faults.set({ latencyMs: 60 });
      rig.sandbox.calls.clear();
      await Promise.all(Array.from({ length: 9 }, () => client.call(LIST, never())));
      expect(rig.sandbox.calls.maxInFlight).to.equal(3);
    });
  });

  describe('cancelling', () => {
    const started = async (path: string, count = 1): Promise<void> => {
      while (rig.sandbox.calls.count(path) < count) await new Promise((resolve) => setImmediate(resolve));
    };

    it('ends a call that waits for its answer', async () => {
      rig.sandbox.faults.add({ path: LIST.endpoint, respond: { broken: 'never' } });
      const run = new AbortController();
      const call = rejection(rig.client({ clock: systemClock }).call(LIST, run.signal));
      await started(LIST.endpoint);
      run.abort();
      expect(await call).to.be.instanceOf(CancelledError);
    });

    for (const [name, errcode] of [
      ['a backoff', -1],
      ['a pause of a minute', 45009],
      ['a wait for a free place', 45033],
    ] as const) {
      it(`ends ${name}`, async () => {
        rig.sandbox.faults.add({ path: LIST.endpoint, respond: { errcode, errmsg: 'wait' } });
        const run = new AbortController();
        const before = process.hrtime.bigint();
        const client = rig.client({ clock: systemClock, concurrency: 1 });
        const calls = [1, 2, 3].map(() => rejection(client.call(LIST, run.signal)));
        await started(LIST.endpoint);
        while (rig.calls.length < 2) await new Promise((resolve) => setImmediate(resolve));
        run.abort();
        for (const call of calls) expect(await call).to.be.instanceOf(CancelledError);
        expect(Number(process.hrtime.bigint() - before) / 1e9).to.be.lessThan(10);
      });
    }

    it('makes no call with a signal that was aborted before', async () => {
      const error = await rejection(rig.client().call(LIST, AbortSignal.abort()));
      expect(error).to.be.instanceOf(CancelledError);
      expect(rig.sandbox.calls.count()).to.equal(0);
    });

    it('leaves nothing behind on the signal of a long run', async () => {
      const run = new AbortController();
      const client = rig.client();
      for (let call = 0; call < 20; call += 1) await client.call(LIST, run.signal);
      expect(getEventListeners(run.signal, 'abort')).to.deep.equal([]);
      run.abort();
    });
  });

  it('reports every attempt with its code, and nothing personal', async () => {
    rig.sandbox.faults.add({ path: LIST.endpoint, times: 1, respond: { errcode: -1, errmsg: 'busy' } });
    rig.sandbox.faults.add({ path: LIST.endpoint, times: 1, respond: { broken: 'reset' } });
    await rig.client().call(LIST, never());
    expect(rig.calls.map(({ endpoint, code, attempt }) => [endpoint, code, attempt])).to.deep.equal([
      ['gettoken', 0, 1],
      [LIST.endpoint, -1, 1],
      [LIST.endpoint, null, 2],
      [LIST.endpoint, 0, 3],
    ]);
  });

  it('lets no secret and no token out, whatever goes wrong', async () => {
    const { appSecret, corpId, url } = rig.sandbox;
    await rig.client().signIn(never());
    const token = await rig.tokens.get(tokenKey(`${url}/cgi-bin`, corpId, appSecret), rig.clock, never(), () =>
      Promise.reject(new Error('the token is not in the cache')),
    );
    const quoting = `cannot serve /cgi-bin/x?corpid=a&corpsecret=${appSecret}&access_token=${token}`;
    const faults: FaultResponse[] = [
      { errcode: 60020, errmsg: `not allow, hint: [${appSecret}], from ip: 203.0.113.7` },
      { errcode: 40001, errmsg: appSecret },
      { errcode: 987_654, errmsg: quoting },
      { errcode: 987_654, errmsg: `${encodeURIComponent(appSecret)} ${token}` },
      { body: `<html>${quoting}</html>` },
      { body: `"${quoting}"` },
      { body: `{"errcode":0,"x":"${quoting}"` },
      { httpStatus: 500, body: quoting },
      { httpStatus: 404, body: quoting },
      { redirect: `http://127.0.0.1:1/?${quoting}` },
      { broken: 'reset' },
      { broken: 'truncated' },
      { broken: 'endless' },
      { broken: 'never' },
    ];
    for (const path of ['gettoken', LIST.endpoint]) {
      for (const respond of faults) {
        rig.sandbox.faults.clear();
        rig.sandbox.faults.add({ path, respond });
        const client = rig.client({
          retries: TEST_RETRIES,
          limits: { maxAnswerBytes: 100_000, responseMs: 60 },
          tokens: path === 'gettoken' ? new TokenCache() : rig.tokens,
        });
        const error = await rejection(client.call(LIST, never()));
        expect(error, JSON.stringify(respond)).to.be.instanceOf(SyncError);
        const out = everything(error);
        for (const secret of [appSecret, encodeURIComponent(appSecret)]) expect(out).not.to.include(secret);
        if (path !== 'gettoken') expect(out).not.to.include(token);
        expect(out).not.to.match(/corpsecret=(?!\*\*\*)|access_token=(?!\*\*\*)/);
        expect((error as Error).cause).to.equal(undefined);
        // A refused token is dropped; the next fault starts with the same one again.
        rig.sandbox.faults.clear();
        await rig.client().signIn(never());
      }
    }
  });
});

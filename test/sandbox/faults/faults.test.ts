import { expect } from 'chai';
import * as sinon from 'sinon';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { ask, WireClient, type WireAnswer } from '../wire-client.ts';

describe('Faults', () => {
  let sandbox: Sandbox;
  let client: WireClient;

  beforeEach(async () => {
    sandbox = await Sandbox.start({ members: 60, departments: 8 });
    client = await new WireClient(sandbox).signIn();
  });
  afterEach(() => sandbox.close());

  const departments = (): Promise<WireAnswer> => client.call('department/list');
  const errcode = async (path = 'department/list', params = {}): Promise<unknown> =>
    (await client.get(path, params))['errcode'];
  const failure = async (call: Promise<unknown>): Promise<string> => {
    try {
      await call;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? String(error);
    }
    return 'none';
  };

  describe('trusted IP', () => {
    it('refuses everything but gettoken and names the address', async () => {
      sandbox.faults.set({ untrustedIp: '198.51.100.7' });
      const answer = await client.get('department/list');
      expect(answer['errcode']).to.equal(60020);
      expect(answer['errmsg']).to.match(
        /^not allow to access from your ip, hint: \[\w+\], from ip: 198\.51\.100\.7, more/,
      );
      expect(await errcode('user/get', { userid: 'x' })).to.equal(60020);
      await client.signIn();
      expect(client.token).to.match(/^[\w-]{100,}$/);
      sandbox.faults.set({ untrustedIp: undefined });
      expect(await errcode()).to.equal(0);
    });
  });

  describe('tokens', () => {
    it('expire at once, and a new one works', async () => {
      sandbox.faults.expireTokens();
      expect(await errcode()).to.equal(42001);
      await client.signIn();
      expect(await errcode()).to.equal(0);
    });

    it('are revoked at once', async () => {
      sandbox.faults.revokeTokens();
      expect(await errcode()).to.equal(40014);
    });

    it('expire or are revoked with every third call', async () => {
      for (const [setting, code] of [
        ['expireTokensEvery', 42001],
        ['revokeTokensEvery', 40014],
      ] as const) {
        sandbox.faults.clear();
        sandbox.faults.set({ [setting]: 3 });
        await client.signIn();
        const codes = [await errcode(), await errcode(), await errcode()];
        await client.signIn();
        codes.push(await errcode());
        expect(codes).to.deep.equal([0, 0, code, 0]);
      }
    });

    it('live as long as told', async () => {
      sandbox.faults.expireTokens();
      sandbox.faults.set({ tokenLifetime: 60 });
      const { corpId, appSecret, url } = sandbox;
      const { json } = await ask(`${url}/cgi-bin/gettoken?corpid=${corpId}&corpsecret=${appSecret}`);
      expect(json['expires_in']).to.equal(60);
      await client.signIn();
      sinon.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] });
      expect(await errcode()).to.equal(42001);
    });
  });

  describe('limits', () => {
    it('stop one path after so many calls in a minute, until the next', async () => {
      sandbox.faults.set({ callsPerMinute: 2 });
      expect([await errcode(), await errcode(), await errcode()]).to.deep.equal([0, 0, 45009]);
      expect(await errcode('department/simplelist')).to.equal(0);
      sinon.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] });
      expect(await errcode()).to.equal(0);
    });

    it('stop the next calls only', async () => {
      sandbox.faults.add({ path: 'department/list', times: 2, respond: { errcode: 45009 } });
      expect([await errcode(), await errcode(), await errcode()]).to.deep.equal([45009, 45009, 0]);
    });

    it('stop calls beyond the allowed number at a time', async () => {
      const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      sandbox.faults.set({ concurrencyLimit: 2, latencyMs: 60_000 });
      sandbox.calls.clear();
      const pending = Promise.all(Array.from({ length: 6 }, () => errcode()));
      while (sandbox.calls.inFlight < 6) await new Promise(setImmediate);
      await clock.tickAsync(60_000);
      expect(await pending).to.have.members([0, 0, 45033, 45033, 45033, 45033]);
      sandbox.faults.set({ latencyMs: undefined });
      while (sandbox.calls.inFlight > 0) await new Promise(setImmediate);
      expect(await errcode()).to.equal(0);
    });

    it('block the address after too many wrong secrets, right ones included', async () => {
      sandbox.faults.set({ wrongSecretLimit: 2 });
      const sign = async (secret: string): Promise<unknown> =>
        (await ask(`${sandbox.url}/cgi-bin/gettoken?corpid=${sandbox.corpId}&corpsecret=${secret}`)).json['errcode'];
      expect([await sign('a'), await sign('b'), await sign('c'), await sign(sandbox.appSecret)]).to.deep.equal([
        40001, 40001, 45009, 45009,
      ]);
      expect(await errcode()).to.equal(45009);
      sandbox.faults.clear();
      expect(await sign(sandbox.appSecret)).to.equal(0);
    });
  });

  describe('the transport', () => {
    it('answers with pages instead of JSON', async () => {
      for (const httpStatus of [500, 502, 404]) {
        sandbox.faults.add({ times: 1, respond: { httpStatus } });
        const { status, text, headers } = await departments();
        expect(status).to.equal(httpStatus);
        expect(text).to.match(/^<html>/);
        expect(headers['content-type']).to.equal('text/html');
      }
    });

    it('redirects to another host', async () => {
      sandbox.faults.add({ respond: { redirect: 'http://elsewhere.example/' } });
      const { status, headers } = await departments();
      expect([status, headers['location']]).to.deep.equal([301, 'http://elsewhere.example/']);
    });

    it('resets the connection', async () => {
      sandbox.faults.add({ respond: { broken: 'reset' } });
      expect(await failure(departments())).to.equal('ECONNRESET');
    });

    it('breaks off in the middle', async () => {
      sandbox.faults.add({ respond: { broken: 'truncated' } });
      expect(await failure(departments())).to.equal('ECONNRESET');
    });

    it('never answers', async () => {
      sandbox.faults.add({ respond: { broken: 'never' } });
      const giveUp = new AbortController();
      const waiting = failure(client.call('department/list', {}, { signal: giveUp.signal }));
      while (sandbox.calls.count('department/list') === 0) await new Promise(setImmediate);
      giveUp.abort();
      expect(await waiting).to.equal('ABORT_ERR');
    });

    it('never stops', async () => {
      sandbox.faults.add({ respond: { broken: 'endless' } });
      const { text } = await client.call('department/list', {}, { giveUpAfterBytes: 3_000_000 });
      expect(text.length).to.be.at.least(3_000_000);
      expect(text).to.match(/^\{"errcode":0/);
    });

    it('sends more than anyone should read', async () => {
      sandbox.faults.add({ respond: { broken: 'oversized', bytes: 200_000 } });
      const { text, json } = await departments();
      expect(text).to.have.length(200_000);
      expect(json).to.deep.include({ errcode: 0, userlist: [] });
    });

    it('is slow, for one call or for all', async () => {
      const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      for (const condition of ['rule', 'setting']) {
        if (condition === 'rule') sandbox.faults.add({ times: 1, respond: { delayMs: 60_000 } });
        else sandbox.faults.set({ latencyMs: 60_000 });
        sandbox.calls.clear();
        const pending = departments();
        while (sandbox.calls.count() === 0) await new Promise(setImmediate);
        await clock.tickAsync(59_999);
        expect(sandbox.calls.list()[0]?.status).to.equal(undefined);
        await clock.tickAsync(1);
        expect((await pending).json['errcode']).to.equal(0);
      }
    });

    it('has another idea of the time', async () => {
      sandbox.faults.set({ clockSkewMs: -3_600_000 });
      const { headers } = await departments();
      expect(Date.now() - Date.parse(String(headers['date']))).to.be.within(3_590_000, 3_610_000);
    });
  });

  describe('rules', () => {
    it('answer with any code, sentence, status or body', async () => {
      sandbox.faults.add({ path: 'department/list', times: 1, respond: { errcode: -1 } });
      expect((await departments()).text).to.match(/^\{"errcode":-1,"errmsg":"system busy, .*","department":\[\]\}$/);
      sandbox.faults.add({ times: 1, respond: { errcode: 6000, errmsg: '数据冲突', httpStatus: 503 } });
      const { status, json, headers } = await departments();
      expect(status).to.equal(503);
      expect(json).to.include({ errcode: 6000, errmsg: '数据冲突' });
      expect(headers['error-msg']).to.equal('????');
      sandbox.faults.add({ times: 1, respond: { body: '[]', contentType: 'text/plain' } });
      expect(await departments()).to.deep.include({ status: 200, text: '[]' });
      expect(await errcode()).to.equal(0);
    });

    it('strike in mid-run and only the department or member that they name', async () => {
      const [one, two] = [...sandbox.company.departments];
      sandbox.faults.add({ path: 'user/list', match: { department_id: String(one!.id) }, respond: { errcode: 60003 } });
      expect(await errcode('user/list', { department_id: one!.id })).to.equal(60003);
      expect(await errcode('user/list', { department_id: two!.id })).to.equal(0);
      const [person, other] = [...sandbox.company.members];
      sandbox.faults.add({
        path: 'user/get',
        when: ({ userid }) => userid === person!.userid,
        respond: { errcode: 60111 },
      });
      expect(await errcode('user/get', { userid: person!.userid })).to.equal(60111);
      expect(await errcode('user/get', { userid: other!.userid })).to.equal(0);
    });

    it('let calls pass first, end by themselves, and can be taken away', async () => {
      sandbox.faults.add({ path: 'department/*', after: 1, times: 1, respond: { errcode: 60011 } });
      expect([await errcode(), await errcode(), await errcode()]).to.deep.equal([0, 60011, 0]);
      const remove = sandbox.faults.add({ respond: { errcode: -1 } });
      expect(await errcode()).to.equal(-1);
      remove();
      expect(await errcode()).to.equal(0);
    });

    it('see no secret', async () => {
      const seen: Readonly<Record<string, string>>[] = [];
      const when = (params: Readonly<Record<string, string>>): boolean => seen.push(params) < 0;
      sandbox.faults.add({ when, respond: { errcode: -1 } });
      await client.signIn();
      await errcode('department/list', { id: 1 });
      expect(seen).to.deep.equal([{ corpid: sandbox.corpId }, { id: '1' }]);
    });
  });
});

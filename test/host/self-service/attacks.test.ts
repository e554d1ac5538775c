import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import * as sinon from 'sinon';
import { TypeormLeaseStore } from '../../../src/storage/runs/typeorm-lease-store.ts';
import { SecretBox } from '../../../src/storage/syncers/secret-box.ts';
import { MemberVisits } from '../../../src/storage/self-service/member-visits.ts';
import { until } from '../../support/promises.ts';
import { SECRET_KEY } from '../test-host.ts';
import { agree, codeOf, Phone, type Seen } from './phone.ts';
import { phoneAt, SelfServiceHost } from './self-service-host.ts';

const PAGE = '/me/acme/wecom';
const cookieOf = (state: string): string => `member_visit_${state.slice(0, 8)}`;

describe('whoever wants more of a member’s page than it gives', () => {
  let host: SelfServiceHost;
  let at = 0;
  /** Each test has a member of its own. */
  const next = (): { readonly at: number; readonly userid: string } => {
    at += 1;
    return { at, userid: host.userids[at]! };
  };
  const refused = (seen: Seen, status = 400): void => {
    expect([seen.httpStatus, seen.status, seen.headers.getSetCookie()], seen.text).to.deep.equal([status, 'error', []]);
    expect(seen.msg).to.not.equal('');
  };
  const callback = (phone: Phone, state: string, code: string, page = PAGE): Promise<Seen> =>
    phone.get(`${page}/callback?${new URLSearchParams({ state, code }).toString()}`);
  const begun = async (page = PAGE): Promise<{ readonly phone: Phone; readonly state: string }> => {
    const phone = host.phone();
    const address = await phone.start(page);
    return { phone, state: address.searchParams.get('state')! };
  };
  const code = (userid: string, changed = {}): string => codeOf(host.test.sandbox, userid, changed);
  const untouched = async (userid: string): Promise<void> => {
    expect(await host.user(userid)).to.include({ email: '', phone: '', gender: '' });
  };

  before(async () => {
    host = await SelfServiceHost.start({ settings: { TRUSTED_HOPS: '1' } });
    await host.test.addOrganization('beta');
    await host.add('beta');
    await host.add('acme', 'second');
  });
  after(() => host.close());

  it('uses a state twice', async () => {
    const { userid } = next();
    const { phone, state } = await begun();
    expect((await callback(phone, state, code(userid))).httpStatus).to.equal(200);
    refused(await callback(phone, state, code(userid)));
    const taps = await Promise.all([0, 1, 2].map(() => phone.post(`${PAGE}/confirm`, { state })));
    expect(taps.map(({ httpStatus }) => httpStatus)).to.have.members([200, 400, 400]);
    refused(await phone.post(`${PAGE}/confirm`, { state }));
  });

  it('comes back twice at the same moment', async () => {
    const { userid } = next();
    const { phone, state } = await begun();
    const seen = await Promise.all([0, 1, 2].map(() => callback(phone, state, code(userid))));
    expect(seen.map(({ httpStatus }) => httpStatus)).to.have.members([200, 400, 400]);
  });

  it('taps without having looked', async () => {
    const { phone, state } = await begun();
    refused(await phone.post(`${PAGE}/confirm`, { state }));
    refused(await phone.post(`${PAGE}/confirm`, {}));
    refused(await phone.post(`${PAGE}/confirm`, 'not json', { 'content-type': 'application/json' }));
  });

  it('leads somebody else’s browser to what he began, and the other way round', async () => {
    const { userid } = next();
    const [mine, his] = [await begun(), await begun()];
    refused(await callback(his.phone, mine.state, code(userid)));
    refused(await callback(mine.phone, his.state, code(userid)));
    his.phone.cookies.set(cookieOf(mine.state), his.phone.cookies.get(cookieOf(his.state))!);
    refused(await callback(his.phone, mine.state, code(userid)));
    refused(await callback(host.phone(), mine.state, code(userid)));
    expect((await callback(mine.phone, mine.state, code(userid))).httpStatus, 'and uses up nothing').to.equal(200);
    refused(await his.phone.post(`${PAGE}/confirm`, { state: mine.state }));
    refused(await host.phone().post(`${PAGE}/confirm`, { state: mine.state }));
    await untouched(userid);
    expect((await mine.phone.post(`${PAGE}/confirm`, { state: mine.state })).httpStatus).to.equal(200);
  });

  it('makes a cookie of his own, or keeps one for more than ten minutes', async () => {
    const { userid } = next();
    const { phone, state } = await begun();
    const sealed = phone.cookies.get(cookieOf(state))!;
    const syncer = (await host.test.host.syncers.byName('acme/wecom'))!;
    const visits = (key: string): MemberVisits => new MemberVisits(host.test.host.database, new SecretBox(key));
    const sentWith = async (value: string): Promise<Seen> => {
      const forger = host.phone();
      forger.cookies.set(cookieOf(state), value);
      return callback(forger, state, code(userid));
    };
    const now = Date.now();
    refused(await sentWith(`${sealed.slice(0, -2)}${sealed.endsWith('A') ? 'BB' : 'AA'}`));
    refused(await sentWith(`${state} ${now}`));
    refused(await sentWith(visits('another key of thirty-two characters').seal(`${state} ${now}`, syncer.id)));
    refused(await sentWith(visits(SECRET_KEY).seal(`${state} ${now - 600_000}`, syncer.id)));
    refused(await sentWith(visits(SECRET_KEY).seal(state, syncer.id)));
    expect((await sentWith(visits(SECRET_KEY).seal(`${state} ${now - 590_000}`, syncer.id))).httpStatus).to.equal(200);
    await untouched(userid);
  });

  it('brings what is another organization’s or another syncer’s', async () => {
    const { userid } = next();
    for (const page of ['/me/beta/wecom', '/me/acme/second']) {
      const { phone, state } = await begun(page);
      refused(await callback(phone, state, code(userid)));
      const mine = await begun();
      refused(await callback(mine.phone, mine.state, code(userid), page));
      refused(await callback(phone, state, code(userid), page));
      const looked = await begun();
      await callback(looked.phone, looked.state, code(userid));
      refused(await looked.phone.post(`${page}/confirm`, { state: looked.state }));
    }
    await untouched(userid);
  });

  it('taps for the same userid of another corp', async () => {
    const { userid } = next();
    const { sandbox } = host.test;
    const { corpId } = sandbox;
    const of = (user: string) => {
      Object.assign(sandbox.access, { corpId: user });
      return host.set({ user, password: sandbox.appSecret });
    };
    const { phone, state } = await begun();
    await callback(phone, state, code(userid));
    await of('wwaaaaaaaaaaaaaaaa');
    try {
      const tapped = await phone.post(`${PAGE}/confirm`, { state });
      refused(tapped);
      expect(tapped.msg).to.include('another directory');
    } finally {
      await of(corpId);
    }
    refused(await phone.post(`${PAGE}/confirm`, { state }));
    await untouched(userid);
  });

  it('brings a code that is good for nothing, or for nobody here', async () => {
    const { userid } = next();
    const statuses: number[] = [];
    for (const errcode of [42003, 42022, 84014, 84015]) {
      const path = errcode < 80_000 ? 'auth/getuserinfo' : 'auth/getuserdetail';
      host.test.sandbox.faults.add({ path, respond: { errcode } });
      for (let index = 0; index < 16; index += 1) {
        const phone = new Phone(host.test.host.url, {
          accept: 'application/json',
          'x-forwarded-for': `203.0.${errcode % 200}.${index}`,
        });
        const state = (await phone.start()).searchParams.get('state')!;
        const { httpStatus, msg } = await callback(phone, state, code(userid));
        expect(msg).to.include('Begin again');
        statuses.push(httpStatus);
      }
      host.test.sandbox.faults.clear();
    }
    expect(new Set(statuses)).to.deep.equal(new Set([400]));
    await host.run();
  });

  it('has a wrong secret tried until WeCom blocks the host, or no run tries the right one', async () => {
    const { sandbox } = host.test;
    await host.test.addOrganization('gamma');
    await host.add('gamma', 'broken', { password: 'not-the-secret' });
    const before = sandbox.calls.count('gettoken');
    for (let times = 0; times < 35; times += 1) {
      const { phone, state } = await begun('/me/gamma/broken');
      refused(await callback(phone, state, 'code', '/me/gamma/broken'));
    }
    expect(sandbox.calls.count('gettoken') - before).to.equal(10);
    await host.set({ password: sandbox.appSecret }, 'gamma/broken');
    await host.run('gamma/broken');
  });

  it('hopes for the details of another member', async () => {
    const { userid } = next();
    const body = JSON.stringify({ errcode: 0, errmsg: 'ok', userid: next().userid, mobile: '13800000000' });
    host.test.sandbox.faults.add({ path: 'auth/getuserdetail', respond: { body }, times: 1 });
    const { phone, state } = await begun();
    refused(await callback(phone, state, code(userid)));
    await untouched(userid);
  });

  it('has his page tap for the member', async () => {
    const { userid } = next();
    const { phone, state } = await begun();
    await callback(phone, state, code(userid));
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site', origin: 'null' },
      { origin: 'https://evil.example' },
    ] as Record<string, string>[]) {
      refused(await phone.post(`${PAGE}/confirm`, new URLSearchParams({ state }).toString(), headers));
    }
    await untouched(userid);
    // Our own form, in a browser that says no more than that the page hides where it is.
    const own = await phone.post(`${PAGE}/confirm`, new URLSearchParams({ state }).toString(), { origin: 'null' });
    expect(own.httpStatus, own.text).to.equal(200);
  });

  it('wants members to be led somewhere else', async () => {
    const evil = 'https://evil.example';
    const query = new URLSearchParams({ redirect_uri: evil, return: evil, returnTo: evil, state: 'x', next: evil });
    const { headers } = await host.phone().get(`${PAGE}/start?${query.toString()}`, {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
    });
    const address = new URL(headers.get('location')!);
    expect(address.origin).to.equal(host.test.sandbox.url);
    expect(address.searchParams.get('redirect_uri')).to.equal(`http://127.0.0.1${PAGE}/callback`);
    expect(headers.get('location')).to.not.include('evil');
    const { text } = await host.phone({ accept: 'text/html' }).get(`${PAGE}/callback?state=x&code=x&next=${evil}`);
    expect(text).to.include(`href="${PAGE}"`).and.not.include('evil');
  });

  it('writes markup into addresses', async () => {
    const html = host.phone({ accept: 'text/html' });
    for (const path of ['/me/acme%22%3E%3Cb%3E/wecom', '/me/acme/wecom%3Cscript%3E/start']) {
      const { httpStatus, text } = await html.get(path);
      expect(httpStatus).to.equal(404);
      expect(text).to.not.match(/<script|<b>|"><b/);
    }
    const { text } = await html.get(`${PAGE}/callback?state=%3Cscript%3E&code=%3Cscript%3E`);
    expect(text).to.not.include('<script');
  });

  it('reads logs, errors and what is stored, for codes, tickets, states and cookies', async () => {
    const { userid, at: one } = next();
    const { phone, state } = await begun();
    const good = code(userid);
    await callback(phone, state, good);
    const kept = await host.test.host.database.read((session) => session.select('SELECT * FROM member_visit'));
    expect(JSON.stringify(kept)).to.not.include(phoneAt(one));
    await phone.post(`${PAGE}/confirm`, { state });
    const wrong = await begun();
    host.test.sandbox.faults.add({ path: 'auth/getuserinfo', respond: { errcode: 48002 } });
    const failed = await callback(wrong.phone, wrong.state, 'secretcode123');
    host.test.sandbox.faults.clear();
    refused(failed);
    const names = await host.test.host.database.read((session) =>
      session.select(`SELECT name FROM sqlite_master WHERE type = 'table'`),
    );
    const stored: string[] = [];
    for (const { name } of names) {
      const rows = await host.test.host.database.read((session) => session.select(`SELECT * FROM "${String(name)}"`));
      stored.push(JSON.stringify(rows));
    }
    const everything = [...host.test.log, ...stored, failed.text].join('\n');
    const secrets = [
      state,
      good,
      wrong.state,
      'secretcode123',
      ...phone.cookies.values(),
      ...wrong.phone.cookies.values(),
    ];
    for (const secret of secrets) expect(everything).to.not.include(secret);
    expect(everything).to.not.match(/user_ticket|access_token=/);
  });

  describe('and floods it', () => {
    const from = (address: string, headers: Record<string, string> = {}): Phone =>
      new Phone(host.test.host.url, { accept: 'application/json', 'x-forwarded-for': address, ...headers });

    it('with starts: one address has three hundred a minute', async () => {
      const statuses: number[] = [];
      for (let times = 0; times < 301; times += 1) {
        statuses.push((await from('198.51.100.1').get(`${PAGE}/start`)).httpStatus);
      }
      expect(statuses.filter((status) => status === 302)).to.have.length(300);
      const more = await from('198.51.100.1').get(`${PAGE}/start`, { 'accept-language': 'zh' });
      refused(more, 429);
      expect(more.msg).to.match(/一分钟/);
      expect((await from('198.51.100.2').get(`${PAGE}/start`)).httpStatus).to.equal(302);
    });

    it('with wrong codes: one address has thirty a minute, one after the other or all at once', async () => {
      const { userid } = next();
      const phone = from('198.51.100.3');
      const state = (await phone.start()).searchParams.get('state')!;
      const statuses: number[] = [];
      for (let times = 0; times < 31; times += 1) statuses.push((await callback(phone, state, 'wrong')).httpStatus);
      expect(statuses).to.deep.equal([...Array.from({ length: 30 }, () => 400), 429]);
      refused(await callback(from('198.51.100.3'), state, code(userid)), 429);
      const other = from('2001:db8::1');
      const others = await Promise.all(
        Array.from({ length: 45 }, async (_, index) => {
          const one = from(`2001:db8::${index}`);
          const own = (await one.start()).searchParams.get('state')!;
          return (await callback(one, own, `wrong${index}`)).httpStatus;
        }),
      );
      expect(others.filter((status) => status === 400)).to.have.length(30);
      expect(others.filter((status) => status === 429)).to.have.length(15);
      refused(await callback(other, state, 'wrong'), 429);
      // Codes that are good count for nothing.
      for (let times = 0; times < 2; times += 1) {
        const all = await Promise.all(
          Array.from({ length: 20 }, async () => {
            const one = from('198.51.100.4');
            const own = (await one.start()).searchParams.get('state')!;
            return (await callback(one, own, code(userid))).httpStatus;
          }),
        );
        expect(new Set(all)).to.deep.equal(new Set([200]));
      }
    });

    it('with taps: one member has twenty an hour', async () => {
      const { userid } = next();
      for (let times = 0; times < 20; times += 1) {
        const done = await host.complete(userid, ['mobile'], from('198.51.100.5'));
        expect(done.httpStatus, done.text).to.equal(200);
      }
      refused(await host.complete(userid, ['mobile'], from('198.51.100.6')), 429);
      expect((await host.complete(next().userid, ['mobile'], from('198.51.100.5'))).httpStatus).to.equal(200);
    });
  });

  describe('or only taps while a run goes on', () => {
    const whileRunning = async <T>(work: () => Promise<T>): Promise<T> => {
      const leases = new TypeormLeaseStore(host.test.host.database);
      const syncerId = (await host.test.host.syncers.byName('acme/wecom'))!.id;
      const taken = await leases.acquire({ syncerId, runId: randomUUID(), owner: 'elsewhere:1', ttlMs: 60_000 });
      if (!('grant' in taken)) throw new Error('the lease is taken');
      try {
        return await work();
      } finally {
        await leases.release(taken.grant);
      }
    };
    afterEach(() => sinon.restore());

    it('waits for its end', async () => {
      const { userid, at: one } = next();
      const { phone, state } = await begun();
      let tap: Promise<Seen> | undefined;
      await whileRunning(async () => {
        const asked = sinon.spy(TypeormLeaseStore.prototype, 'acquire');
        expect((await callback(phone, state, code(userid))).httpStatus, 'to look needs no run').to.equal(200);
        tap = phone.post(`${PAGE}/confirm`, { state });
        await until(() => asked.callCount > 0);
        await asked.firstCall.returnValue;
      });
      expect((await tap!).httpStatus).to.equal(200);
      expect(await host.user(userid)).to.include({ phone: phoneAt(one) });
    });

    it('is refused after ten seconds, and loses nothing', async () => {
      const { userid, at: one } = next();
      const phone = host.phone({ accept: 'text/html', 'accept-language': 'zh' });
      const address = await phone.start();
      const state = address.searchParams.get('state')!;
      await phone.get(await agree(address, userid));
      const clock = sinon.useFakeTimers({ toFake: ['performance'], shouldAdvanceTime: true, advanceTimeDelta: 20 });
      const form = new URLSearchParams({ state }).toString();
      const seen = await whileRunning(async () => {
        const tap = phone.post(`${PAGE}/confirm`, form);
        let isOver = false;
        void tap.then(() => (isOver = true));
        await until(async () => {
          clock.tick(1_000);
          return isOver;
        });
        return tap;
      });
      clock.restore();
      expect(seen.httpStatus).to.equal(400);
      expect(seen.text).to.include('再点一次').and.include(`value="${state}"`).and.include('再试一次');
      await untouched(userid);
      expect((await phone.post(`${PAGE}/confirm`, form)).httpStatus).to.equal(200);
      expect(await host.user(userid)).to.include({ phone: phoneAt(one) });
    });

    it('or while the directory does not answer, and loses nothing either', async () => {
      const { userid, at: one } = next();
      const { phone, state } = await begun();
      await callback(phone, state, code(userid));
      host.test.sandbox.faults.add({ path: 'user/get', respond: { errcode: 48002 }, times: 1 });
      refused(await phone.post(`${PAGE}/confirm`, { state }));
      host.test.sandbox.faults.clear();
      await untouched(userid);
      expect((await phone.post(`${PAGE}/confirm`, { state })).httpStatus).to.equal(200);
      expect(await host.user(userid)).to.include({ phone: phoneAt(one) });
    });
  });
});

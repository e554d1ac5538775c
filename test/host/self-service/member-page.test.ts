import { expect } from 'chai';
import { Contract } from '../contract.ts';
import { agree, ALL_FIELDS, codeOf, type Phone } from './phone.ts';
import { emailAt, phoneAt, SelfServiceHost } from './self-service-host.ts';

const PAGE = '/me/acme/wecom';
const HTML = { accept: 'text/html,application/xhtml+xml' };
const FRAMES = "frame-ancestors 'none'";

describe('a member’s own page', () => {
  let host: SelfServiceHost;
  let at = 0;
  /** Each test has a member of its own. */
  const next = (): { readonly at: number; readonly userid: string } => {
    at += 1;
    return { at, userid: host.userids[at]! };
  };

  before(async () => {
    host = await SelfServiceHost.start();
  });
  after(() => host.close());

  it('explains in both languages what is asked, and has nothing that could be framed, kept or told on', async () => {
    await host.test.credential().post('/api/update-organization?id=admin/acme', {
      owner: 'admin',
      name: 'acme',
      displayName: '<b>ACME</b>',
    });
    const said = {
      en: ['Complete your data', 'WeCom', 'Phone'],
      'zh-CN,en;q=0.5': ['完善个人资料', '企业微信', '手机'],
    };
    for (const [language, words] of Object.entries(said)) {
      const { httpStatus, text, headers } = await host.phone({ ...HTML, 'accept-language': language }).get(PAGE);
      expect(httpStatus).to.equal(200);
      for (const word of words) expect(text).to.include(word);
      expect(text).to.include(`href="${PAGE}/start"`).and.not.include('<b>').and.not.include('<script');
      expect(headers.get('content-security-policy')).to.include(FRAMES).and.include("default-src 'none'");
      expect(headers.get('cache-control')).to.equal('no-store');
      expect(headers.get('referrer-policy')).to.equal('no-referrer');
      expect(headers.getSetCookie()).to.deep.equal([]);
    }
  });

  it('leads to WeCom’s page with a state that the browser has sealed', async () => {
    const { httpStatus, headers } = await host.phone(HTML).get(`${PAGE}/start`);
    const address = new URL(headers.get('location')!);
    expect(httpStatus).to.equal(302);
    expect(address.origin + address.pathname).to.equal(`${host.test.sandbox.url}/connect/oauth2/authorize`);
    expect(address.hash).to.equal('#wechat_redirect');
    const { state, ...query } = Object.fromEntries(address.searchParams);
    expect(state).to.match(/^[A-Za-z0-9]{32,128}$/);
    expect(query).to.deep.equal({
      appid: host.test.sandbox.corpId,
      redirect_uri: `http://127.0.0.1${PAGE}/callback`,
      response_type: 'code',
      scope: 'snsapi_privateinfo',
      agentid: String(host.test.sandbox.agentId),
    });
    const [cookie = '', ...others] = headers.getSetCookie();
    expect(others).to.deep.equal([]);
    expect(cookie.split('; ').slice(1)).to.have.members(['Path=/me/', 'HttpOnly', 'SameSite=Lax', 'Max-Age=600']);
    expect(cookie).to.not.include(state);
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(headers.get('referrer-policy')).to.equal('no-referrer');
  });

  it('shows what would be stored, and stores it after a tap', async () => {
    const { at: one, userid } = next();
    const phone = host.phone();
    const { seen, state } = await host.look(phone, userid);
    expect(seen.httpStatus).to.equal(200);
    expect(seen.data.userid).to.equal(userid);
    const given = [
      { field: 'email', before: '', after: emailAt(one) },
      { field: 'phone', before: '', after: phoneAt(one) },
      { field: 'countryCode', before: '', after: 'CN' },
    ];
    expect(seen.data.fields).to.deep.include.members(given);
    expect(seen.data.refused).to.deep.equal([]);
    expect((await host.user(userid))['email'], 'not before the tap').to.equal('');
    const completedAt = async (): Promise<string | null> =>
      (await host.test.credential().get('/api/get-self-service?id=acme/wecom&p=1&pageSize=100')).data.find(
        (member: { readonly userid: string }) => member.userid === userid,
      ).completedAt;
    expect(await completedAt(), 'not before the tap').to.equal(null);
    const done = await phone.post(`${PAGE}/confirm`, { state });
    expect([done.httpStatus, done.status]).to.deep.equal([200, 'ok']);
    expect(done.data.run).to.include({ trigger: 'self', state: 'succeeded', syncer: 'acme/wecom' });
    expect(done.data.changes[0]).to.include({ kind: 'update', user: `acme/${userid}`, state: 'applied' });
    expect(done.data.changes[0].fields).to.deep.equal(seen.data.fields);
    expect(await host.user(userid)).to.include({ email: emailAt(one), phone: phoneAt(one), emailVerified: false });
    const contract = await Contract.of(host.test);
    contract.check('GET', '/me/{organization}/{name}/callback', JSON.parse(seen.text));
    contract.check('POST', '/me/{organization}/{name}/confirm', JSON.parse(done.text));
    const again = await host.phone(HTML).get(`${PAGE}/confirm`);
    expect([again.httpStatus, again.headers.get('location')], 'loaded anew').to.deep.equal([303, PAGE]);
    for (const { headers } of [seen, done]) {
      expect(headers.getSetCookie(), 'nobody is signed in').to.deep.equal([]);
      expect(headers.get('content-security-policy')).to.include(FRAMES);
      expect(headers.get('cache-control')).to.equal('no-store');
      expect(headers.get('referrer-policy')).to.equal('no-referrer');
    }
    const first = (await completedAt()) ?? '';
    expect(Date.parse(first)).to.be.closeTo(Date.now(), 60_000);
    expect((await host.complete(userid)).data.changes, 'nothing to store').to.deep.equal([]);
    expect(Date.parse((await completedAt()) ?? ''), 'the last tap').to.be.greaterThan(Date.parse(first));
  });

  it('does so as a page, with a form', async () => {
    const { userid, at: one } = next();
    host.test.sandbox.company.setField(userid, { email: '"><b>x@acme.example' });
    const phone = host.phone({ ...HTML, 'accept-language': 'zh-CN' });
    const { seen, state } = await host.look(phone, userid);
    expect(seen.httpStatus).to.equal(200);
    expect(seen.text).to.include(phoneAt(one)).and.include('女').and.include(`action="${PAGE}/confirm"`);
    expect(seen.text).to.include(`value="${state}"`).and.not.include('<b>');
    const done = await phone.post(`${PAGE}/confirm`, new URLSearchParams({ state }).toString());
    expect([done.httpStatus, done.headers.get('content-type')]).to.deep.equal([200, 'text/html; charset=utf-8']);
    expect(done.text).to.include('已保存').and.not.include('<b>');
    expect(await host.user(userid)).to.include({ phone: phoneAt(one) });
  });

  it('fills what is empty, replaces what he gave, and leaves what a person entered', async () => {
    const { at: one, userid } = next();
    await host.complete(userid, ['mobile']);
    expect(await host.user(userid)).to.include({ phone: phoneAt(one), email: '' });
    host.test.sandbox.company.setField(userid, { mobile: '13900000077' });
    await host.setUser(userid, { email: 'chosen@acme.example' });
    const { seen, state } = await host.look(host.phone(), userid);
    expect(state).to.not.equal('');
    expect(seen.data.fields).to.deep.include({ field: 'phone', before: phoneAt(one), after: '13900000077' });
    expect(seen.data.refused.map(({ field }: { field: string }) => field)).to.deep.equal(['email']);
    await host.complete(userid);
    expect(await host.user(userid)).to.include({ phone: '13900000077', email: 'chosen@acme.example' });
    await host.setUser(userid, { email: '' });
    await host.complete(userid);
    expect(await host.user(userid), 'emptied counts as empty').to.include({ email: emailAt(one) });
  });

  it('is told of in history and audit log as done by the account itself, and says nothing about the syncer', async () => {
    const { userid } = next();
    const admin = host.test.credential();
    const before = (await admin.get('/api/get-syncer?id=acme/wecom')).data;
    const { data } = await host.complete(userid);
    const after = (await admin.get('/api/get-syncer?id=acme/wecom')).data;
    for (const key of ['lastRun', 'health', 'errorText', 'nextRunAt'])
      expect(after[key], key).to.deep.equal(before[key]);
    const history = await admin.get(`/api/get-user-history?id=acme/${userid}`);
    expect(history.data[0]).to.include({ what: 'run', run: data.run.id, by: `acme/${userid}` });
    expect(history.json.data3.origins).to.include({ email: 'self', phone: 'self' });
    const [entry] = (await admin.get('/api/get-audit-log?owner=acme&action=self-service')).data;
    expect(entry).to.include({ by: `acme/${userid}`, action: 'self-service', object: `acme/${userid}` });
  });

  it('offers what is asked for and mapped, and the other address where the first is withheld', async () => {
    const { userid } = next();
    host.test.sandbox.company.setField(userid, { biz_mail: `${userid}@corp.example` });
    await host.set({ selfService: { enabled: true, fields: ['email'] } });
    const only = await host.look(host.phone(), userid);
    expect(only.seen.data.fields.map(({ field }: { field: string }) => field)).to.deep.equal(['email']);
    expect((await host.phone(HTML).get(PAGE)).text)
      .to.include('E-mail')
      .and.not.include('Phone');
    const rows = [
      { name: 'mobile', casdoorName: 'Phone' },
      { name: 'email', casdoorName: 'Email' },
    ];
    await host.set({ selfService: { fields: ['email', 'phone', 'avatar', 'gender'] }, tableColumns: rows });
    const mapped = await host.look(host.phone(), userid, ['gender', 'avatar', 'biz_mail']);
    expect(mapped.seen.data.fields).to.deep.equal([{ field: 'email', before: '', after: `${userid}@corp.example` }]);
    expect((await host.phone(HTML).get(PAGE)).text)
      .to.include('Phone')
      .and.not.include('Gender');
    await host.set({ tableColumns: [] });
    const declined = await host.look(host.phone(), userid, []);
    expect(declined.seen.data, 'gender "0" and the default avatar').to.deep.include({ fields: [], refused: [] });
    // What is no more asked for is not stored, although he saw it.
    const phone = host.phone();
    const { state } = await host.look(phone, userid);
    await host.set({ selfService: { enabled: true, fields: ['gender'] } });
    const done = await phone.post(`${PAGE}/confirm`, { state });
    expect(done.data.changes[0].fields).to.deep.equal([{ field: 'gender', before: '', after: 'Female' }]);
    await host.set({ selfService: { fields: ['email', 'phone', 'avatar', 'gender'] } });
  });

  it('stores nothing that the mapping feeds no more at the tap', async () => {
    const { at: one, userid } = next();
    const phone = host.phone();
    const { state } = await host.look(phone, userid);
    await host.set({ tableColumns: [{ name: 'mobile', casdoorName: 'Phone' }] });
    const done = await phone.post(`${PAGE}/confirm`, { state });
    await host.set({ tableColumns: [] });
    expect(done.status, done.text).to.equal('ok');
    const { email, phone: number, avatar, gender } = await host.user(userid);
    expect([email, number, avatar, gender]).to.deep.equal(['', phoneAt(one), '', '']);
  });

  it('takes members of whom the directory says something unknown as their accounts stand', async () => {
    const { at: one, userid } = next();
    host.test.sandbox.company.setField(userid, { enable: 7 });
    await host.run();
    const done = await host.complete(userid);
    expect(done.status, done.text).to.equal('ok');
    expect(await host.user(userid)).to.include({ email: emailAt(one), isForbidden: false });
    await host.setUser(userid, { isForbidden: true });
    expect((await host.look(host.phone(), userid)).seen.httpStatus).to.equal(400);
  });

  it('leads nobody to WeCom while nothing that may be asked for is mapped', async () => {
    await host.set({ tableColumns: [{ name: 'name', casdoorName: 'DisplayName' }] });
    for (const [language, words] of [
      ['en', 'asks for nothing here'],
      ['zh', '没有需要您在此提供的资料'],
    ] as const) {
      for (const path of [PAGE, `${PAGE}/start`]) {
        const { httpStatus, text } = await host.phone({ ...HTML, 'accept-language': language }).get(path);
        expect(httpStatus, path).to.equal(400);
        expect(text).to.include(words).and.not.include('/start"');
      }
    }
    await host.set({ tableColumns: [] });
    expect((await host.phone(HTML).get(PAGE)).httpStatus).to.equal(200);
  });

  it('goes on with each visit that one browser began, at two syncers, too', async () => {
    const { userid } = next();
    await host.add('acme', 'second');
    const phone = host.phone();
    const one = await host.look(phone, userid);
    const two = await phone.start();
    await phone.start('/me/acme/second');
    expect((await phone.post(`${PAGE}/confirm`, { state: one.state })).status, 'what he saw').to.equal('ok');
    expect((await phone.get(await agree(two, userid))).status, 'the other tab').to.equal('ok');
  });

  it('keeps the last ten visits of a browser, however often he begins', async () => {
    const { userid } = next();
    const phone = host.phone();
    const begun: URL[] = [];
    for (let times = 0; times < 12; times += 1) begun.push(await phone.start());
    expect(phone.cookies.size).to.equal(10);
    expect((await phone.get(await agree(begun[1]!, userid))).httpStatus).to.equal(400);
    for (const address of [begun[2]!, begun.at(-1)!]) {
      expect((await phone.get(await agree(address, userid))).httpStatus).to.equal(200);
    }
  });

  it('says so and changes nothing when he declines', async () => {
    const { userid } = next();
    for (const [language, words] of [
      ['en', 'You declined'],
      ['zh', '您已拒绝'],
    ] as const) {
      const phone = host.phone();
      const address = await phone.start();
      const back = await agree(address, userid, ALL_FIELDS, 'decline');
      expect(back).to.not.include('code=');
      const seen = await phone.get(back, { 'accept-language': language });
      expect([seen.httpStatus, seen.status]).to.deep.equal([400, 'error']);
      expect(seen.msg).to.include(words);
      const state = address.searchParams.get('state');
      expect((await phone.post(`${PAGE}/confirm`, { state })).httpStatus).to.equal(400);
      const page = await host.phone(HTML).get(`${PAGE}/callback?state=${state}`, { 'accept-language': language });
      expect(page.httpStatus, 'in another browser').to.equal(400);
      const after = await phone.get(`${PAGE}/callback?state=${state}&code=${codeOf(host.test.sandbox, userid)}`);
      expect(after.httpStatus, 'the state is used').to.equal(400);
    }
    expect(await host.user(userid)).to.include({ email: '', phone: '' });
  });

  it('tells of a value that another account has, without a name, and asks an administrator at the tap', async () => {
    const { at: one, userid } = next();
    const admin = host.test.credential();
    await host.setUser('plain', { email: emailAt(one) });
    const phone = host.phone();
    const { seen, state } = await host.look(phone, userid);
    expect(seen.data.refused).to.have.length(1);
    expect(seen.data.refused[0].field).to.equal('email');
    expect(JSON.stringify(seen.data.refused)).to.not.include('plain');
    const questions = async () => (await admin.get('/api/get-sync-questions?id=acme/wecom')).data;
    expect(await questions()).to.deep.equal([]);
    const done = await phone.post(`${PAGE}/confirm`, { state });
    expect(done.status, done.msg).to.equal('ok');
    expect(JSON.stringify(done.data)).to.not.include('acme/plain');
    expect(await host.user(userid)).to.include({ email: '', phone: phoneAt(one) });
    const [question] = await questions();
    expect(question).to.include({ kind: 'value-taken', userid, state: 'open' });
    expect(question.candidates.map(({ user }: { user: string }) => user)).to.deep.equal(['acme/plain']);
    const link = await admin.post(`/api/decide-sync-question?id=${question.id}`, {
      decision: 'link',
      user: 'acme/plain',
    });
    expect(link.status).to.equal('error');
    const ignore = await admin.post(`/api/decide-sync-question?id=${question.id}`, { decision: 'ignore' });
    expect(ignore.status, ignore.msg).to.equal('ok');
  });

  const states: readonly (readonly [string, (userid: string, phone: Phone) => Promise<unknown>])[] = [
    ['administrators', (userid) => host.setUser(userid, { isAdmin: true })],
    ['forbidden accounts', (userid) => host.setUser(userid, { isForbidden: true })],
    ['deleted accounts', (userid) => host.setUser(userid, { isDeleted: true })],
    ['whom the syncer excludes', (userid) => host.set({ scope: { excludeUsers: [userid] } })],
    ['whoever left', async (userid) => host.test.sandbox.company.leave([userid])],
    ['whom the directory disabled', async (userid) => host.test.sandbox.company.disable([userid])],
  ];
  for (const [who, change] of states) {
    it(`refuses ${who}, also when that came after they looked`, async () => {
      const { userid } = next();
      const before = await host.user(userid);
      const seen = host.phone();
      const { state } = await host.look(seen, userid);
      await change(userid, seen);
      const tapped = await seen.post(`${PAGE}/confirm`, { state });
      expect([tapped.httpStatus, tapped.status], tapped.msg).to.deep.equal([400, 'error']);
      const phone = host.phone();
      const address = await phone.start();
      const query = new URLSearchParams({
        state: address.searchParams.get('state')!,
        code: codeOf(host.test.sandbox, userid),
      });
      const looked = await phone.get(`${PAGE}/callback?${query.toString()}`);
      expect([looked.httpStatus, looked.status], looked.msg).to.deep.equal([400, 'error']);
      expect(looked.msg).to.not.equal('');
      const { email, phone: number, avatar, gender } = await host.user(userid);
      expect({ email, number, avatar, gender }).to.deep.equal({
        email: before['email'],
        number: before['phone'],
        avatar: before['avatar'],
        gender: before['gender'],
      });
      await host.set({ scope: {} });
    });
  }

  it('refuses whom this syncer does not hold', async () => {
    const [hired] = host.test.sandbox.company.hire({ userid: 'new.one' });
    const { seen } = await host.look(host.phone(), hired!.userid);
    expect([seen.httpStatus, seen.status]).to.deep.equal([400, 'error']);
    const { userid } = next();
    const phone = host.phone();
    const { state } = await host.look(phone, userid);
    const unlinked = await host.test.credential().post(`/api/unlink-account?id=acme/${userid}`);
    expect(unlinked.status, unlinked.msg).to.equal('ok');
    expect((await phone.post(`${PAGE}/confirm`, { state })).httpStatus).to.equal(400);
    expect(await host.user(userid)).to.include({ email: '', phone: '' });
  });

  it('is nowhere where members are not asked, also for those on their way', async () => {
    const { userid } = next();
    const phone = host.phone();
    const address = await phone.start();
    const back = await agree(address, userid);
    const looked = host.phone();
    const { state } = await host.look(looked, userid);
    const gone = async (page: string, visitor: Phone, way = back): Promise<void> => {
      for (const path of [page, `${page}/start`, way.replace(PAGE, page)]) {
        const seen = await visitor.get(path);
        expect([seen.httpStatus, seen.status], path).to.deep.equal([404, 'error']);
        expect((await host.phone(HTML).get(path)).text)
          .to.include('Not found')
          .and.not.include('href');
      }
      expect((await looked.post(`${page}/confirm`, { state })).httpStatus).to.equal(404);
    };
    for (const page of ['/me/acme/none', '/me/none/wecom', '/me/Acme/wecom', '/me/admin/wecom', '/me/built-in/wecom']) {
      await gone(page, phone);
    }
    await host.set({ selfService: { enabled: false } });
    await gone(PAGE, phone);
    await host.set({ selfService: { enabled: true }, isEnabled: false });
    expect((await phone.get(back)).httpStatus, 'a syncer that is not enabled').to.equal(200);
    expect((await looked.post(`${PAGE}/confirm`, { state })).httpStatus, 'nothing is lost').to.equal(200);
  });
});

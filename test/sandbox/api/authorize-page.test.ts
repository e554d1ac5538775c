import { expect } from 'chai';
import * as sinon from 'sinon';
import { isActive } from '../../../src/sandbox/company/member.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { ask, WireClient } from '../wire-client.ts';

describe('the page on which members agree', () => {
  let sandbox: Sandbox;
  let client: WireClient;
  let userid: string;
  const BACK = 'http://127.0.0.1:8000/me/acme/wecom/callback';

  beforeEach(async () => {
    sandbox = await Sandbox.start({ members: 60, departments: 8 });
    sandbox.use('hidden-fields');
    client = await new WireClient(sandbox).signIn();
    [userid = ''] = [...sandbox.company.members].filter(isActive).map((one) => one.userid);
    sandbox.company.setField(userid, { mobile: '13800000001', email: 'me@acme.example' });
  });
  afterEach(() => sandbox.close());

  const address = (changed: Record<string, string> = {}): string => {
    const query = new URLSearchParams({
      appid: sandbox.corpId,
      redirect_uri: BACK,
      response_type: 'code',
      scope: 'snsapi_privateinfo',
      state: 'abc123',
      agentid: String(sandbox.agentId),
      ...changed,
    });
    return `${sandbox.url}/connect/oauth2/authorize?${query.toString()}`;
  };
  const answer = async (form: Record<string, string> | [string, string][], changed = {}): Promise<URL> => {
    const { headers } = await ask(address(changed), { method: 'POST', body: new URLSearchParams(form).toString() });
    return new URL(String(headers['location']));
  };
  const agree = async (fields: readonly string[], as = userid, changed = {}): Promise<string> => {
    const picked = fields.map((field): [string, string] => ['field', field]);
    const back = await answer([['userid', as], ['answer', 'agree'], ...picked], changed);
    return back.searchParams.get('code') ?? '';
  };
  const visitor = (code: string) => client.get('auth/getuserinfo', { code });
  const detail = async (ticket: unknown) =>
    (await client.call('auth/getuserdetail', {}, { method: 'POST', body: JSON.stringify({ user_ticket: ticket }) }))
      .json;

  it('gives what was agreed to, field by field, once', async () => {
    const { user_ticket: ticket, ...who } = await visitor(await agree(['mobile']));
    expect(who).to.deep.equal({ errcode: 0, errmsg: 'ok', userid, expires_in: 1800 });
    const given = await detail(ticket);
    expect(given).to.include({ errcode: 0, userid, mobile: '13800000001', gender: '0' });
    expect(given['avatar']).to.match(/DefaultAvatar/);
    expect(given).to.not.have.any.keys('email', 'biz_mail', 'address', 'qr_code');
    expect((await detail(ticket))['errcode']).to.equal(84014);
    expect((await detail('made-up'))['errcode']).to.equal(84015);
  });

  it('sends who declines back without a code, and lists the members who may agree', async () => {
    const back = await answer({ userid, answer: 'decline' });
    expect([back.searchParams.get('state'), back.searchParams.has('code')]).to.deep.equal(['abc123', false]);
    expect(back.href.startsWith(BACK)).to.equal(true);
    expect((await ask(address())).text)
      .to.include(`value="${userid}"`)
      .and.to.include('value="mobile"');
  });

  it('asks a base scope for nothing more, and gives no ticket for it', async () => {
    const who = await visitor(await agree(['mobile'], userid, { scope: 'snsapi_base' }));
    expect(who).to.deep.equal({ errcode: 0, errmsg: 'ok', userid });
  });

  it('gives no ticket for whom the app does not see, and knows others as strangers', async () => {
    sandbox.use('empty-scope');
    expect(await visitor(await agree(['mobile']))).to.not.have.property('user_ticket');
    const outside = await visitor(await agree([], ''));
    expect(outside).to.have.property('external_userid').that.is.a('string');
    expect(outside).to.not.have.property('userid');
  });

  it('sends nobody elsewhere than to the trusted domain', async () => {
    const refusal = async (changed: Record<string, string>): Promise<string> => {
      const { text, headers } = await ask(address(changed), { method: 'POST', body: 'answer=agree' });
      expect(headers).to.not.have.property('location');
      return /<h1>(\d+)<\/h1>/.exec(text)?.[1] ?? '';
    };
    expect(await refusal({ redirect_uri: 'https://evil.example/callback' })).to.equal('50001');
    expect(await refusal({ appid: 'wwother' })).to.equal('40013');
    expect(await refusal({ agentid: '' })).to.equal('41011');
    expect(await refusal({ agentid: '7' })).to.equal('40056');
    expect(await refusal({ state: 'a b' })).to.equal('40035');
    const code = await agree(['mobile']);
    sandbox.access.trustedDomain = '';
    expect(await refusal({})).to.equal('50001');
    expect((await visitor(code))['errcode']).to.equal(50001);
  });

  it('makes codes for one corp and one app, and tickets that end', async () => {
    const other = await Sandbox.start({ members: 60, departments: 8, seed: 2 });
    const foreign = await new WireClient(other).signIn();
    expect((await foreign.get('auth/getuserinfo', { code: await agree(['mobile']) }))['errcode']).to.equal(40029);
    await other.close();
    const { json } = await ask(`${sandbox.url}/control/sign-in`, {
      method: 'POST',
      body: JSON.stringify({ userid, scope: 'snsapi_privateinfo', agentid: 7 }),
    });
    expect((await visitor(String(json['code'])))['errcode']).to.equal(40029);
    const { user_ticket: ticket } = await visitor(await agree(['mobile']));
    sinon.useFakeTimers({ now: Date.now() + 1_800_000, toFake: ['Date'] });
    expect((await detail(ticket))['errcode']).to.equal(84014);
  });

  it('names who comes from a linked corp by the corp', async () => {
    const { json } = await ask(`${sandbox.url}/control/sign-in`, {
      method: 'POST',
      body: JSON.stringify({ userid: 'wwother/x', scope: 'snsapi_privateinfo' }),
    });
    expect(await visitor(String(json['code']))).to.deep.equal({ errcode: 0, errmsg: 'ok', userid: 'wwother/x' });
  });
});

describe('message/send', () => {
  let sandbox: Sandbox;
  let client: WireClient;
  let userids: string[];

  beforeEach(async () => {
    sandbox = await Sandbox.start({ members: 60, departments: 8 });
    client = await new WireClient(sandbox).signIn();
    userids = [...sandbox.company.members].filter(isActive).map((one) => one.userid);
  });
  afterEach(() => sandbox.close());

  const send = async (changed: Record<string, unknown>, as = client): Promise<Record<string, unknown>> => {
    const body = {
      touser: userids[0],
      msgtype: 'text',
      agentid: sandbox.agentId,
      text: { content: 'hello' },
      ...changed,
    };
    return (await as.call('message/send', {}, { method: 'POST', body: JSON.stringify(body) })).json;
  };

  it('reaches who is there, and names who is not in lower case', async () => {
    expect(await send({ touser: `${userids[0]}|No.Body` })).to.include({ errcode: 0, invaliduser: 'no.body' });
    expect(sandbox.mailbox.list().map((one) => one.content)).to.deep.equal(['hello']);
    const { json } = await ask(`${sandbox.url}/control/messages`);
    expect(json['messages']).to.have.length(1);
    await ask(`${sandbox.url}/control/messages`, { method: 'DELETE' });
    expect(sandbox.mailbox.list()).to.deep.equal([]);
  });

  it('refuses with the codes of the documentation', async () => {
    const codeOf = async (changed: Record<string, unknown>): Promise<unknown> => (await send(changed))['errcode'];
    expect(await codeOf({ touser: 'nobody' })).to.equal(81013);
    expect(await codeOf({ agentid: 7 })).to.equal(301002);
    expect(await codeOf({ agentid: undefined })).to.equal(41011);
    expect(await codeOf({ msgtype: 'smoke' })).to.equal(40008);
    expect(await codeOf({ text: { content: '' } })).to.equal(44004);
    expect(await codeOf({ touser: Array.from({ length: 1001 }, () => 'x').join('|') })).to.equal(40031);
    sandbox.use('empty-scope');
    expect(await codeOf({})).to.equal(81013);
    const contacts = await new WireClient(sandbox, sandbox.contactsSecret).signIn();
    expect((await send({}, contacts))['errcode']).to.equal(48002);
  });

  it('drops what is too much for one member, and cuts what is too long', async () => {
    await send({ text: { content: 'x'.repeat(3000) } });
    for (let sent = 1; sent < 35; sent += 1) await send({});
    expect(sandbox.mailbox.list()).to.have.length(30);
    expect(sandbox.mailbox.list()[0]?.content).to.have.length(2048);
  });
});

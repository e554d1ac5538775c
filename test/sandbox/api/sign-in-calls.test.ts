import { expect } from 'chai';
import * as sinon from 'sinon';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { ask, WireClient } from '../wire-client.ts';

describe('sign-in calls', () => {
  let sandbox: Sandbox;
  let client: WireClient;
  let userid: string;

  beforeEach(async () => {
    sandbox = await Sandbox.start({ members: 60, departments: 8 });
    client = await new WireClient(sandbox).signIn();
    [userid = ''] = [...sandbox.company.members].flatMap((one) =>
      one.status === 1 && one.enable !== 0 ? one.userid : [],
    );
  });
  afterEach(() => sandbox.close());

  const signIn = (name: string) =>
    ask(`${sandbox.url}/control/sign-in`, { method: 'POST', body: JSON.stringify({ userid: name }) });
  const codeOf = async (name: string): Promise<string> => String((await signIn(name)).json['code']);
  const errcode = async (path: string, code: string, as = client): Promise<unknown> =>
    (await as.get(path, { code }))['errcode'];

  it('tell once who came with a code, in the keys of each address', async () => {
    const now = await client.get('auth/getuserinfo', { code: await codeOf(userid.toUpperCase()) });
    expect(now).to.deep.equal({ errcode: 0, errmsg: 'ok', userid });
    const code = await codeOf(userid);
    const before = await client.get('user/getuserinfo', { code });
    expect(before).to.deep.equal({ errcode: 0, errmsg: 'ok', UserId: userid, DeviceId: '' });
    for (const path of ['user/getuserinfo', 'auth/getuserinfo']) expect(await errcode(path, code)).to.equal(40029);
    expect(await errcode('auth/getuserinfo', 'made-up')).to.equal(40029);
    expect(await errcode('auth/getuserinfo', '')).to.equal(41008);
  });

  it('forget a code after five minutes', async () => {
    const code = await codeOf(userid);
    const late = await codeOf(userid);
    const clock = sinon.useFakeTimers({ now: Date.now() + 4 * 60_000, toFake: ['Date'] });
    expect(await errcode('auth/getuserinfo', code)).to.equal(0);
    clock.setSystemTime(Date.now() + 60_000);
    for (let times = 0; times < 2; times += 1) expect(await errcode('auth/getuserinfo', late)).to.equal(40029);
    expect(await errcode('auth/getuserinfo', code), 'used before').to.equal(40029);
  });

  it('let in who is at work, and know who left meanwhile as a stranger', async () => {
    const code = await codeOf(userid);
    sandbox.company.leave([userid]);
    const stranger = await client.get('user/getuserinfo', { code });
    expect(stranger).to.include({ errcode: 0 }).and.to.have.property('OpenId').that.is.a('string');
    expect(stranger).not.to.have.property('UserId');
    const [disabled] = sandbox.company.disable(1);
    for (const name of [userid, disabled!.userid, 'nobody']) expect((await signIn(name)).status, name).to.equal(400);
  });

  it('are an app’s', async () => {
    const contacts = await new WireClient(sandbox, sandbox.contactsSecret).signIn();
    const code = await codeOf(userid);
    expect(await errcode('auth/getuserinfo', code, contacts)).to.equal(48002);
    expect(await errcode('auth/getuserinfo', code)).to.equal(0);
  });
});

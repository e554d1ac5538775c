import { expect } from 'chai';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { ask, WireClient } from '../wire-client.ts';

describe('DirectoryApi', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.start({ members: 60, departments: 8 });
  });
  afterEach(() => sandbox.close());

  const gettoken = async (params: Record<string, string>): Promise<Record<string, unknown>> =>
    (await ask(`${sandbox.url}/cgi-bin/gettoken?${new URLSearchParams(params).toString()}`)).json;

  describe('gettoken', () => {
    it('looks at the secret first, then at the corp, then whether they belong together', async () => {
      expect((await gettoken({}))['errcode']).to.equal(41004);
      expect((await gettoken({ corpsecret: 'x' }))['errcode']).to.equal(41002);
      expect((await gettoken({ corpid: 'test', corpsecret: 'x' }))['errcode']).to.equal(40013);
      expect((await gettoken({ corpid: sandbox.corpId, corpsecret: 'x' }))['errcode']).to.equal(40001);
    });

    it('gives a token that works, the same one while it is valid', async () => {
      const first = await gettoken({ corpid: sandbox.corpId, corpsecret: sandbox.appSecret });
      expect(first).to.include({ errcode: 0, errmsg: 'ok', expires_in: 7200 });
      expect(String(first['access_token'])).to.match(/^[\w-]{100,512}$/);
      const second = await gettoken({ corpid: sandbox.corpId, corpsecret: sandbox.appSecret });
      expect(second['access_token']).to.equal(first['access_token']);
      const other = await gettoken({ corpid: sandbox.corpId, corpsecret: sandbox.contactsSecret });
      expect(other['access_token']).not.to.equal(first['access_token']);
    });

    it('knows corp and secrets of the documented shape, the same for the same seed', async () => {
      expect(sandbox.corpId).to.match(/^ww[0-9a-f]{16}$/);
      expect(sandbox.appSecret).to.match(/^[\w-]{43}$/);
      expect(sandbox.contactsSecret)
        .to.match(/^[\w-]{43}$/)
        .and.not.equal(sandbox.appSecret);
      const twin = await Sandbox.start({ members: 1, departments: 1 });
      const stranger = await Sandbox.start({ members: 1, departments: 1, seed: 2 });
      await twin.close();
      await stranger.close();
      expect([twin.corpId, twin.appSecret]).to.deep.equal([sandbox.corpId, sandbox.appSecret]);
      expect(stranger.corpId).not.to.equal(sandbox.corpId);
      expect(stranger.appSecret).not.to.equal(sandbox.appSecret);
    });

    it('refuses a disabled app, and its tokens too', async () => {
      const client = await new WireClient(sandbox).signIn();
      sandbox.access.rules.appEnabled = false;
      expect((await gettoken({ corpid: sandbox.corpId, corpsecret: sandbox.appSecret }))['errcode']).to.equal(50003);
      expect((await client.get('department/list'))['errcode']).to.equal(50003);
    });
  });

  describe('the token', () => {
    it('counts in the query only', async () => {
      const { token } = await new WireClient(sandbox).signIn();
      const url = `${sandbox.url}/cgi-bin/department/list`;
      const { json } = await ask(url, { headers: { Authorization: `Bearer ${token}` } });
      expect(json['errcode']).to.equal(41001);
      const posted = await ask(url, { method: 'POST', body: JSON.stringify({ access_token: token }) });
      expect(posted.json['errcode']).to.equal(41001);
      expect((await ask(`${url}?access_token=${token}`)).json['errcode']).to.equal(0);
    });

    it('is refused when nobody gave it out, with the bare sentence seen on the wire', async () => {
      const { json } = await ask(`${sandbox.url}/cgi-bin/user/get?access_token=x&userid=y`);
      expect(json).to.deep.equal({
        errcode: 40014,
        errmsg: 'invalid access_token',
        department: [],
        order: [],
        is_leader_in_dept: [],
        direct_leader: [],
      });
    });
  });

  describe('the transport', () => {
    it('says HTTP 200 for a business error and repeats it in headers', async () => {
      const { status, headers, json } = await ask(`${sandbox.url}/cgi-bin/department/simplelist?access_token=x`);
      expect(status).to.equal(200);
      expect(headers['content-type']).to.equal('application/json; charset=UTF-8');
      expect(headers['error-code']).to.equal('40014');
      expect(headers['error-msg']).to.equal('invalid access_token');
      expect(headers['server']).to.equal('nginx');
      expect(headers).to.include.keys('x-w-no', 'date');
      expect(json['department_id']).to.deep.equal([]);
    });

    it('names hint, address and link as WeCom does', async () => {
      const client = await new WireClient(sandbox).signIn();
      sandbox.use('empty-scope');
      const { errmsg } = await client.get('department/list', { id: 1 });
      expect(errmsg).to.match(
        /^no privilege to access\/modify contact\/party\/agent , hint: \[\w+\], from ip: 203\.0\.113\.7, more info at https:\/\/open\.work\.weixin\.qq\.com\/devtool\/query\?e=60011$/,
      );
      const { errmsg: invalid } = await gettoken({ corpid: 'x', corpsecret: 'y' });
      expect(invalid).to.match(/^invalid corpid, hint: \[\w+\], more info at .*=40013$/);
    });

    it('has no page for unknown paths', async () => {
      const client = await new WireClient(sandbox).signIn();
      expect((await client.call('user/nothing')).status).to.equal(404);
      expect((await ask(`${sandbox.url}/`)).status).to.equal(404);
      expect((await client.call('toString')).status).to.equal(404);
    });

    it('carries the empty list even when it fails, in front of the code for the address list', async () => {
      const { text } = await ask(`${sandbox.url}/cgi-bin/get_api_domain_ip?access_token=x`);
      expect(text).to.match(/^\{"ip_list":\[\],"errcode":40014/);
    });
  });

  describe('the Sync-of-Contacts secret', () => {
    const reads = [
      ['user/get', { userid: 'x' }],
      ['user/simplelist', { department_id: 1 }],
      ['user/list', { department_id: 1 }],
      ['department/list', {}],
      ['department/get', { id: 1 }],
    ] as const;

    for (const [path, params] of reads) {
      it(`may not ${path} from a new address, and may from an old one`, async () => {
        const client = await new WireClient(sandbox, sandbox.contactsSecret).signIn();
        expect((await client.get(path, params))['errcode']).to.equal(48009);
        sandbox.use('contacts-old-ip');
        expect((await client.get(path, params))['errcode']).to.be.oneOf([0, 60111]);
      });
    }

    it('reads ids from any address, whatever the scope of the app', async () => {
      sandbox.use('empty-scope');
      const client = await new WireClient(sandbox, sandbox.contactsSecret).signIn();
      expect(await client.list('department/simplelist', 'department_id')).to.have.length(8);
      const { json } = await client.call('user/list_id', {}, { method: 'POST', body: '{}' });
      const rows = json['dept_user'] as { userid: string }[];
      expect(new Set(rows.map(({ userid }) => userid)).size).to.equal(60);
    });
  });

  it('refuses user/list_id to an app', async () => {
    const client = await new WireClient(sandbox).signIn();
    const { json } = await client.call('user/list_id', {}, { method: 'POST', body: '{}' });
    expect(json).to.include({ errcode: 48002 });
    expect(json['dept_user']).to.deep.equal([]);
  });

  it('answers from what it serialised before once it was warmed up', async () => {
    const client = await new WireClient(sandbox).signIn();
    const asked = async (): Promise<string[]> =>
      Promise.all(
        [...sandbox.company.departments].map(
          async ({ id }) => (await client.call('user/list', { department_id: id })).text,
        ),
      );
    const cold = await asked();
    sandbox.company.rename(1);
    sandbox.warmUp();
    const warm = await asked();
    expect(warm.filter((text, index) => text !== cold[index]).length).to.be.greaterThan(0);
  });
});

import { expect } from 'chai';
import { AuditRow } from '../../../src/storage/entities/index.ts';
import { ADMIN_PASSWORD, CLIENT_ID, TestHost, type Client } from '../test-host.ts';

const NO_TOKEN = "Access token doesn't exist in database";

describe('who is signed in', () => {
  let test: TestHost;
  let chief: Client;
  let plain: Client;

  before(async () => {
    test = await TestHost.start({ members: 2, departments: 1 });
    await test.addOrganization('acme');
    await test.addOrganization('globex');
    chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
    plain = await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
  });
  after(() => test.close());

  it('is listed with one mark for each session, which signs nobody in', async () => {
    await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
    await test.signedIn('globex', 'plain', ADMIN_PASSWORD);
    const { data } = await chief.get('/api/get-sessions');
    expect(data.map(({ owner, name }: { owner: string; name: string }) => `${owner}/${name}`)).to.deep.equal([
      'acme/chief',
      'acme/plain',
    ]);
    expect(data[1]).to.include({ application: 'app-built-in', ExclusiveSignin: false });
    expect(data[1].createdTime).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(new Set(data[1].sessionId).size).to.equal(2);
    for (const mark of data[1].sessionId) {
      const thief = test.anonymous({ cookie: `casdoor_session_id=${mark}` });
      expect((await thief.get('/api/get-account')).msg).to.equal('Please login first');
    }
    const paged = await chief.get('/api/get-sessions?owner=acme&p=1&pageSize=1&field=name&value=PLA&sortField=nosuch');
    expect(paged.data2).to.equal(1);
    const one = await chief.get('/api/get-session?sessionPkId=acme/plain/app-built-in');
    expect(one.data).to.deep.equal(data[1]);
    for (const id of ['acme/none/app-built-in', 'acme/plain/app-other'])
      expect((await chief.get(`/api/get-session?sessionPkId=${id}`)).data).to.equal(null);
  });

  it('is signed out by its administrator, here or everywhere', async () => {
    const other = await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
    const { data } = await chief.get('/api/get-session?sessionPkId=acme/plain/app-built-in');
    const body = { owner: 'acme', name: 'plain', application: 'app-built-in' };
    const first = await chief.post(`/api/delete-session?id=acme/plain&sessionId=${data.sessionId[0]}`, body);
    expect(first.data).to.equal('Affected');
    expect((await plain.get('/api/get-account')).msg).to.equal('Please login first');
    expect((await other.get('/api/get-account')).status).to.equal('ok');
    expect((await chief.post('/api/delete-session', body)).data).to.equal('Affected');
    expect((await other.get('/api/get-account')).msg).to.equal('Please login first');
    expect((await chief.post('/api/delete-session', body)).data).to.equal('Unaffected');
    expect((await chief.post('/api/delete-session?id=acme/chief', body)).msg).to.match(/two different objects/);
    const rows = await test.host.database.read(({ manager }) => manager.findBy(AuditRow, { action: 'delete-session' }));
    expect(rows.map(({ actor, target }) => `${actor} ${target}`)).to.include('acme/chief acme/plain');
  });

  it('is asked for by whoever it is, and an application is nobody', async () => {
    const { json } = await chief.get('/api/userinfo');
    expect(json).to.include({ iss: test.host.url, aud: 'app-built-in', preferred_username: 'chief' });
    expect(json.sub).to.equal((await chief.get('/api/get-account')).data.id);
    for (const call of ['userinfo', 'get-account']) {
      const stranger = await test.anonymous().get(`/api/${call}`);
      expect(stranger.json).to.include({ status: 'error', msg: 'Please login first', data: 'Please login first' });
      const application = await test.credential().get(`/api/${call}`);
      expect(application.json).to.include({
        status: 'error',
        msg: `The user: app/${CLIENT_ID} doesn't exist`,
        data: null,
      });
    }
  });

  it('is nobody with a token, whatever else comes with it: this host issues none', async () => {
    for (const query of ['accessToken=made-up', 'access_token=made-up']) {
      for (const client of [test.anonymous(), test.credential(), chief])
        expect((await client.get(`/api/get-account?${query}`)).json).to.include({
          status: 'error',
          msg: NO_TOKEN,
          data: null,
        });
    }
    const bearer = test.anonymous({ authorization: 'Bearer made.up.token' });
    for (const answer of [
      await bearer.get('/api/get-users?owner=acme'),
      await bearer.post('/api/add-user', { owner: 'acme' }),
    ])
      expect(answer.msg).to.equal(NO_TOKEN);
    expect((await bearer.get('/metrics')).httpStatus).to.equal(200);
  });

  it('gets no token from OAuth’s calls, which say why as OAuth does', async () => {
    for (const call of ['access_token', 'refresh_token', 'introspect']) {
      for (const answer of [
        await test.credential().post(`/api/login/oauth/${call}`, { grant_type: 'authorization_code', code: 'c' }),
        await test.anonymous().post(`/api/login/oauth/${call}?code=c`, 'grant_type=password&username=a%', {
          'content-type': 'application/x-www-form-urlencoded',
        }),
        await test.anonymous().post(`/api/login/oauth/${call}?client_id=x&code=c`),
        await test.anonymous().get(`/api/login/oauth/${call}?code=c`),
      ]) {
        expect(answer.httpStatus).to.equal(400);
        expect(answer.json).to.have.all.keys('error', 'error_description');
        expect(answer.json.error).to.equal('unsupported_grant_type');
      }
    }
  });

  it('knows a password or does not, without signing in, and guesses are counted', async () => {
    const me = await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
    const check = (client: Client, password: string, name = 'plain') =>
      client.post('/api/check-user-password', { owner: 'acme', name, password });
    for (const client of [me, chief, test.credential()]) {
      const right = await check(client, ADMIN_PASSWORD);
      expect(right.json).to.include({ status: 'ok', data: null });
      expect(right.headers.getSetCookie()).to.deep.equal([]);
      expect((await check(client, 'wrong')).msg).to.equal('password or code is incorrect');
    }
    expect((await check(chief, 'x', 'none')).msg).to.equal("The user: acme/none doesn't exist");
    for (let n = 0; n < 6; n += 1) await check(me, 'guess');
    expect((await check(me, ADMIN_PASSWORD)).msg).to.match(/Too many wrong passwords/);
  });

  it('is told at once that there is no such call, whatever body comes', async () => {
    for (const client of [chief, test.credential(), test.anonymous()]) {
      for (const answer of [
        await client.get('/api/no-such-call'),
        await client.post('/api/no-such-call', '{ broken'),
        await client.post('/api/no-such-call/deeper', 'x'.repeat(100_000)),
        await client.post('/api/get-users', {}),
      ]) {
        expect(answer.httpStatus).to.equal(200);
        expect(answer.json).to.include({ status: 'error', msg: 'There is no such call.', data: null });
      }
    }
  });
});

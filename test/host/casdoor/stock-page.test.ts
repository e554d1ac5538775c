import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { ADMIN_PASSWORD, TestHost, type Answer, type Client } from '../test-host.ts';

type Shape = Readonly<Record<string, string>>;

/** The part of a list that Casdoor's page asks for, spelt as its backend modules spell it. */
const PAGE = 'p=1&pageSize=10&field=&value=&sortField=&sortOrder=';
const WHOLE = 'p=&pageSize=&field=&value=&sortField=&sortOrder=';
const LANGUAGE = { 'accept-language': 'en;q=0.9,en;q=0.8' };

/** As its page sends a form. */
function form(fields: Readonly<Record<string, string>>): readonly [string, Record<string, string>] {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--limit\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return [`${parts.join('')}--limit--\r\n`, { 'content-type': 'multipart/form-data; boundary=limit' }];
}

describe('Casdoor’s own page on this host', () => {
  let test: TestHost;
  let shapes: Readonly<Record<string, Shape>>;

  before(async () => {
    shapes = (
      JSON.parse(await readFile(new URL('../../fixtures/casdoor/answers.json', import.meta.url), 'utf8')) as {
        shapes: Record<string, Shape>;
      }
    ).shapes;
    test = await TestHost.start({ members: 6, departments: 3 });
    await test.addOrganization('acme');
    const app = test.credential();
    await app.post('/api/add-user', { owner: 'acme', name: 'ann', displayName: 'Ann', email: 'ann@acme.example' });
    await app.post('/api/add-syncer', test.syncer('acme'));
    expect((await app.get('/api/run-syncer?id=admin/wecom&organization=acme')).status).to.equal('ok');
  });
  after(() => test.close());

  const hasShape = (object: unknown, shape: string, but: readonly string[] = []): void => {
    const keys = Object.keys(shapes[shape]!).filter((key) => !but.includes(key));
    expect(object).to.include.keys(keys);
  };

  const roles = [
    ['a global administrator', 'built-in', 'admin', 'All'],
    ['an administrator of the organization', 'acme', 'chief', 'acme'],
  ] as const;

  for (const [who, organization, username, chosen] of roles) {
    describe(`for ${who}`, () => {
      let client: Client;

      const get = async (path: string): Promise<Answer> => {
        const answer = await client.get(`/api/${path}`, LANGUAGE);
        expect(answer.json, `${path}: ${answer.text.slice(0, 300)}`).to.include({ status: 'ok', msg: '' });
        return answer;
      };
      const post = async (path: string, body: unknown, headers = {}): Promise<Answer> => {
        const answer = await client.post(`/api/${path}`, body, { ...LANGUAGE, ...headers });
        expect(answer.status, `${path}: ${answer.text.slice(0, 300)}`).to.equal('ok');
        return answer;
      };

      it('shows the sign-in, and signs in', async () => {
        client = test.anonymous();
        const stranger = await client.get('/api/get-account', LANGUAGE);
        expect(stranger.json).to.include({ status: 'error', msg: 'Please login first' });
        for (const path of ['get-application?id=admin/app-built-in', 'get-default-application?id=admin/acme']) {
          const { data } = await get(path);
          hasShape(data, 'shape8');
          expect(data).to.include({ name: 'app-built-in', enablePassword: true, disableSignin: false });
          expect(data.signinMethods).to.deep.equal([{ name: 'Password', displayName: 'Password', rule: 'All' }]);
          expect(data.organizationObj).to.include({
            passwordObfuscatorType: 'Plain',
            masterPassword: '',
            passwordSalt: '',
          });
          hasShape(data.organizationObj, 'shape2');
        }
        expect((await get('get-captcha-status?organization=acme&userId=chief&application=app-built-in')).data).to.equal(
          false,
        );
        const signIn = { application: 'app-built-in', organization, username, password: ADMIN_PASSWORD };
        const answer = await client.post('/api/login', {
          ...signIn,
          autoSignin: true,
          language: '',
          signinMethod: 'Password',
          type: 'login',
        });
        expect(answer.json, answer.text).to.include({ status: 'ok', data: `${organization}/${username}` });
        client.cookie = (answer.headers.getSetCookie()[0] ?? '').split(';', 1)[0] ?? '';
      });

      it('shows its frame and its start', async () => {
        const { data, data2 } = await get('get-account');
        hasShape(data, 'shape1');
        hasShape(data2, 'shape2');
        expect(data.tag).to.equal('');
        await get('get-organization-names?owner=admin');
        await get(`get-form?id=${organization}/syncers`);
        const dashboard = await get(`get-dashboard?owner=${chosen}`);
        hasShape(dashboard.data, 'shape13');
        for (const counts of Object.values(dashboard.data)) expect(counts).to.have.length(31);
        for (const part of ['providers', 'mfa', 'heatmap']) await get(`get-dashboard-${part}?owner=${chosen}`);
        await get(`get-organization-applications?owner=admin&organization=${organization}&${WHOLE}`);
      });

      it('lists, opens, saves, adds and deletes accounts', async () => {
        await get('get-organization?id=admin/acme');
        if (chosen === 'All') await get(`get-global-users?${PAGE}`);
        const { data, data2 } = await get(`get-users?owner=acme&${PAGE}&groupName=`);
        expect(data).to.have.length(data2 as number);
        await get(
          'get-users?owner=acme&p=1&pageSize=10&field=&value=&sortField=signupApplication&sortOrder=ascend&groupName=',
        );
        const { data: ann } = await get('get-user?id=acme/ann');
        hasShape(ann, 'shape1');
        hasShape((await get('get-user-application?id=acme/ann')).data, 'shape8');
        await get(`get-organizations?owner=admin&organizationName=&${WHOLE}`);
        await get(`get-organization-applications?owner=admin&organization=acme&${WHOLE}`);
        await get(`get-groups?owner=acme&${WHOLE}&withTree=false`);
        await get('get-transactions?owner=acme&p=&pageSize=&field=user&value=ann&sortField=&sortOrder=');
        await get(`get-resources?owner=acme&user=ann&${PAGE}`);
        const saved = await post('update-user?id=acme/ann', { ...ann, title: username, score: 7 });
        expect(saved.data).to.equal('Affected');
        expect((await get('get-user?id=acme/ann')).data).to.include({
          title: username,
          email: 'ann@acme.example',
          score: 0,
        });
        const fresh = {
          owner: 'acme',
          name: `user_${username}`,
          createdTime: '2026-11-22T08:00:00+08:00',
          type: 'normal-user',
          password: '123456',
          passwordSalt: '',
          displayName: 'New User',
          avatar: 'https://cdn.example/user.png',
          email: `${username}-new@example.com`,
          phone: '',
          countryCode: 'US',
          address: [],
          groups: [],
          affiliation: '',
          tag: 'staff',
          region: '',
          isAdmin: organization === 'built-in',
          IsForbidden: false,
          score: 0,
          isDeleted: false,
          properties: {},
          signupApplication: 'app-built-in',
          registerType: 'Add User',
          registerSource: `${organization}/${username}`,
        };
        expect((await post('add-user', fresh)).data).to.equal('Affected');
        const { data: added } = await get(`get-user?id=acme/${fresh.name}`);
        expect((await post('delete-user', added)).data).to.equal('Affected');
      });

      it('lists, opens, saves, adds and deletes groups', async () => {
        const { data } = await get(`get-groups?owner=acme&${PAGE}&withTree=false`);
        hasShape(data[0], 'shape4');
        const { data: tree } = await get(`get-groups?owner=acme&${WHOLE}&withTree=true`);
        hasShape(tree[0], 'shape5');
        await get(`get-users?owner=acme&${PAGE}&groupName=${data[0].name}`);
        const fresh = {
          owner: 'acme',
          name: `group_${username}`,
          createdTime: '2026-11-22T08:00:00+08:00',
          updatedTime: '2026-11-22T08:00:00+08:00',
          displayName: 'New Group',
          type: 'Virtual',
          parentId: 'acme',
          isTopGroup: true,
          isEnabled: true,
        };
        expect((await post('add-group', fresh)).data).to.equal('Affected');
        const { data: read } = await get(`get-group?id=acme/${fresh.name}`);
        hasShape(read, 'shape4');
        expect((await post(`update-group?id=acme/${fresh.name}`, { ...read, displayName: 'Changed' })).data).to.equal(
          'Affected',
        );
        await post('update-user?id=acme/ann', {
          ...(await get('get-user?id=acme/ann')).data,
          groups: [`acme/${fresh.name}`],
        });
        expect((await client.post('/api/delete-group', read)).msg).to.equal('group has users');
        const [body, headers] = form({ owner: 'acme', name: 'ann', groupName: fresh.name });
        expect((await post('remove-user-from-group', body, headers)).data).to.equal(true);
        expect((await post('delete-group', read)).data).to.equal('Affected');
      });

      it('lists and opens organizations; global administrators save, add and delete them', async () => {
        const { data } = await get(`get-organizations?owner=admin&organizationName=&${PAGE}`);
        hasShape(data[0], 'shape2');
        const { data: acme } = await get('get-organization?id=admin/acme');
        await get('get-ldaps?owner=acme');
        await get(`get-transactions?owner=acme&${WHOLE}`);
        await get(`get-organization-applications?owner=admin&organization=acme&${PAGE}`);
        const saved = await client.post('/api/update-organization?id=admin/acme', { ...acme, displayName: 'Acme' });
        const fresh = {
          ...acme,
          name: 'organization_new',
          displayName: 'New Organization',
          masterPassword: '',
          defaultPassword: '',
        };
        const answers = [
          saved,
          await client.post('/api/add-organization', fresh),
          await client.post('/api/delete-organization', fresh),
        ];
        for (const answer of answers) {
          if (chosen === 'All') expect(answer.data, answer.text).to.equal('Affected');
          else expect(answer.msg).to.equal('Unauthorized operation');
        }
      });

      it('lists, opens, saves and runs syncers', async () => {
        const { data } = await get(`get-syncers?owner=admin&organization=acme&${PAGE}`);
        hasShape(data[0], 'shape6');
        await get('get-certs?owner=acme');
        await get('get-organizations?owner=admin&organizationName=&p=&pageSize=&field=&value=&sortField=&sortOrder=');
        const { data: syncer } = await get('get-syncer?id=admin/wecom&organization=acme');
        await post('update-syncer?id=admin/wecom', syncer);
        expect((await post('test-syncer-db', syncer)).data.ok).to.equal(true);
        await get('run-syncer?id=admin/wecom&organization=acme');
      });

      it('shows one’s own account, and takes another password for it', async () => {
        const { data } = await get(`get-user?id=${organization}/${username}`);
        hasShape(data, 'shape1');
        hasShape((await get(`get-sessions?owner=${organization}&${PAGE}`)).data[0], 'shape11');
        const wanted = { userOwner: organization, userName: username, newPassword: 'Another-Password-1' };
        const [wrong, headers] = form({ ...wanted, oldPassword: 'wrong' });
        expect((await client.post('/api/set-password', wrong, headers)).msg).to.equal('The old password is wrong.');
        await post('set-password', ...form({ ...wanted, oldPassword: ADMIN_PASSWORD }));
        await test.signedIn(organization, username, wanted.newPassword);
      });
    });
  }

  it('shows a member his own account and organization, and nobody else', async () => {
    const plain = await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
    const seen = [
      'get-account',
      'get-user?id=acme/plain',
      'get-organizations?owner=admin',
      'get-application?id=admin/app-built-in',
    ];
    for (const path of [...seen, `get-transactions?owner=acme&${WHOLE}`, `get-resources?owner=acme&user=plain&${PAGE}`])
      expect((await plain.get(`/api/${path}`)).status, path).to.equal('ok');
    const hidden = [
      'get-user?id=acme/ann',
      `get-users?owner=acme&${PAGE}`,
      `get-groups?owner=acme&${PAGE}`,
      `get-sessions?owner=acme&${PAGE}`,
    ];
    for (const path of [...hidden, 'get-dashboard?owner=acme', `get-syncers?owner=admin&organization=acme&${PAGE}`])
      expect((await plain.get(`/api/${path}`)).msg, path).to.equal('Unauthorized operation');
  });
});

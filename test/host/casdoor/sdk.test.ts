import { expect } from 'chai';
import { SDK } from 'casdoor-nodejs-sdk';
import { ADMIN_PASSWORD, CLIENT_ID, CLIENT_SECRET, TestHost } from '../test-host.ts';

/** What an SDK's call came back with. */
interface Reply {
  readonly status: number;
  readonly data: unknown;
}

/** The envelope, which the SDK hands on as it came. */
const envelopeOf = ({ status, data }: Reply) => {
  expect(status).to.equal(200);
  return data as { readonly status: string; readonly msg: string; readonly data: unknown };
};

/** The data of an answer that must be good. */
function dataOf(reply: Reply): unknown {
  const envelope = envelopeOf(reply);
  expect(envelope.status, envelope.msg).to.equal('ok');
  return envelope.data;
}

interface Named {
  readonly name: string;
  readonly owner: string;
}
const listOf = (reply: Reply): readonly Named[] => dataOf(reply) as readonly Named[];

describe('casdoor-nodejs-sdk', () => {
  let test: TestHost;
  let sdk: SDK;

  before(async () => {
    test = await TestHost.start({ members: 20, departments: 4 });
    await test.addOrganization('acme');
    await test.addOrganization('beta');
    sdk = new SDK({
      endpoint: test.host.url,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      certificate: '',
      orgName: 'acme',
    });
  });
  after(() => test.close());

  const aSyncer = (name: string) => ({
    owner: '',
    name,
    createdTime: '2026-11-22T08:00:00+08:00',
    organization: 'acme',
    type: 'WeCom',
    host: '',
    port: 3306,
    user: test.sandbox.corpId,
    password: test.sandbox.appSecret,
    databaseType: 'mysql',
    database: 'dbName',
    table: 'table_name',
    tableColumns: [],
    affiliationTable: '',
    avatarBaseUrl: '',
    syncInterval: 3600,
    isReadOnly: false,
    isEnabled: false,
  });

  it('adds, reads, changes and deletes a syncer, which then works', async () => {
    expect(dataOf(await sdk.addSyncer(aSyncer('sdk')))).to.equal('Affected');
    const listed = listOf(await sdk.getSyncers());
    expect(listed.map(({ owner, name }) => `${owner}/${name}`)).to.deep.equal(['acme/sdk']);
    const read = dataOf(await sdk.getSyncer('sdk')) as ReturnType<typeof aSyncer>;
    expect(read).to.include({ owner: 'acme', password: '***', port: 3306, database: 'dbName', isReadOnly: true });
    expect(dataOf(await sdk.updateSyncer({ ...read, syncInterval: 7200 }))).to.equal('Affected');
    expect(dataOf(await sdk.getSyncer('sdk'))).to.include({ syncInterval: 7200, password: '***' });
    const run = await test.credential().get('/api/run-syncer?id=acme/sdk');
    expect(run.data.state, run.text).to.equal('succeeded');
    expect(dataOf(await sdk.deleteSyncer(read))).to.equal('Affected');
    expect(dataOf(await sdk.getSyncer('sdk'))).to.equal(null);
    expect(dataOf(await sdk.deleteSyncer(read))).to.equal('Unaffected');
  });

  it('hears why a syncer was not stored', async () => {
    const refused = envelopeOf(await sdk.addSyncer({ ...aSyncer('wrong'), syncInterval: -1 }));
    expect(refused).to.include({ status: 'error', data: null });
    expect(refused.msg).to.match(/syncInterval/);
    expect(dataOf(await sdk.getSyncer('wrong'))).to.equal(null);
  });

  it('adds, reads, counts, changes and deletes users', async () => {
    const count = dataOf(await sdk.getUserCount(false)) as number;
    const user = { owner: '', name: 'mei', createdTime: '', displayName: '梅', email: 'mei@acme.example' };
    expect(dataOf(await sdk.addUser(user))).to.equal('Affected');
    expect(envelopeOf(await sdk.addUser(user)).msg).to.equal('Username already exists');
    expect(dataOf(await sdk.getUserCount(false))).to.equal(count + 1);
    expect(listOf(await sdk.getUsers()).map(({ name }) => name)).to.include('mei');
    const read = dataOf(await sdk.getUser('mei')) as typeof user;
    expect(read).to.include({ owner: 'acme', displayName: '梅', email: 'mei@acme.example' });
    // The SDK sends the whole object back.
    expect(dataOf(await sdk.updateUser({ ...read, displayName: '梅花' }))).to.equal('Affected');
    expect(dataOf(await sdk.getUser('mei'))).to.include({ displayName: '梅花', email: 'mei@acme.example' });
    expect(dataOf(await sdk.deleteUser(read))).to.equal('Affected');
    expect(dataOf(await sdk.getUser('mei'))).to.equal(null);
  });

  it('sets a password, which then signs in', async () => {
    const reply = await sdk.setPassword({ owner: 'acme', name: 'plain', newPassword: 'a-new-password-新' });
    expect(envelopeOf(reply)).to.include({ status: 'ok', msg: '' });
    await test.signedIn('acme', 'plain', 'a-new-password-新');
    expect((await test.anonymous().signIn('acme', 'plain', ADMIN_PASSWORD)).status).to.equal('error');
  });

  it('lists groups and organizations, and adds one of these', async () => {
    const before = listOf(await sdk.getGroups()).length;
    await test.credential().post('/api/add-syncer', test.syncer('acme'));
    await test.credential().get('/api/run-syncer?id=acme/wecom');
    const groups = listOf(await sdk.getGroups());
    expect(groups).to.have.length(before + test.sandbox.company.visibleDepartments().length);
    expect(dataOf(await sdk.getGroup(groups[0]!.name))).to.deep.include({ owner: 'acme', name: groups[0]!.name });
    const organizations = listOf(await sdk.getOrganizations());
    expect(organizations.map(({ name }) => name)).to.have.members(['acme', 'beta', 'built-in']);
    expect(dataOf(await sdk.getOrganization('acme'))).to.include({ owner: 'admin', name: 'acme' });
    const added = { owner: '', name: 'gamma', createdTime: '', displayName: 'Gamma', websiteUrl: '' };
    expect(dataOf(await sdk.addOrganization(added as Parameters<SDK['addOrganization']>[0]))).to.equal('Affected');
  });

  it('takes a user who was never read for nobody’s, and a few keys for those keys', async () => {
    const user = { owner: '', name: 'few', createdTime: '', displayName: 'Few', email: 'few@acme.example', title: 'x' };
    expect(dataOf(await sdk.addUser(user))).to.equal('Affected');
    expect(dataOf(await sdk.updateUser({ name: 'few', displayName: 'More' } as typeof user))).to.equal('Affected');
    expect(dataOf(await sdk.getUser('few'))).to.include({ displayName: 'More', email: 'few@acme.example', title: 'x' });
    const bare = { ...user, id: '', email: '', title: '' };
    expect(envelopeOf(await sdk.updateUser(bare)).msg).to.equal('The ID is immutable.');
    expect(envelopeOf(await sdk.updateUser({ ...user, name: 'none' })).msg).to.equal(
      "The user: acme/none doesn't exist",
    );
    const twin = envelopeOf(await sdk.addUser({ ...user, name: 'twin' }));
    expect(twin.msg).to.equal('Email already exists');
    expect(dataOf(await sdk.getUser('few'))).to.include({ email: 'few@acme.example', title: 'x' });
    const wrong = { owner: 'acme', name: 'few', oldPassword: 'wrong-one', newPassword: 'right-enough-1' };
    expect(envelopeOf(await sdk.setPassword(wrong)).msg).to.equal('The old password is wrong.');
  });

  it('adds, reads, changes and deletes groups', async () => {
    const aGroup = (name: string, parentId: string) => ({
      owner: '',
      name,
      createdTime: '2026-11-22T08:00:00+08:00',
      updatedTime: '',
      displayName: `The ${name}`,
      manager: '',
      contactEmail: '',
      type: 'Virtual',
      parentId,
      isTopGroup: parentId === 'acme',
      title: '',
      key: '',
      children: [],
      isEnabled: true,
    });
    expect(dataOf(await sdk.addGroup(aGroup('sdk-top', 'acme')))).to.equal('Affected');
    expect(envelopeOf(await sdk.addGroup(aGroup('sdk-top', 'acme'))).msg).to.equal('Group "sdk-top" exists already.');
    expect(dataOf(await sdk.addGroup(aGroup('sdk-below', 'sdk-top')))).to.equal('Affected');
    const read = dataOf(await sdk.getGroup('sdk-below')) as ReturnType<typeof aGroup>;
    expect(read).to.include({ parentId: 'sdk-top', isTopGroup: false });
    expect(dataOf(await sdk.updateGroup({ ...read, displayName: 'Changed' }))).to.equal('Affected');
    expect(dataOf(await sdk.getGroup('sdk-below'))).to.include({ displayName: 'Changed', parentId: 'sdk-top' });
    expect(dataOf(await sdk.updateGroup(aGroup('none', 'acme')))).to.equal('Unaffected');
    expect(envelopeOf(await sdk.deleteGroup(aGroup('sdk-top', 'acme'))).msg).to.equal('group has children group');
    for (const name of ['sdk-below', 'sdk-top'])
      expect(dataOf(await sdk.deleteGroup(aGroup(name, 'acme')))).to.equal('Affected');
    expect(dataOf(await sdk.deleteGroup(aGroup('sdk-top', 'acme')))).to.equal('Unaffected');
    expect(dataOf(await sdk.getGroup('sdk-top'))).to.equal(null);
  });

  it('adds, reads, changes and deletes organizations', async () => {
    const added = { owner: '', name: 'delta', createdTime: '', displayName: 'Delta', websiteUrl: '', initScore: 7 };
    type Organization = Parameters<SDK['addOrganization']>[0];
    expect(dataOf(await sdk.addOrganization({ ...added, masterPassword: 'Master-1' } as Organization))).to.equal(
      'Affected',
    );
    const read = dataOf(await sdk.getOrganization('delta')) as Organization;
    expect(read).to.include({ displayName: 'Delta', initScore: 7, masterPassword: '***' });
    expect(dataOf(await sdk.updateOrganization({ ...read, displayName: 'Changed' }))).to.equal('Affected');
    expect(dataOf(await sdk.getOrganization('delta'))).to.deep.equal({ ...read, displayName: 'Changed' });
    expect(dataOf(await sdk.updateOrganization({ ...added, name: 'none' } as Organization))).to.equal('Unaffected');
    expect(dataOf(await sdk.deleteOrganization(read))).to.equal('Affected');
    expect(dataOf(await sdk.deleteOrganization(read))).to.equal('Unaffected');
    const held = envelopeOf(await sdk.deleteOrganization({ ...added, name: 'acme' } as Organization));
    expect(held.msg).to.match(/^Organization "acme" has \d+ users and \d+ syncers?: delete them first\.$/);
  });

  it('lists sessions and ends them, and hears of tokens that there are none', async () => {
    await test.signedIn('beta', 'chief', ADMIN_PASSWORD);
    const me = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
    expect(listOf(await sdk.getSessions()).map(({ name }) => name)).to.include('chief');
    const session = dataOf(await sdk.getSession('chief', 'app-built-in')) as Parameters<SDK['deleteSession']>[0];
    expect(dataOf(await sdk.deleteSession(session))).to.equal('Affected');
    expect((await me.get('/api/get-account')).msg).to.equal('Please login first');
    const refused = await sdk.getAuthToken('no-such-code').then(
      () => undefined,
      (error: { response?: Reply }) => error.response,
    );
    expect(refused?.status).to.equal(400);
    expect(refused?.data).to.include({ error: 'unsupported_grant_type' });
  });

  it('is nobody with a wrong secret', async () => {
    const stranger = new SDK({
      endpoint: test.host.url,
      clientId: CLIENT_ID,
      clientSecret: 'wrong',
      certificate: '',
      orgName: 'acme',
    });
    expect(envelopeOf(await stranger.getSyncers())).to.include({ status: 'error', msg: 'Unauthorized operation' });
  });
});

import { expect } from 'chai';
import { SDK } from 'casdoor-nodejs-sdk';
import { ADMIN_PASSWORD, CLIENT_ID, CLIENT_SECRET, TestHost } from './test-host.ts';

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

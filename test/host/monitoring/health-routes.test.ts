import { expect } from 'chai';
import { TestHost } from '../test-host.ts';

describe('health', () => {
  let test: TestHost;
  beforeEach(async () => {
    test = await TestHost.start({ members: 5, departments: 2 });
  });
  afterEach(() => test.close());

  it('is alive and ready', async () => {
    const client = test.anonymous();
    expect((await client.get('/healthz')).httpStatus).to.equal(200);
    expect((await client.get('/readyz')).httpStatus).to.equal(200);
  });

  it('is alive and not ready while the database does not answer', async () => {
    await test.host.database.close();
    const client = test.anonymous();
    expect((await client.get('/readyz')).httpStatus).to.equal(503);
    expect((await client.get('/healthz')).httpStatus).to.equal(200);
  });

  it('tells Prometheus about runs, calls and changes, and about no person and no secret', async () => {
    await test.addOrganization('acme');
    const admin = await test.signedIn();
    await admin.post('/api/add-syncer', test.syncer('acme'));
    await admin.get('/api/run-syncer?id=acme/wecom');
    test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
    await admin.get('/api/run-syncer?id=acme/wecom');
    const { text } = await test.anonymous().get('/metrics');
    expect(text).to.include('wecom_syncer_runs_total{state="succeeded",trigger="manual"} 1');
    expect(text).to.include('wecom_syncer_runs_total{state="failed",trigger="manual"} 1');
    expect(text).to.match(/wecom_syncer_changes_total\{kind="create"\} 5/);
    expect(text).to.match(/wecom_syncer_directory_calls_total\{endpoint="[^"]*department\/list",code="60020"\} 1/);
    expect(text).to.match(/wecom_syncer_last_success_timestamp_seconds\{syncer="[0-9a-f]{12}"\} \d+/);
    expect(text).to.include('wecom_syncer_syncers{health="failing"} 1');
    for (const secret of [test.sandbox.appSecret, test.sandbox.corpId, 'access_token', 'corpsecret']) {
      expect(text).to.not.include(secret);
    }
    for (const member of test.sandbox.company.members) expect(text).to.not.include(`"${member.userid}"`);
  });
});

import { expect } from 'chai';
import { ADMIN_PASSWORD, TestHost, type Answer, type Client } from '../test-host.ts';

describe('the parent group of a syncer', () => {
  let test: TestHost;
  let chief: Client;

  before(async () => {
    test = await TestHost.start({ members: 6, departments: 3 });
    for (const name of ['acme', 'beta']) await test.addOrganization(name);
    chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
    const admin = await test.signedIn();
    for (const [owner, name] of [
      ['acme', 'staff'],
      ['beta', 'abroad'],
    ]) {
      const added = await admin.post('/api/add-group', { owner, name, displayName: name, parentId: owner });
      expect(added.data).to.equal('Affected');
    }
  });
  after(() => test.close());

  const save = (parentGroup: unknown, more: object = {}): Promise<Answer> =>
    chief.post('/api/update-syncer?id=acme/wecom', { parentGroup, ...more });
  const read = async (): Promise<Record<string, unknown>> => (await chief.get('/api/get-syncer?id=acme/wecom')).data;

  it('is one of the organization; another is refused by name, also for a draft, and nothing is stored', async () => {
    for (const isEnabled of [false, true]) {
      const refused = await chief.post('/api/add-syncer', {
        ...test.syncer('acme', 'wecom'),
        isEnabled,
        parentGroup: 'abroad',
      });
      expect(refused.msg).to.match(/\(parentGroup\) "abroad" does not exist in the organization "acme"/);
    }
    const added = await chief.post('/api/add-syncer', { ...test.syncer('acme', 'wecom'), parentGroup: 'staff' });
    expect(added.status, added.msg).to.equal('ok');
    expect((await save('nobody')).msg).to.match(/"nobody" does not exist/);
    expect((await save(['staff'])).msg).to.match(/parentGroup/);
    expect((await read())['parentGroup']).to.equal('staff');
    // An absent key keeps, and what is kept is checked against nothing that was there before.
    expect((await chief.post('/api/update-syncer?id=acme/wecom', { graceDays: 0 })).status).to.equal('ok');
  });

  it('is none of those that the syncer made', async () => {
    const { data: run } = await chief.post('/api/run-syncer?id=acme/wecom&wait=true');
    expect(run.state).to.equal('succeeded');
    expect((await save('acme-wecom-1')).msg).to.match(/"acme-wecom-1" was made by this syncer/);
    expect((await read())['parentGroup']).to.equal('staff');
  });

  it('that is gone keeps nobody from switching the syncer off', async () => {
    expect((await save('')).status).to.equal('ok');
    await chief.post('/api/run-syncer?id=acme/wecom&wait=true');
    expect((await save('staff')).status).to.equal('ok');
    expect((await chief.post('/api/delete-group', { owner: 'acme', name: 'staff' })).data).to.equal('Affected');
    const { data: run } = await chief.post('/api/run-syncer?id=acme/wecom&wait=true');
    expect(run.state).to.equal('failed');
    expect(run.error.message).to.include('"staff"');
    expect((await save('staff', { isEnabled: true })).msg).to.match(/"staff" does not exist/);
    expect((await save('staff', { isEnabled: false })).status).to.equal('ok');
  });
});

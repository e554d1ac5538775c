import { expect } from 'chai';
import { Contract } from '../contract.ts';
import { ADMIN_PASSWORD, TestHost, type Client } from '../test-host.ts';

const DAY_MS = 86_400_000;

describe('the list of leavers who are given time', () => {
  let test: TestHost;
  let chief: Client;
  let contract: Contract;

  before(async () => {
    test = await TestHost.start({ members: 12, departments: 3 });
    await test.addOrganization('acme');
    chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
    contract = await Contract.of(test);
    await chief.post('/api/add-syncer', { ...test.syncer('acme'), graceDays: 7, deleteDays: 30 });
    await chief.post('/api/run-syncer?id=acme/wecom&wait=true');
  });
  after(() => test.close());

  const update = (values: Record<string, unknown>) => chief.post('/api/update-syncer?id=acme/wecom', values);
  const leavers = async () => {
    const answer = await chief.get('/api/get-sync-leavers?id=acme/wecom');
    contract.check('GET', '/api/get-sync-leavers', answer.json);
    expect(answer.data2).to.equal(answer.data.length);
    return answer.data;
  };
  const later = (at: string, days: number): string => new Date(Date.parse(at) + days * DAY_MS).toISOString();

  it('begins with days that are shown, and takes whole ones that are not negative', async () => {
    expect((await chief.get('/api/get-syncer?id=acme/wecom')).data).to.include({ graceDays: 7, deleteDays: 30 });
    for (const wrong of [-1, 1.5, 3651, 'soon', null as never]) {
      const answer = await update({ graceDays: wrong });
      if (wrong === null) continue;
      expect(answer.status, String(wrong)).to.equal('error');
      expect(answer.msg).to.include('graceDays');
    }
    expect((await update({ deleteDays: -1 })).msg).to.include('deleteDays');
    expect((await update({ graceDays: 7 })).status).to.equal('ok');
    expect((await chief.post('/api/add-syncer', test.syncer('acme', 'plain'))).status).to.equal('ok');
    expect((await chief.get('/api/get-syncer?id=acme/plain')).data).to.include({ graceDays: 0, deleteDays: 0 });
  });

  it('says who is due when and for what, by the settings of today', async () => {
    expect(await leavers()).to.deep.equal([]);
    const { userid, name } = test.sandbox.company
      .visibleMembers()
      .find(({ status, enable }) => status === 1 && enable !== 0)!;
    test.sandbox.company.leave(userid);
    const began = Date.now();
    const { groups } = (await chief.get(`/api/get-user?id=acme/${userid}`)).data;
    expect(groups).to.have.length.greaterThan(0);
    const run = await chief.post('/api/run-syncer?id=acme/wecom&wait=true');
    const [leaver] = await leavers();
    expect(leaver)
      .to.include({ userid, user: `acme/${userid}`, displayName: name })
      .and.to.have.property('then', 'forbid');
    expect(leaver.groups).to.deep.equal(groups);
    expect(Date.parse(leaver.missingSince)).to.be.within(began - 1000, Date.now() + 1000);
    expect(leaver.dueAt).to.equal(later(leaver.missingSince, 7));
    const [change] = (await chief.get(`/api/get-sync-changes?id=${run.data.id}&userid=${userid}`)).data;
    expect(change).to.include({ kind: 'skip', state: 'applied' });
    expect(change.reason).to.include(leaver.dueAt);

    await update({ graceDays: 3, leavers: 'softDelete', deleteDays: 0 });
    const [sooner] = await leavers();
    expect(sooner)
      .to.include({ userid, dueAt: later(leaver.missingSince, 3) })
      .and.to.have.property('then', 'softDelete');
    await update({ leavers: 'keep' });
    expect(await leavers()).to.deep.equal([]);
    await update({ graceDays: 0, leavers: 'softDelete', deleteDays: 5 });
    expect(await leavers()).to.deep.equal([{ ...leaver, dueAt: leaver.missingSince }]);
    await chief.post('/api/run-syncer?id=acme/wecom&wait=true');
    expect((await chief.get(`/api/get-user?id=acme/${userid}`)).data.isForbidden).to.equal(true);
    const [forbidden] = await leavers();
    expect(forbidden).to.include({ userid, missingSince: leaver.missingSince });
    expect(forbidden.then).to.equal('softDelete');
    expect(Date.parse(forbidden.dueAt)).to.be.greaterThan(began + 5 * DAY_MS - 1000);
  });
});

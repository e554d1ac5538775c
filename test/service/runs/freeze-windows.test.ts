import { expect } from 'chai';
import { ManualScheduler } from '../../support/manual-scheduler.ts';
import { TestHost, type Client } from '../../host/test-host.ts';

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const ALWAYS = [
  { days: EVERY_DAY, from: '00:00', to: '12:00' },
  { days: EVERY_DAY, from: '12:00', to: '00:00' },
];

describe('freeze windows of a syncer', () => {
  let test: TestHost;
  let admin: Client;

  beforeEach(async () => {
    test = await TestHost.start({ members: 12, departments: 3, scheduler: new ManualScheduler() });
    await test.addOrganization('acme');
    admin = await test.signedIn();
    await admin.post('/api/add-syncer', { ...test.syncer('acme'), isEnabled: true });
    const first = await admin.get('/api/run-syncer?id=acme/wecom');
    expect(first.status, first.msg).to.equal('ok');
  });
  afterEach(() => test.close());

  const save = async (freezeWindows: unknown): Promise<void> => {
    const answer = await admin.post('/api/update-syncer?id=acme/wecom', { freezeWindows });
    expect(answer.status, answer.msg).to.equal('ok');
  };
  const isForbidden = async (name: string): Promise<boolean> =>
    (await admin.get(`/api/get-user?id=acme/${name}`)).data.isForbidden;

  it('are judged by their days and times, in its time zone, and end', async () => {
    await save(ALWAYS);
    const { userid } = test.sandbox.company.leave(1)[0]!;
    const answer = await admin.get('/api/run-syncer?id=acme/wecom');
    expect([answer.status, answer.data.state]).to.deep.equal(['ok', 'succeeded']);
    expect(answer.data.warnings.map(({ code }: { readonly code: string }) => code)).to.include('freeze');
    expect(answer.data.counts).to.include({ forbidden: 0, removed: 0 });
    const { data: changes } = await admin.get(`/api/get-sync-changes?id=${answer.data.id}&userid=${userid}`);
    expect(changes).to.have.lengthOf(1);
    expect(changes[0]).to.include({ kind: 'forbid', state: 'held', reason: 'freeze' });
    const approved = await admin.post(`/api/approve-sync-run?id=${answer.data.id}`);
    expect(approved.status).to.equal('error');
    expect(await isForbidden(userid)).to.equal(false);
    expect((await admin.get('/api/get-syncer?id=acme/wecom')).data).to.include({ health: 'ok', errorText: '' });
    // A day that is neither today nor yesterday in Shanghai, nor becomes it in a moment.
    const today = new Date(Date.now() + 8 * 3_600_000).getUTCDay();
    await save([{ days: [((today + 2) % 7) + 1], from: '00:00', to: '23:59' }]);
    expect((await admin.get('/api/run-syncer?id=acme/wecom')).data.counts).to.include({ forbidden: 1 });
    expect(await isForbidden(userid)).to.equal(true);
  });
});

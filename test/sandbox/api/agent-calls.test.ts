import { expect } from 'chai';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { WireClient } from '../wire-client.ts';

describe('agent calls', () => {
  let sandbox: Sandbox;
  let client: WireClient;

  beforeEach(async () => {
    sandbox = await Sandbox.start({ members: 60, departments: 8 });
    client = await new WireClient(sandbox).signIn();
  });
  afterEach(() => sandbox.close());

  it('shows the app what an administrator put into its scope', async () => {
    const [one] = [...sandbox.company.members];
    sandbox.company.scope = { users: [one!.userid], tags: [2] };
    expect(await client.get('agent/get', { agentid: sandbox.agentId })).to.deep.include({
      errcode: 0,
      agentid: sandbox.agentId,
      allow_userinfos: { user: [{ userid: one!.userid }] },
      allow_partys: { partyid: [] },
      allow_tags: { tagid: [2] },
      close: 0,
    });
    sandbox.use('whole-corp');
    const whole = await client.get('agent/get', { agentid: sandbox.agentId });
    expect(whole['allow_partys']).to.deep.equal({ partyid: [1] });
    expect(whole).not.to.have.property('allow_tags');
  });

  it('forgets from the scope who left, and follows a change of userid', async () => {
    const [one, two] = [...sandbox.company.members].map(({ userid }) => userid);
    const gone = sandbox.company.addDepartment({ name: '临时' }).id;
    sandbox.company.scope = { users: [one!, two!], departments: [gone], tags: [1] };
    sandbox.company.leave(one);
    sandbox.company.changeUserid(two!, 'other.id');
    sandbox.company.removeDepartment(gone);
    const answer = await client.get('agent/get', { agentid: sandbox.agentId });
    expect(answer['allow_userinfos']).to.deep.equal({ user: [{ userid: 'other.id' }] });
    expect(answer['allow_partys']).to.deep.equal({ partyid: [] });
    const [tagged] = sandbox.company.tags.get(1)!.users;
    sandbox.company.changeUserid(tagged!, 'tagged.id');
    expect(sandbox.company.tags.get(1)?.users).to.include('tagged.id');
    expect((await client.get('user/get', { userid: 'tagged.id' }))['errcode']).to.equal(0);
  });

  it('knows the own app only', async () => {
    expect((await client.get('agent/get', { agentid: 1 }))['errcode']).to.equal(301_002);
    expect((await client.get('agent/get', { agentid: 'x' }))['errcode']).to.equal(40056);
    expect((await client.get('agent/get'))['errcode']).to.equal(41011);
    expect(await client.list('agent/list', 'agentlist')).to.have.length(1);
    const contacts = await new WireClient(sandbox, sandbox.contactsSecret).signIn();
    expect((await contacts.get('agent/get', { agentid: sandbox.agentId }))['errcode']).to.equal(301_002);
    expect(await contacts.list('agent/list', 'agentlist')).to.deep.equal([]);
  });

  it('tells the addresses of the API to any token', async () => {
    expect(await client.list('get_api_domain_ip', 'ip_list')).not.to.be.empty;
  });
});

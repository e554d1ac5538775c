import { expect } from 'chai';
import type { CompletionTotalsJson } from '../../../src/host/syncers/self-service-schema.ts';
import { Completions } from '../../../src/storage/self-service/completions.ts';
import { externalId, keyOf } from '../../../src/syncer/external-id.ts';
import { Contract } from '../contract.ts';
import { ADMIN_PASSWORD, TestHost, type Client } from '../test-host.ts';

describe('how far members have completed their data', () => {
  let test: TestHost;
  let chief: Client;
  let contract: Contract;

  before(async () => {
    test = await TestHost.start({ members: 12, departments: 3, settings: { PUBLIC_URL: 'https://sync.example/' } });
    await test.addOrganization('acme');
    chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
    contract = await Contract.of(test);
    await chief.post('/api/add-syncer', test.syncer('acme'));
    await chief.post('/api/run-syncer?id=acme/wecom&wait=true');
  });
  after(() => test.close());

  const asked = async (more = '') => {
    const answer = await chief.get(`/api/get-self-service?id=acme/wecom${more}`);
    contract.check('GET', '/api/get-self-service', answer.json);
    return answer;
  };

  it('is told of active members who are no administrators, with what is empty', async () => {
    const users = (await chief.get('/api/get-users?owner=acme')).data as { name: string; isForbidden: boolean }[];
    const active = users.filter(({ name, isForbidden }) => !isForbidden && !['chief', 'plain'].includes(name));
    const [first, second, third] = active.map(({ name }) => name);
    await chief.post(`/api/update-user?id=acme/${first}`, { email: '', phone: '' });
    await chief.post(`/api/update-user?id=acme/${second}`, { isAdmin: true });
    const { data, data2, json } = await asked();
    const { data3 } = json as { readonly data3: CompletionTotalsJson };
    expect(data2).to.equal(active.length - 1);
    expect(data.map(({ user }: { readonly user: string }) => user)).to.deep.equal(
      active.flatMap(({ name }) => (name === second ? [] : [`acme/${name}`])).toSorted(),
    );
    expect(data3.completed).to.equal(0);
    expect(data3.address).to.equal('https://sync.example/me/acme/wecom');
    expect(data3.missing.email, 'who has none, and nobody else').to.be.greaterThan(0);
    const row = data.find(({ user }: { readonly user: string }) => user === `acme/${first}`);
    expect(row).to.include({ completedAt: null }).and.to.have.deep.property('missing', ['email', 'phone']);

    const members = { organization: 'acme', directory: test.sandbox.corpId, syncerId: '' };
    const { userid } = data.find(({ user }: { readonly user: string }) => user === `acme/${third}`);
    await new Completions(test.host.database).note(members, keyOf(externalId(userid)), Date.UTC(2026, 10, 30));
    const page = await asked(`&p=1&pageSize=1000`);
    expect((page.json as { readonly data3: CompletionTotalsJson }).data3.completed).to.equal(1);
    expect(page.data.find(({ user }: { readonly user: string }) => user === `acme/${third}`).completedAt).to.equal(
      '2026-11-30T00:00:00.000Z',
    );
    const last = await asked('&p=99&pageSize=2');
    expect(last.data.at(-1)).to.deep.equal(page.data.at(-1));
    expect(last.data2).to.equal(active.length - 1);
  });

  it('is asked for with a connection that can do it', async () => {
    const body = { ...test.syncer('acme'), agentId: String(test.sandbox.agentId) };
    const oauth = async (selfService: Record<string, unknown>) =>
      (await chief.post('/api/test-syncer-db', { ...body, selfService })).data.checks.find(
        ({ name }: { readonly name: string }) => name === 'oauth',
      );
    expect(await oauth({ enabled: false })).to.equal(undefined);
    const missing = await oauth({ enabled: true });
    expect(missing.ok).to.equal(false);
    expect(missing.remedy).to.include('sync.example');
    test.sandbox.access.trustedDomain = 'sync.example';
    expect((await oauth({ enabled: true })).ok).to.equal(true);
  });

  it('is told to nobody for a syncer that there is not', async () => {
    expect((await chief.get('/api/get-self-service?id=acme/none')).status).to.equal('error');
  });
});

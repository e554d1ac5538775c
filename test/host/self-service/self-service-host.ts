import { expect } from 'chai';
import { isActive } from '../../../src/sandbox/company/member.ts';
import { SECRET_KEY, TestHost, type TestHostOptions } from '../test-host.ts';
import { agree, ALL_FIELDS, Phone, type Seen } from './phone.ts';

/** How the host that a member reaches is called by itself; nobody resolves it. */
export const PUBLIC_URL = 'http://127.0.0.1';

/** A company whose app was made after 2022-06-20, and whose members may complete their data. */
export class SelfServiceHost {
  readonly test: TestHost;
  /** Members with access, in the order of the company. */
  readonly userids: readonly string[];

  private constructor(test: TestHost, userids: readonly string[]) {
    this.test = test;
    this.userids = userids;
  }

  static async start(options: TestHostOptions = {}): Promise<SelfServiceHost> {
    const settings = { PUBLIC_URL, SECRET_KEY, TRUSTED_HOPS: '1', ...options.settings };
    return SelfServiceHost.on(await TestHost.start({ members: 40, departments: 4, ...options, settings }));
  }

  static async on(test: TestHost): Promise<SelfServiceHost> {
    const { sandbox } = test;
    sandbox.use('hidden-fields');
    await test.addOrganization('acme');
    const host = new SelfServiceHost(
      test,
      [...sandbox.company.members].filter(isActive).map(({ userid }) => userid),
    );
    for (const [at, userid] of host.userids.entries()) {
      sandbox.company.setField(userid, { mobile: phoneAt(at), email: emailAt(at), gender: '2' });
    }
    await host.add('acme');
    await host.run();
    return host;
  }

  /** Adds a syncer whose members may complete their data. */
  async add(organization: string, name = 'wecom', more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const { test } = this;
    const answer = await test.credential().post('/api/add-syncer', {
      ...test.syncer(organization, name),
      agentId: String(test.sandbox.agentId),
      selfService: { enabled: true },
      ...more,
    });
    expect(answer.status, answer.msg).to.equal('ok');
  }

  async set(syncer: Readonly<Record<string, unknown>>, id = 'acme/wecom'): Promise<void> {
    const answer = await this.test.credential().post(`/api/update-syncer?id=${id}`, syncer);
    expect(answer.status, answer.msg).to.equal('ok');
  }

  async run(id = 'acme/wecom'): Promise<void> {
    const answer = await this.test.credential().post(`/api/run-syncer?id=${id}&wait=true`);
    expect(answer.data?.state, answer.text).to.equal('succeeded');
  }

  async user(name: string): Promise<Record<string, unknown>> {
    return (await this.test.credential().get(`/api/get-user?id=acme/${name}`)).data;
  }

  async setUser(name: string, values: Readonly<Record<string, unknown>>): Promise<void> {
    const columns = Object.keys(values).join(',');
    const answer = await this.test
      .credential()
      .post(`/api/update-user?id=acme/${name}&columns=${columns}`, { owner: 'acme', name, ...values });
    expect(answer.status, answer.msg).to.equal('ok');
  }

  phone(headers?: Readonly<Record<string, string>>): Phone {
    return new Phone(this.test.host.url, headers);
  }

  /** Up to what he would store. */
  async look(
    phone: Phone,
    userid: string,
    fields: readonly string[] = ALL_FIELDS,
  ): Promise<{ seen: Seen; state: string }> {
    const address = await phone.start();
    const seen = await phone.get(await agree(address, userid, fields));
    return { seen, state: address.searchParams.get('state') ?? '' };
  }

  /** All the way. */
  async complete(userid: string, fields?: readonly string[], phone = this.phone()): Promise<Seen> {
    const { seen, state } = await this.look(phone, userid, fields);
    expect(seen.status, seen.text).to.equal('ok');
    return phone.post('/me/acme/wecom/confirm', { state });
  }

  close(): Promise<void> {
    return this.test.close();
  }
}

export const phoneAt = (at: number): string => `138000001${String(at).padStart(2, '0')}`;
export const emailAt = (at: number): string => `m${at}@acme.example`;

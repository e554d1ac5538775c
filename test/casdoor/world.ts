import { expect } from 'chai';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Dialect } from '../../src/storage/dialect.ts';
import { CLIENT_ID, CLIENT_SECRET, SECRET_KEY, withCredential, type Answer, type Client } from '../host/test-host.ts';
import { Command, emptyFolder, type Ended } from '../support/command.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases.ts';
import { ReverseProxy } from '../support/reverse-proxy.ts';
import { RunningCasdoor, type CasdoorAnswer } from '../support/iam/running-casdoor.ts';
import { WecomByName } from '../support/wecom-by-name.ts';

export const MEMBERS = 40;
const PASSWORD = 'correct-Horse-7';
const PROVIDER = 'wecom';
const ACME = { organization: 'acme', application: 'app-acme' };

/** A Casdoor and our host on one database, behind one nginx, both with the sandbox for a WeCom. */
export class BesideCasdoor {
  readonly sandbox: Sandbox;
  readonly casdoor: RunningCasdoor;
  readonly nginx: ReverseProxy;
  /** What its sign-in page sends for its first administrator. */
  readonly first = {
    type: 'login',
    signinMethod: 'Password',
    organization: 'built-in',
    application: 'app-built-in',
    username: 'admin',
    password: '123',
  };
  #root = '';
  #wecom: WecomByName;
  #database: TestDatabase;
  #folder: Awaited<ReturnType<typeof emptyFolder>>;
  #serving: Command | undefined;
  #url = '';
  #application: { readonly clientId: string; readonly clientSecret: string } = { clientId: '', clientSecret: '' };

  private constructor(
    sandbox: Sandbox,
    wecom: WecomByName,
    casdoor: RunningCasdoor,
    nginx: ReverseProxy,
    database: TestDatabase,
    folder: Awaited<ReturnType<typeof emptyFolder>>,
  ) {
    this.sandbox = sandbox;
    this.#wecom = wecom;
    this.casdoor = casdoor;
    this.nginx = nginx;
    this.#database = database;
    this.#folder = folder;
  }

  /** Skips the suite where there is no such database. */
  static async start(program: string, kind: Dialect, suite: Mocha.Context): Promise<BesideCasdoor> {
    const nginx = await ReverseProxy.reserve('nginx', suite);
    const database = await createTestDatabase(kind);
    if (!database) return suite.skip();
    const sandbox = await Sandbox.start({ members: MEMBERS, departments: 5 });
    const wecom = await WecomByName.start(sandbox.url);
    const casdoor = await RunningCasdoor.start(program, database, {
      HTTPS_PROXY: wecom.proxy,
      SSL_CERT_FILE: wecom.certificate,
    });
    const world = new BesideCasdoor(sandbox, wecom, casdoor, nginx, database, await emptyFolder());
    await world.#prepare();
    return world;
  }

  /** As our commands are started by whoever runs them. */
  async command(...args: readonly string[]): Promise<Ended> {
    return this.#start(args).ended;
  }

  /** Our host; anew, when it served already. */
  async serve(): Promise<void> {
    await this.#stop();
    this.#serving = this.#start(['serve']);
    [, this.#url = ''] = await this.#serving.prints(/listening on (http:\S+)/);
    await this.nginx.close();
    await this.nginx.serve(this.casdoor.url, this.#url);
  }

  /** A call of ours, with the host's own credential. */
  get ours(): Client {
    return withCredential(this.#url.replace(/\/$/, ''));
  }

  /** @param syncer `ORG/NAME` */
  async sync(syncer: string): Promise<Answer['data']> {
    const { data, text } = await this.ours.post(`/wecom/api/run-syncer?id=${syncer}&wait=true`);
    expect(data?.error, text).to.equal(null);
    return data;
  }

  /** A call of its, by its first administrator. */
  async theirs(path: string, body?: object): Promise<CasdoorAnswer['data']> {
    const { status, msg, data } = await this.casdoor.call(body ? 'POST' : 'GET', path, body, this.#root);
    expect(status, `${path}: ${msg}`).to.equal('ok');
    return data;
  }

  async setPassword(name: string): Promise<void> {
    const form = { userOwner: 'acme', userName: name, oldPassword: '', newPassword: PASSWORD };
    await this.theirs('set-password', new URLSearchParams(form));
  }

  byPassword(name: string): Promise<CasdoorAnswer> {
    return this.casdoor.call('POST', 'login', { ...this.first, ...ACME, username: name, password: PASSWORD });
  }

  /** What WeCom sends a member back with, who has clicked on its button. */
  codeOf(userid: string): string {
    return this.sandbox.access.signIns.issueCode({
      userid,
      scope: 'snsapi_base',
      fields: [],
      agentId: this.sandbox.agentId,
    });
  }

  byWecom(code: string): Promise<CasdoorAnswer> {
    const how = { method: 'signup', state: ACME.application, redirectUri: `${this.casdoor.url}/callback` };
    return this.casdoor.call('POST', 'login', { type: 'login', ...ACME, provider: PROVIDER, code, ...how });
  }

  /** Who that is there, or "" for nobody. */
  async whois(cookie: string): Promise<string> {
    const { status, msg, data } = await this.casdoor.call('GET', 'get-account', undefined, cookie);
    if (msg !== 'Please login first') expect(status, msg).to.equal('ok');
    return data.name ?? '';
  }

  syncer(name: string, organization: string): Record<string, unknown> {
    const { corpId, appSecret } = this.sandbox;
    const common = { owner: 'admin', name, organization, type: 'WeCom', user: corpId, password: appSecret };
    return { ...common, host: '', syncInterval: 3600, isEnabled: false };
  }

  async addOrganization(name: string): Promise<void> {
    const organization = { owner: 'admin', name, displayName: name, passwordType: 'bcrypt' };
    await this.theirs('add-organization', { ...organization, passwordOptions: [], accountItems: [] });
  }

  async close(): Promise<void> {
    await this.#stop();
    await this.nginx.close();
    await this.casdoor.close();
    await this.#wecom.close();
    await this.sandbox.close();
    await this.#folder.remove();
    await this.#database.drop();
  }

  #start(args: readonly string[]): Command {
    const environment = {
      DATABASE_URL: this.#database.url,
      SECRET_KEY,
      PORT: '0',
      CLIENT_ID,
      CLIENT_SECRET,
      BASE_PATH: '/wecom',
      PUBLIC_URL: this.nginx.origin,
      WECOM_PROXY_URL: this.#wecom.proxy,
      NODE_EXTRA_CA_CERTS: this.#wecom.certificate,
      IAM_URL: this.casdoor.url,
      IAM_CLIENT_ID: this.#application.clientId,
      IAM_CLIENT_SECRET: this.#application.clientSecret,
    };
    return new Command('cli/main.js', args, environment, this.#folder.path);
  }

  async #stop(): Promise<void> {
    this.#serving?.child.kill('SIGTERM');
    await this.#serving?.ended;
    this.#serving = undefined;
  }

  /** What an administrator of Casdoor has set up there: an organization, and an application with WeCom's button. */
  async #prepare(): Promise<void> {
    const { status, msg, cookie } = await this.casdoor.call('POST', 'login', this.first);
    expect(status, msg).to.equal('ok');
    this.#root = cookie;
    this.#application = await this.theirs('get-application?id=admin/app-built-in');
    await this.addOrganization('acme');
    const named = { owner: 'admin', displayName: 'Acme' };
    const provider = {
      ...named,
      name: PROVIDER,
      category: 'OAuth',
      type: 'WeCom',
      subType: 'Internal',
      method: 'Normal',
    };
    const { corpId, appSecret, agentId } = this.sandbox;
    const credential = { clientId: corpId, clientSecret: appSecret, appId: String(agentId) };
    await this.theirs('add-provider', { ...provider, ...credential });
    await this.theirs('add-application', {
      ...this.#application,
      ...named,
      name: ACME.application,
      organization: ACME.organization,
      clientId: '',
      clientSecret: '',
      providers: [{ name: PROVIDER, canSignUp: false, canSignIn: true, canUnlink: true, rule: 'None' }],
      signinMethods: [{ name: 'Password', displayName: 'Password', rule: 'All' }],
    });
  }
}

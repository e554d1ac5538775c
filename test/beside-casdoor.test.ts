import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { parseSettings, VARIABLES } from '../src/host/settings.ts';
import { TestHost } from './host/test-host.ts';
import { FakeIam } from './support/fake-iam.ts';
import { Nginx } from './support/nginx.ts';

const read = (name: string): Promise<string> =>
  readFile(new URL(`../docs/beside-casdoor/${name}`, import.meta.url), 'utf8');

const ROUTED = /\^\/api\/\((.+)\)\$/;

describe('nginx in front of a Casdoor and of us', () => {
  let iam: FakeIam;
  let test: TestHost;
  let nginx: Nginx;
  let origin: string;

  before(async function () {
    nginx = await Nginx.reserve(this);
    ({ origin } = nginx);
    iam = await FakeIam.start();
    const settings = { BASE_PATH: '/wecom', PUBLIC_URL: origin, IAM_URL: iam.url, TRUSTED_HOPS: '1' };
    test = await TestHost.start({ members: 5, departments: 2, settings });
    await nginx.serve(iam.url, test.host.url);
    iam.cookies.set('root', { owner: 'built-in', name: 'admin', isAdmin: true });
  });
  after(async () => {
    await nginx?.close();
    await test?.close();
    await iam?.close();
  });

  const headers = { cookie: 'casdoor_session_id=root' };
  const get = async (path: string) =>
    (await fetch(origin + path, { headers })).json() as Promise<{ data: unknown; msg: string }>;
  const fromCasdoor = { msg: 'There is no such call.' };

  it('gives Casdoor what is Casdoor’s', async () => {
    for (const path of ['/', '/api/get-users?owner=acme', '/api/get-certs', '/syncers', '/api/get-syncer/x']) {
      iam.requests.length = 0;
      expect(await get(path), path).to.include(fromCasdoor);
      expect(iam.requests.at(-1)?.url, path).to.equal(path);
    }
    expect((await get('/api/get-account')).data).to.include({ name: 'admin' });
  });

  it('gives us the calls on syncers, and the tab with its own calls below the prefix', async () => {
    const post = (path: string, body: object = {}) =>
      fetch(origin + path, {
        method: 'POST',
        headers: { ...headers, origin, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }).then((answer) => answer.json() as Promise<{ status: string; msg: string; data: unknown }>);
    await post('/wecom/api/add-organization', { name: 'acme', displayName: 'acme' });
    const added = await post('/api/add-syncer', test.syncer('acme'));
    expect(added.status, added.msg).to.equal('ok');
    for (const path of ['/api/get-syncers?owner=admin', '/wecom/api/get-syncers?owner=admin']) {
      expect((await get(path)).data, path).to.have.length(1);
    }
    const run = await post('/api/run-syncer?id=admin/wecom&wait=true');
    expect(run.data, run.msg).to.include({ state: 'succeeded' });
    expect((await get('/api/get-sync-runs?id=acme/wecom')).data).to.have.length(1);
    expect((await get('/wecom/api/get-sign-in')).data).to.equal(`${origin}/login`);
    const callback = await fetch(`${origin}/api/wecom-callback/acme/wecom?msg_signature=x`);
    expect(await callback.text()).to.not.include(fromCasdoor.msg);
    expect((await fetch(`${origin}/wecom/metrics`)).status).to.equal(404);
    const [entry] = await test.host.database.read((session) =>
      session.select(`SELECT client_ip FROM audit_log WHERE action = 'run-syncer'`),
    );
    expect(entry).to.deep.equal({ client_ip: '127.0.0.1' });
  });

  it('knows every call on syncers that there is', async () => {
    const routed = new RegExp(`^/api/(${ROUTED.exec(await read('nginx.conf'))?.[1]})$`);
    const paths = test.host.routes.map(({ path }) => path).filter((path) => /sync|callback/.test(path));
    expect(paths.length).to.be.greaterThan(12);
    for (const path of paths) expect(path.replaceAll(/:\w+/g, 'x'), path).to.match(routed);
  });
});

describe('what stands in front of a Casdoor and of us', () => {
  it('is the same for Caddy', async () => {
    const [caddy, nginx] = [await read('Caddyfile'), await read('nginx.conf')];
    expect(ROUTED.exec(caddy)?.[1]).to.equal(ROUTED.exec(nginx)?.[1]);
    // A Caddyfile is words, and blocks of them: each opened one is closed, and each line begins with a word that there is.
    const lines = caddy.split('\n').map((line) => line.replace(/(^|\s)#.*$/, '').trim());
    let depth = 0;
    for (const line of lines.filter((text) => text !== '')) {
      if (line === '}') depth -= 1;
      else expect(line).to.match(/^(iam\.example|@\w+|handle|respond|reverse_proxy|rewrite|flush_interval)\b/);
      if (line.endsWith('{')) depth += 1;
      expect(depth, line).to.be.within(0, 3);
    }
    expect(depth).to.equal(0);
    for (const text of [caddy, nginx]) expect(text).to.include('host:8000').and.include('casdoor:8000');
  });

  it('comes as a compose file whose settings our host takes', async () => {
    const given = {
      POSTGRES_PASSWORD: 'ab12',
      REDIS_PASSWORD: 'cd34',
      IAM_CLIENT_ID: 'id',
      IAM_CLIENT_SECRET: 'secret',
    };
    const secret = '8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92';
    const values: Readonly<Record<string, string>> = { ...given, SECRET_KEY: secret };
    const filled = (await read('compose.yaml')).replaceAll(
      /\$\{(\w+)(?::[-?]([^}]*))?\}/g,
      (_, name: string, otherwise: string) => values[name] ?? otherwise,
    );
    const { services } = load(filled) as {
      services: Record<string, { image?: string; ports?: string[]; environment?: Record<string, string | number> }>;
    };
    expect(Object.keys(services)).to.have.members(['casdoor', 'host', 'nginx', 'postgres', 'redis']);
    const environment = Object.fromEntries(
      Object.entries(services['host']?.environment ?? {}).map(([name, value]) => [name, String(value)]),
    );
    expect(VARIABLES).to.include.members(Object.keys(environment));
    const settings = parseSettings(environment);
    expect(settings).to.include({ basePath: '/wecom', trustedHops: 1 });
    expect(settings.iam?.client?.clientId).to.equal('id');
    expect(services['casdoor']?.environment?.['dataSourceName']).to.include('password=ab12').and.include('dbname=iam');
    for (const { image, ports = [] } of Object.values(services)) {
      if (image) expect(image).to.match(/:v?\d+\.\d+(\.\d+)?(-bookworm)?$/);
      for (const port of ports) expect(port).to.match(/^127\.0\.0\.1:/);
    }
  });
});

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { parseSettings, VARIABLES } from '../src/host/settings.ts';
import { TestHost } from './host/test-host.ts';
import { FakeIam } from './support/iam/fake-iam.ts';
import { PROXY_KINDS, ReverseProxy } from './support/reverse-proxy.ts';

const read = (name: string): Promise<string> =>
  readFile(new URL(`../docs/beside-casdoor/${name}`, import.meta.url), 'utf8');

/** Calls that a Casdoor knows nothing of, and its own on syncers. */
const OURS = /sync|callback|protect-user|link-account|history|audit|next-runs|-config$/;
const ROUTED = /\^\/api\/\((.+)\)\$/;

/** Spellings of one path, as a stranger would try them; fetch would send the last as the first. */
const METRICS = [
  '/wecom/metrics',
  '/wecom/metrics?x=1',
  '/wecom/metrics/',
  '/wecom//metrics',
  '//wecom/metrics',
  '/wecom/%6detrics',
  '/WECOM/metrics',
  '/wecom/./metrics',
  '/wecom/x/../metrics',
  '/x/../wecom/metrics',
  '/wecom/x/%2e%2e/metrics',
  '/wecom%2fmetrics',
  '/metrics',
];

for (const kind of PROXY_KINDS) {
  describe(`${kind} in front of a Casdoor and of us`, () => {
    let iam: FakeIam;
    let test: TestHost;
    let proxy: ReverseProxy;
    let origin: string;

    before(async function () {
      proxy = await ReverseProxy.reserve(kind, this);
      ({ origin } = proxy);
      iam = await FakeIam.start();
      const settings = { BASE_PATH: '/wecom', PUBLIC_URL: origin, IAM_URL: iam.url, TRUSTED_HOPS: '1' };
      test = await TestHost.start({ members: 5, departments: 2, settings });
      await proxy.serve(iam.url, test.host.url);
      iam.cookies.set('root', { owner: 'built-in', name: 'admin', isAdmin: true });
    });
    after(async () => {
      await proxy?.close();
      await test?.close();
      await iam?.close();
    });

    const headers = { cookie: 'casdoor_session_id=root' };
    const post = (path: string, body: object = {}) =>
      fetch(origin + path, {
        method: 'POST',
        headers: { ...headers, origin, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }).then((answer) => answer.json() as Promise<{ status: string; msg: string; data: unknown }>);
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
      const [entry] = await test.host.database.read((session) =>
        session.select(`SELECT client_ip FROM audit_log WHERE action = 'run-syncer'`),
      );
      expect(entry).to.deep.equal({ client_ip: '127.0.0.1' });
    });

    it('shows the progress of a run as it happens', async () => {
      test.sandbox.faults.set({ latencyMs: 60_000 });
      const run = (await post('/api/run-syncer?id=admin/wecom')).data as { readonly id: string };
      for (const path of ['/api', '/wecom/api']) {
        const { body } = await fetch(`${origin}${path}/sync-run-events?id=${run.id}`, { headers });
        const reader = body!.getReader();
        const { value } = await reader.read();
        expect(new TextDecoder().decode(value), path).to.include(run.id).and.include('"running"');
        await reader.cancel();
      }
      await post(`/api/cancel-sync-run?id=${run.id}`);
      test.sandbox.faults.clear();
    });

    it('shows the host’s numbers to nobody, however their path is spelt', async () => {
      for (const path of METRICS) {
        const text = await plainGet(origin, path);
        expect(text, path).to.not.include('# HELP');
      }
      expect(await plainGet(test.host.url, '/wecom/metrics'), 'they are there').to.include('# HELP');
    });

    it('gives us the page of members below the prefix', async () => {
      const text = await plainGet(origin, '/wecom/me/acme/none');
      expect(text).to.include('Ask your administrator for the right address');
    });

    it('knows every call on syncers that there is', async () => {
      const file = kind === 'nginx' ? 'nginx.conf' : 'Caddyfile';
      const routed = new RegExp(`^/api/(${ROUTED.exec(await read(file))?.[1]})$`);
      const paths = test.host.routes
        .map(({ path }) => path)
        .filter((path) => path.startsWith('/api/') && OURS.test(path));
      expect(paths.length).to.be.greaterThan(12);
      for (const path of paths) expect(path.replaceAll(/:\w+/g, 'x'), path).to.match(routed);
    });
  });
}

/** A path as it stands, which fetch would tidy up. */
async function plainGet(origin: string, path: string): Promise<string> {
  const [response] = (await once(request(origin, { path, agent: false }).end(), 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

describe('what stands in front of a Casdoor and of us', () => {
  it('comes as a Caddyfile that Caddy takes as it is', async function () {
    await ReverseProxy.reserve('caddy', this);
    const file = fileURLToPath(new URL('../docs/beside-casdoor/Caddyfile', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)('caddy', [
      'validate',
      '--adapter=caddyfile',
      `--config=${file}`,
    ]);
    expect(stdout).to.include('Valid configuration');
    expect(stderr).to.not.include('"level":"warn"');
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

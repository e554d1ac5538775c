import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { createHost } from '../src/host/create-host.ts';
import type { Host } from '../src/host/host.ts';
import { parseSettings } from '../src/host/settings.ts';
import type { FaultRule, FaultSettings } from '../src/sandbox/faults/faults.ts';
import { Sandbox } from '../src/sandbox/sandbox.ts';
import { SPOILS } from '../src/sandbox/faults/spoil.ts';
import { defineWecomSyncer } from '../src/wecom/definition.ts';
import { ERROR_CODES } from '../src/wecom/api/error-codes.ts';
import { TRANSPORT_LIMITS } from '../src/http-client/transport.ts';
import { WeComSyncer } from '../src/wecom/wecom-syncer.ts';
import { Client, type Answer } from './host/test-host.ts';
import { until } from './support/promises.ts';
import { StillClock } from './wecom/rig.ts';

const ADMIN_PASSWORD = 'aDmInIsTrAtOr-s3cret';
const CLIENT_SECRET = 'cReDeNtIaL-s3cret-0123';
const SECRET_KEY = 'kEy-0f-tHe-sEcReT-bOx-0123456789';
const WEBHOOK_SECRET = 'wEbHoOk-s3cret-that-signs-0123';
/** Nobody is there; as a chat robot's address, it is a secret from its path on. */
const WEBHOOK_PATH = 'wEbHoOk-pAtH-s3cret';
const WEBHOOK_KEY = 'wEbHoOk-kEy-s3cret';
const WRONG_SECRET = 'wR0nG-s3cret-that-WeCom-never-gave-out-0123';

/** Something that goes wrong at WeCom, and the name it goes by here. */
interface Mishap {
  readonly name: string;
  readonly settings?: FaultSettings;
  readonly rules?: readonly FaultRule[];
  /** The syncer's own secret is wrong. */
  readonly wrongSecret?: boolean;
}

/** Each lasting condition; a new one that is missing here does not compile. */
const CONDITIONS: Readonly<Record<keyof FaultSettings, Omit<Mishap, 'name'>>> = {
  latencyMs: { settings: { latencyMs: 5 } },
  clockSkewMs: { settings: { clockSkewMs: -3_600_000 } },
  untrustedIp: { settings: { untrustedIp: '198.51.100.7' } },
  fromIp: { settings: { fromIp: '198.51.100.8' }, wrongSecret: true },
  wrongSecretLimit: { settings: { wrongSecretLimit: 1 }, wrongSecret: true },
  concurrencyLimit: { settings: { concurrencyLimit: 1, latencyMs: 5 } },
  callsPerMinute: { settings: { callsPerMinute: 1 } },
  expireTokensEvery: { settings: { expireTokensEvery: 2 } },
  revokeTokensEvery: { settings: { revokeTokensEvery: 2 } },
  tokenLifetime: { settings: { tokenLifetime: 1 } },
};

const BROKEN = ['reset', 'never', 'truncated', 'endless', 'oversized'] as const;
const STATUSES = [301, 400, 403, 404, 429, 500, 502, 503];
const REDIRECTS = ['https://elsewhere.example/cgi-bin/user/list', 'http://127.0.0.1:1/', '/cgi-bin/gettoken?'];

/** At every call, and only once somebody signed in: the token is in the URL then. */
const played = (name: string, respond: FaultRule['respond']): Mishap[] => [
  { name: `${name} at sign-in`, rules: [{ path: 'gettoken', respond }] },
  { name: `${name} at user/list`, rules: [{ path: 'user/*', respond }] },
];

const ECHO = 'GET /cgi-bin/user/list?access_token=';

const MISHAPS: readonly Mishap[] = [
  { name: 'nothing at all' },
  { name: 'a wrong secret', wrongSecret: true },
  ...Object.entries(CONDITIONS).map(([name, what]) => ({ name, ...what })),
  ...BROKEN.flatMap((broken) => played(`an answer that is ${broken}`, { broken, bytes: 300_000 })),
  ...REDIRECTS.flatMap((redirect) => played(`a redirect to ${redirect}`, { redirect })),
  ...STATUSES.flatMap((httpStatus) => played(`HTTP ${httpStatus}`, { httpStatus })),
  ...[...ERROR_CODES.keys(), 99_999].flatMap((errcode) => played(`errcode ${errcode}`, { errcode })),
  ...SPOILS.flatMap((spoil) => played(`a spoilt answer (${spoil})`, { spoil })),
  ...played('a page that is no JSON', { body: `<html>${ECHO}</html>`, contentType: 'text/html' }),
];

/** Everything that must stay inside, by what it is. */
class Secrets {
  readonly #known = new Map<string, string>();

  add(what: string, ...secrets: readonly string[]): void {
    for (const secret of secrets.filter((one) => one !== '')) {
      // As it is, and as it would stand in a URL or in a header of credentials.
      for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
        this.#known.set(form, what);
      }
    }
  }

  /** Fails when a text holds any of them. */
  assertNotIn(text: string, where: string): void {
    for (const [form, what] of this.#known) {
      const at = text.indexOf(form);
      if (at >= 0) expect.fail(`${what} is in ${where}: …${text.slice(Math.max(0, at - 120), at)}[here]`);
    }
  }

  get size(): number {
    return this.#known.size;
  }
}

describe('secrets', function () {
  this.timeout(120_000);
  let folder: string;
  let host: Host;
  let sandbox: Sandbox;
  const secrets = new Secrets();
  const log: string[] = [];
  const answered: { readonly where: string; readonly text: string }[] = [];

  const note = (where: string, answer: Answer): Answer => {
    answered.push({
      where,
      text: `${[...answer.headers].map((pair) => pair.join(': ')).join('\n')}\n\n${answer.text}`,
    });
    return answer;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wecom-syncer-secrets-'));
    sandbox = await Sandbox.start({ members: 6, departments: 2 });
    const issue = sandbox.access.issue.bind(sandbox.access);
    sandbox.access.issue = (kind, lifetime) => {
      const issued = issue(kind, lifetime);
      secrets.add('an access token', issued.token);
      return issued;
    };
    const settings = parseSettings({
      DATABASE_URL: `sqlite:${join(folder, 'iam.db')}`,
      PORT: '0',
      ADMIN_PASSWORD,
      CLIENT_ID: 'client',
      CLIENT_SECRET,
      SECRET_KEY,
      WECOM_API_URL: sandbox.url,
      WEBHOOK_URL: `http://127.0.0.1:1/${WEBHOOK_PATH}?key=${WEBHOOK_KEY}`,
      WEBHOOK_SECRET,
    });
    // The connector itself, less patient: nobody waits a minute for what WeCom blocks, nor for answers that never come.
    const connection = { baseUrl: sandbox.url };
    const patient = defineWecomSyncer(connection);
    const hasty = {
      ...patient,
      type: 'HastyWeCom',
      open: (...[config, deps]: Parameters<typeof patient.open>) =>
        new WeComSyncer(config, deps, {
          ...connection,
          clock: new StillClock(),
          limits: { ...TRANSPORT_LIMITS, responseMs: 100, requestMs: 300, maxAnswerBytes: 200_000 },
        }),
    };
    host = await createHost(settings, {
      definitions: [hasty],
      log: pino({ level: 'trace' }, { write: (line: string) => void log.push(line) }),
    });
    await host.listen();
    secrets.add('the corp secret', sandbox.appSecret, WRONG_SECRET);
    secrets.add('the contacts secret', sandbox.contactsSecret);
    secrets.add('the administrator’s password', ADMIN_PASSWORD);
    secrets.add('the API credential', CLIENT_SECRET);
    secrets.add('the key of the host', SECRET_KEY);
    secrets.add('the address of the webhook', WEBHOOK_PATH, WEBHOOK_KEY);
    secrets.add('the secret of the webhook', WEBHOOK_SECRET);
  });
  after(async () => {
    await host?.close();
    await sandbox?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** One mishap through every call that touches WeCom or tells of what came of it. */
  async function play(admin: Client, mishap: Mishap, name: string): Promise<string> {
    const { name: what, settings = {}, rules = [], wrongSecret = false } = mishap;
    const call = async (path: string, body?: unknown): Promise<Answer> =>
      note(`${path} under ${what}`, body === undefined ? await admin.get(path) : await admin.post(path, body));
    const syncer = {
      owner: 'admin',
      name,
      organization: 'acme',
      type: 'HastyWeCom',
      user: sandbox.corpId,
      password: wrongSecret ? WRONG_SECRET : sandbox.appSecret,
      contactsSecret: sandbox.contactsSecret,
      agentId: String(sandbox.agentId),
    };
    // A token of an earlier mishap would let this one begin half-way.
    sandbox.faults.clear();
    sandbox.access.revokeTokens();
    await call('/api/add-syncer', syncer);
    sandbox.faults.set(settings);
    for (const rule of rules) sandbox.faults.add(rule);
    await call('/api/test-syncer-db', { ...syncer, password: '***', contactsSecret: '***' });
    const run = await call(`/api/run-syncer?id=acme/${name}&wait=true`, {});
    await call(`/api/sync-member?id=acme/${name}&userid=${sandbox.company.visibleMembers()[0]?.userid}`, {});
    await call(`/api/get-syncer?id=acme/${name}`);
    await call(`/api/get-sync-runs?id=acme/${name}`);
    if (run.data) {
      await call(`/api/get-sync-run?id=${run.data.id}`);
      await call(`/api/get-sync-changes?id=${run.data.id}`);
      await call(`/api/sync-run-events?id=${run.data.id}`);
    }
    return `${String(run.data?.state)} ${String(run.data?.error?.code ?? '')}`;
  }

  it('stay inside while everything that can go wrong does', async () => {
    const admin = new Client(host.url);
    const signIn = await admin.signIn('built-in', 'admin', ADMIN_PASSWORD);
    expect(signIn.status, signIn.msg).to.equal('ok');
    secrets.add('a session', decodeURIComponent(admin.cookie.split('=')[1] ?? ''), admin.cookie.split('=')[1] ?? '');
    const wrong = new Client(host.url);
    note('/api/login', await wrong.signIn('built-in', 'admin', WRONG_SECRET));
    const basic = Buffer.from(`client:${CLIENT_SECRET}`).toString('base64');
    secrets.add('the API credential', basic);
    const sdk = new Client(host.url, { authorization: `Basic ${basic}` });
    note('/api/get-organizations', await sdk.get('/api/get-organizations'));
    note('by query', await wrong.get(`/api/get-syncers?clientId=client&clientSecret=${CLIENT_SECRET}x`));
    note('by query', await wrong.get(`/api/get-syncers?clientId=client&clientSecret=${CLIENT_SECRET}`));
    await admin.post('/api/add-organization', { name: 'acme' });

    const outcomes = new Map<string, string>();
    for (const [index, mishap] of MISHAPS.entries()) {
      outcomes.set(mishap.name, await play(admin, mishap, `s${index}`));
    }
    sandbox.faults.clear();
    // The second failure in a row is told to the webhook, which nobody answers.
    await admin.post(`/api/run-syncer?id=acme/s${MISHAPS.findIndex(({ wrongSecret }) => wrongSecret)}&wait=true`);
    await until(() => log.some((line) => line.includes('a webhook event was not delivered')));
    for (const path of ['/api/get-syncers?owner=admin', '/api/get-users?owner=acme', '/metrics', '/api/openapi.json']) {
      note(path, await admin.get(path));
    }
    note('/api/get-account', await admin.get('/api/get-account'));
    note('/api/logout', await admin.post('/api/logout'));

    // The mishaps did happen: otherwise there would be nothing to hide.
    expect(outcomes.get('nothing at all')).to.equal('succeeded ');
    expect(outcomes.get('a wrong secret')).to.match(/^failed \S/);
    expect(outcomes.get('errcode 60020 at user/list')).to.match(/^failed \S/);
    expect(outcomes.get('an answer that is never at sign-in')).to.match(/^failed \S/);
    const codes = new Set([...outcomes.values()].filter((outcome) => outcome.startsWith('failed')));
    expect(codes.size, [...codes].join(', ')).to.be.at.least(6);
    expect(secrets.size).to.be.at.least(MISHAPS.length);
  });

  it('are found when they are there', () => {
    expect(() => secrets.assertNotIn(`?corpsecret=${sandbox.appSecret}`, 'a URL')).to.throw(
      'the corp secret is in a URL',
    );
    const credential = Buffer.from(SECRET_KEY).toString('base64');
    expect(() => secrets.assertNotIn(`Basic ${credential}=`, 'a header')).to.throw('the key of the host');
  });

  it('are in nothing that was answered, header or body', () => {
    expect(answered.length).to.be.at.least(MISHAPS.length * 6);
    for (const { where, text } of answered) {
      // The one place where the session belongs.
      secrets.assertNotIn(
        where === '/api/login' ? text.replaceAll(/^set-cookie: .*$/gm, '') : text,
        `the answer of ${where}`,
      );
    }
  });

  it('are in nothing that was printed', () => {
    expect(log.length).to.be.at.least(MISHAPS.length);
    for (const line of log) secrets.assertNotIn(line, 'the log');
  });

  it('are in nothing that is stored, to the last byte', async () => {
    const { database } = host;
    const tables = await database.read((session) =>
      session.select(`SELECT name FROM sqlite_master WHERE type = 'table'`),
    );
    let texts = 0;
    for (const { name } of tables) {
      const rows = await database.read((session) => session.select(`SELECT * FROM "${String(name)}"`));
      for (const row of rows) {
        texts += 1;
        secrets.assertNotIn(JSON.stringify(row), `the table ${String(name)}`);
      }
    }
    expect(texts).to.be.at.least(MISHAPS.length * 3);
    const files = await readdir(folder);
    expect(files).to.include.members(['iam.db', 'iam.db-wal']);
    for (const file of files)
      secrets.assertNotIn((await readFile(join(folder, file))).toString('latin1'), `the file ${file}`);
  });
});

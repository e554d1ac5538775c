import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readSettings } from '../../src/cli/read-settings.ts';
import { resolveBaseUrl } from '../../src/wecom/api/base-url.ts';
import { parseSettings, SettingsError, type Variables } from '../../src/host/settings.ts';

const complaintOf = (variables: Variables): SettingsError => {
  try {
    parseSettings(variables);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
};

describe('settings', () => {
  it('need nothing at all', () => {
    expect(parseSettings({})).to.deep.equal({
      databaseUrl: 'sqlite:./data/iam.db',
      host: '127.0.0.1',
      port: 8000,
      wecomApiUrl: 'https://qyapi.weixin.qq.com',
      wecomOauthUrl: 'https://open.weixin.qq.com',
      wecomConcurrency: 8,
      logLevel: 'info',
      metricsTenants: false,
      runRetentionDays: 90,
      auditRetentionDays: 400,
      basePath: '',
      trustedHops: 0,
      runConcurrency: 4,
      runDeadlineMs: 21_600_000,
    });
  });

  it('take an empty variable for one that is not set', () => {
    expect(parseSettings({ PORT: '', SECRET_KEY: ' ' }).port).to.equal(8000);
  });

  it('leave it to the types of directory which hosts are allowed where none is named', () => {
    const { wecomApiUrl, wecomAllowedHosts } = parseSettings({ WECOM_API_URL: 'http://127.0.0.1:9000/' });
    expect(wecomApiUrl).to.equal('http://127.0.0.1:9000');
    expect(wecomAllowedHosts).to.equal(undefined);
    expect(() => resolveBaseUrl('http://127.0.0.1:9000', { baseUrl: wecomApiUrl })).not.to.throw();
    expect(() => resolveBaseUrl('http://127.0.0.1:9001', { baseUrl: wecomApiUrl })).to.throw('WECOM_ALLOWED_HOSTS');
    expect(
      parseSettings({ WECOM_ALLOWED_HOSTS: 'A.example, b.example:8443,HTTP://c.example:8080' }).wecomAllowedHosts,
    ).to.deep.equal(['a.example', 'b.example:8443', 'http://c.example:8080']);
  });

  const wrong: readonly (readonly [string, string])[] = [
    ['DATABASE_URL', 'mongodb://sEcReT@host/x'],
    ['DATABASE_URL', 'sEcReT'],
    ['REDIS_URL', 'http://sEcReT'],
    ['HOST', 'sEcReT host'],
    ['PORT', '80sEcReT'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '0x50'],
    ['ADMIN_PASSWORD', 'sEcReT'],
    ['CLIENT_ID', 'sEcReT:id'],
    ['CLIENT_SECRET', 'sEcReT'],
    ['SECRET_KEY', 'sEcReT'],
    ['WECOM_API_URL', 'ftp://sEcReT'],
    ['WECOM_API_URL', 'https://user:sEcReT@host'],
    ['WECOM_ALLOWED_HOSTS', 'https://sEcReT/'],
    ['WECOM_ALLOWED_HOSTS', 'http://sEcReT/'],
    ['WECOM_ALLOWED_HOSTS', 'http://sEcReT@host'],
    ['WECOM_PROXY_URL', 'socks5://sEcReT'],
    ['WECOM_OAUTH_URL', 'open.sEcReT'],
    ['WECOM_OAUTH_URL', 'https://sEcReT@host'],
    ['WECOM_CONCURRENCY', '0'],
    ['LOG_LEVEL', 'sEcReT'],
    ['METRICS_TENANTS', 'sEcReT'],
    ['RUN_RETENTION_DAYS', '0'],
    ['RUN_CONCURRENCY', '0'],
    ['RUN_DEADLINE', 'sEcReT'],
    ['RUN_DEADLINE', '0s'],
    ['RUN_DEADLINE', '6'],
    ['RUN_DEADLINE', '-1h'],
    ['RUN_DEADLINE', '1.5h'],
    ['RUN_DEADLINE', '169h'],
    ['AUDIT_RETENTION_DAYS', '0'],
    ['TRUSTED_HOPS', '-1'],
    ['TRUSTED_HOPS', '1.5'],
    ['TRUSTED_HOPS', 'true'],
    ['TRUSTED_HOPS', '21'],
    ['PUBLIC_URL', 'sEcReT'],
    ['PUBLIC_URL', 'https://host/sEcReT'],
    ['BASE_PATH', 'sEcReT'],
    ['BASE_PATH', 'https://sEcReT'],
    ['BASE_PATH', '/a/../sEcReT'],
    ['BASE_PATH', '/sEcReT//b'],
    ['BASE_PATH', '/sEcReT?x'],
    ['BASE_PATH', '/:sEcReT'],
    ['BASE_PATH', '/sEcReT "onload'],
    ['IAM_URL', 'sEcReT'],
    ['IAM_URL', 'https://user:sEcReT@iam'],
    ['IAM_URL', 'https://iam/?key=sEcReT'],
    ['IAM_COOKIE', 'sEcReT; Path=/'],
    ['IAM_COOKIE', 'sEcReT=x'],
    ['IAM_CLIENT_ID', 'sEcReT:id'],
    ['IAM_CLIENT_SECRET', 'sEcReT\u00e9'],
    ['WEBHOOK_URL', 'sEcReT'],
    ['WEBHOOK_URL', 'ftp://host/sEcReT'],
    ['WEBHOOK_URL', 'https://user:sEcReT@host'],
    ['WEBHOOK_URL', 'https://sEcReT@host'],
    ['WEBHOOK_URL', 'https://host/#sEcReT'],
    ['WEBHOOK_SECRET', 'sEcReT'],
    ['WEBHOOK_SECRET', 'whsec_sEcReT+sEcReT+'],
    ['WEBHOOK_SECRET', 'whsec_sEcReT, which is no base64 at all'],
  ];
  for (const [name, value] of wrong) {
    it(`refuse ${name} when it is wrong (${value.length} characters), naming it and never its value`, () => {
      const complaint = complaintOf({ [name]: value });
      expect(complaint.variables).to.include(name);
      expect(complaint.message).to.include(name).and.not.include('sEcReT').and.not.include('\n');
    });
  }

  it('say how long a run may take', () => {
    expect(parseSettings({}).runDeadlineMs).to.equal(6 * 3_600_000);
    expect(parseSettings({ RUN_DEADLINE: '30m' }).runDeadlineMs).to.equal(30 * 60_000);
    expect(parseSettings({ RUN_DEADLINE: '45s' }).runDeadlineMs).to.equal(45_000);
  });

  it('believe one proxy where PUBLIC_URL says that there is one, and as many as TRUSTED_HOPS says', () => {
    const PUBLIC_URL = 'https://sso.example';
    expect(parseSettings({ PUBLIC_URL }).trustedHops).to.equal(1);
    expect(parseSettings({ PUBLIC_URL, TRUSTED_HOPS: '0' }).trustedHops).to.equal(0);
    expect(parseSettings({ TRUSTED_HOPS: '2' }).trustedHops).to.equal(2);
  });

  it('take a path with and without a slash at its end, and none for the root', () => {
    for (const BASE_PATH of ['/sync', '/sync/', '/sync//'])
      expect(parseSettings({ BASE_PATH }).basePath).to.equal('/sync');
    for (const BASE_PATH of ['', '/', undefined]) expect(parseSettings({ BASE_PATH }).basePath).to.equal('');
    expect(parseSettings({ BASE_PATH: '/admin/sync-1.0' }).basePath).to.equal('/admin/sync-1.0');
    expect(parseSettings({ PUBLIC_URL: 'https://sso.example/' }).publicUrl).to.equal('https://sso.example');
  });

  it('want both halves of the API credential', () => {
    expect(complaintOf({ CLIENT_ID: 'id' }).variables).to.deep.equal(['CLIENT_SECRET']);
    expect(complaintOf({ CLIENT_SECRET: 'a-secret-that-is-long' }).variables).to.deep.equal(['CLIENT_ID']);
  });

  it('want both halves of the application’s credential at the IAM, and where the IAM is', () => {
    expect(complaintOf({ IAM_URL: 'http://iam', IAM_CLIENT_ID: 'id' }).variables).to.deep.equal(['IAM_CLIENT_SECRET']);
    expect(complaintOf({ IAM_URL: 'http://iam', IAM_CLIENT_SECRET: 's' }).variables).to.deep.equal(['IAM_CLIENT_ID']);
    expect(complaintOf({ IAM_CLIENT_ID: 'id', IAM_CLIENT_SECRET: 's' }).variables).to.deep.equal(['IAM_URL']);
    expect(parseSettings({ IAM_URL: 'https://iam.example/casdoor/' }).iam).to.deep.equal({
      url: 'https://iam.example/casdoor',
      cookie: 'casdoor_session_id',
    });
    const both = { IAM_CLIENT_ID: 'id', IAM_CLIENT_SECRET: 's', IAM_COOKIE: 'iam_sid' };
    expect(parseSettings({ IAM_URL: 'http://iam', ...both }).iam).to.deep.equal({
      url: 'http://iam',
      cookie: 'iam_sid',
      client: { clientId: 'id', clientSecret: 's' },
    });
  });

  it('want the address of the webhook and the secret that signs for it', () => {
    const [WEBHOOK_URL, WEBHOOK_SECRET] = ['https://alerts.example/hook?key=any', 'a-secret-that-is-long'];
    expect(complaintOf({ WEBHOOK_URL }).variables).to.deep.equal(['WEBHOOK_SECRET']);
    expect(complaintOf({ WEBHOOK_SECRET }).variables).to.deep.equal(['WEBHOOK_URL']);
    expect(parseSettings({ WEBHOOK_URL, WEBHOOK_SECRET }).webhook).to.deep.equal({
      url: WEBHOOK_URL,
      secret: WEBHOOK_SECRET,
    });
    const encoded = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
    expect(parseSettings({ WEBHOOK_URL, WEBHOOK_SECRET: encoded }).webhook?.secret).to.equal(encoded);
  });

  it('want a SECRET_KEY with a server database', () => {
    expect(complaintOf({ DATABASE_URL: 'postgres://u:p@db/iam' }).variables).to.deep.equal(['SECRET_KEY']);
  });

  it('name everything that is wrong in one line', () => {
    expect(complaintOf({ PORT: 'x', LOG_LEVEL: 'y' }).variables).to.have.members(['PORT', 'LOG_LEVEL']);
  });

  describe('from a folder', () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'wecom-syncer-settings-'));
      await writeFile(join(folder, '.env'), 'PORT=8123\nLOG_LEVEL=debug\n# a comment\nCLIENT_ID=\n');
    });
    after(() => rm(folder, { recursive: true, force: true }));

    it('come from .env where the environment is silent', () => {
      expect(readSettings({ LOG_LEVEL: 'warn', PORT: '' }, folder)).to.include({ port: 8123, logLevel: 'warn' });
    });

    it('do without a .env', () => {
      expect(readSettings({}, join(folder, 'nothing-here')).port).to.equal(8000);
    });
  });
});

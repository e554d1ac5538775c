import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { load } from 'js-yaml';
import { parseSettings, VARIABLES } from '../src/host/settings.ts';
import { freePort } from './support/own-servers.ts';
import { redisAnswers } from './support/redis.ts';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string | number | null>>;
  readonly ports?: readonly string[];
}

/** What an operator puts into .env. */
const GIVEN: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD: '0123456789abcdef',
  REDIS_PASSWORD: 'fedcba9876543210',
  SECRET_KEY: '8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92',
  PUBLIC_URL: 'https://iam.example',
  TRUSTED_HOPS: '2',
};

const read = (name: string): Promise<string> => readFile(new URL(`../${name}`, import.meta.url), 'utf8');

/** As Compose puts variables in: `${NAME}`, `${NAME:-otherwise}` and `${NAME:?complaint}`. */
function filledIn(text: string, given: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind: string, rest: string) => {
    const value = given[name] ?? '';
    if (value === '' && kind === '?') throw new Error(`${name}: ${rest}`);
    return value === '' && kind === '-' ? rest : value;
  });
}

const servicesFor = async (given: Readonly<Record<string, string>>): Promise<Readonly<Record<string, Service>>> =>
  (load(filledIn(await read('compose.yaml'), given)) as { services: Record<string, Service> }).services;

describe('compose.yaml', () => {
  let services: Readonly<Record<string, Service>>;
  before(async () => {
    services = await servicesFor(GIVEN);
  });

  it('gives the host settings that it takes, PUBLIC_URL and TRUSTED_HOPS among them', () => {
    const environment = Object.fromEntries(
      Object.entries(services['host']?.environment ?? {}).map(([name, value]) => [name, String(value ?? '')]),
    );
    expect(environment).to.include({ PUBLIC_URL: 'https://iam.example', TRUSTED_HOPS: '2' });
    expect(VARIABLES).to.include.members(Object.keys(environment));
    expect(parseSettings(environment)).to.include({
      publicUrl: 'https://iam.example',
      trustedHops: 2,
      redisUrl: `redis://:${GIVEN['REDIS_PASSWORD']}@redis:6379`,
      databaseUrl: `postgres://iam:${GIVEN['POSTGRES_PASSWORD']}@postgres:5432/iam`,
    });
  });

  for (const name of ['POSTGRES_PASSWORD', 'REDIS_PASSWORD', 'SECRET_KEY']) {
    it(`does not start without ${name}`, async () => {
      const error = await servicesFor({ ...GIVEN, [name]: '' }).then(
        () => undefined,
        (reason: Error) => reason.message,
      );
      expect(error).to.match(new RegExp(`^${name}: `));
    });
  }

  it('names one version of every image, as the Dockerfile does', async () => {
    const images = Object.values(services).flatMap(({ image }) => image ?? []);
    const bases = [...(await read('Dockerfile')).matchAll(/^FROM (\S+)/gm)].map(([, base = '']) => base);
    expect(images).to.have.length(2);
    expect(bases).to.have.length(2);
    for (const image of [...images, ...bases])
      expect(image).to.match(/^[a-z]+:\d+\.\d+(\.\d+)?-bookworm(-slim)?(@sha256:[0-9a-f]{64})?$/);
    for (const base of bases) if (base.startsWith('node:')) expect(base).to.match(/^node:\d+\.\d+\.\d+-/);
  });

  it('opens no port but those of the hosts, and those to this machine alone', () => {
    for (const [name, { ports = [] }] of Object.entries(services)) {
      expect(ports.length > 0, name).to.equal(name === 'host');
      for (const port of ports) expect(port).to.match(/^127\.0\.0\.1:/);
    }
  });

  it('runs a Redis that answers the hosts and nobody else', async function () {
    if (!(await redisAnswers())) this.skip();
    const [program = '', ...args] = services['redis']?.command ?? [];
    const [folder, port] = [await mkdtemp(join(tmpdir(), 'wecom-syncer-')), await freePort()];
    const server = spawn(program, [...args, '--port', String(port), '--bind', '127.0.0.1', '--dir', folder], {
      stdio: 'ignore',
    });
    const url = new URL(String(services['host']?.environment['REDIS_URL']));
    [url.hostname, url.port] = ['127.0.0.1', String(port)];
    const [host, stranger] = [new Redis(url.href), new Redis(port, '127.0.0.1')];
    // Refused while it starts, and the stranger for as long as it runs.
    for (const client of [host, stranger]) client.on('error', () => undefined);
    try {
      expect(await host.ping()).to.equal('PONG');
      const refused = await stranger.keys('*').then(
        () => '',
        (error: Error) => error.message,
      );
      expect(refused).to.match(/^NOAUTH/);
    } finally {
      host.disconnect();
      stranger.disconnect();
      server.kill();
      await once(server, 'exit');
      await rm(folder, { recursive: true, force: true });
    }
  });
});

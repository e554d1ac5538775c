import 'reflect-metadata';
import {
  IsIn,
  IsInt,
  IsOptional,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateBy,
  validateSync,
  type ValidationOptions,
} from 'class-validator';
import { present } from '../syncer/present.ts';
import { isHardToGuess } from './key-strength.ts';
import { isOrigin, isPlainUrl, PREFIX_FORM, prefixOf, urlOf } from './prefix.ts';
import { isSigningSecret } from '../service/webhook/webhook-signature.ts';

/** A setting is missing or wrong. The message names it and never repeats its value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  constructor(
    /** Names of the environment variables to look at. */
    readonly variables: readonly string[],
    message: string,
  ) {
    super(message);
  }
}

/** What the host runs with; every value is checked. */
export interface Settings {
  readonly databaseUrl: string;
  readonly redisUrl?: string;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Password of `built-in/admin` at first start. */
  readonly adminPassword?: string;
  /** The API credential with global rights. */
  readonly credential?: { readonly clientId: string; readonly clientSecret: string };
  readonly secretKey?: string;
  readonly wecomApiUrl: string;
  /**
   * `host[:port]` values that addresses in syncers may name; with `http://` before one, WeCom's need not be https.
   * Absent: the definitions say, and WeCom's allows the host of `wecomApiUrl`.
   */
  readonly wecomAllowedHosts?: readonly string[];
  readonly wecomProxyUrl?: string;
  /** Where browsers find WeCom's page on which members agree. */
  readonly wecomOauthUrl: string;
  /** Calls in flight per syncer. */
  readonly wecomConcurrency: number;
  readonly logLevel: string;
  /** Whether /metrics, which anybody may read, names syncers and organizations. */
  readonly metricsTenants: boolean;
  /** Runs older than this are deleted, with their changes. */
  readonly runRetentionDays: number;
  /** Entries of the audit log older than this are deleted. */
  readonly auditRetentionDays: number;
  /** Runs at one time in this process; more wait in line. */
  readonly runConcurrency: number;
  /** A run that works longer ends as failed. */
  readonly runDeadlineMs: number;
  /** A running Casdoor or Hanzo IAM: whoever it says is signed in, is signed in here. */
  readonly iam?: {
    readonly url: string;
    /** The name of its session cookie. */
    readonly cookie: string;
    /** An application there, with which whoever is locked out is signed out there. */
    readonly client?: { readonly clientId: string; readonly clientSecret: string };
  };
  /** Origin under which browsers reach the host when a proxy stands in front of it; without a slash at its end. */
  readonly publicUrl?: string;
  /** Prefix under which page, calls and cookies live, without a slash at its end; "" = at the root. */
  readonly basePath: string;
  /** Proxies in front of the host, each of which adds the address it was called from to `X-Forwarded-For`. */
  readonly trustedHops: number;
  /** Who is told of runs that wait and of syncers that fail. The address is as secret as the secret: chat robots have their key in it. */
  readonly webhook?: { readonly url: string; readonly secret: string };
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
/** A week; also far below what a timer can wait. */
const LONGEST_MS = 168 * 3_600_000;

/** Milliseconds; undefined: no duration that makes sense. */
function durationIn(value: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d{1,9})([smh])$/.exec(value) ?? [];
  const ms = Number(number) * (UNIT_MS[unit] ?? 0);
  return ms > 0 && ms <= LONGEST_MS ? ms : undefined;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** A query is allowed: chat robots have their key there. */
const isWebhookUrl = (value: unknown): boolean => {
  const url = urlOf(value);
  return url !== undefined && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.hash;
};
const isProxyUrl = (value: unknown): boolean => /^https?:$/.test(urlOf(value)?.protocol ?? '');
const isRedisUrl = (value: unknown): boolean => /^rediss?:$/.test(urlOf(value)?.protocol ?? '');
const isDatabaseUrl = (value: unknown): boolean =>
  /^sqlite:./.test(String(value)) ||
  (/^(postgres|postgresql|mysql|mariadb):$/.test(urlOf(value)?.protocol ?? '') && urlOf(value)?.hostname !== '');
const isHostList = (value: unknown): boolean => hostsIn(String(value)).every((host) => HOST_AND_PORT.test(host));

/** With http:// where it may be spoken to without encryption. */
const HOST_AND_PORT = /^(http:\/\/)?(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i;
const hostsIn = (list: string): string[] =>
  list
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== '');

function Satisfies(validate: (value: unknown) => boolean, message: string): PropertyDecorator {
  const options: ValidationOptions = { message };
  return ValidateBy({ name: 'satisfies', validator: { validate } }, options);
}

const MAKE_A_KEY = 'make one with "openssl rand -base64 32"';

const PLAIN_URL = 'must be an http(s) URL without credentials, query or fragment';

const PRINTABLE = /^[\x20-\x7e]+$/;

/** HTTP Basic separates the two halves by a colon. */
const BASIC_NAME = /^[\x21-\x39\x3b-\x7e]{1,100}$/;
const BASIC_NAME_ONLY = { message: 'must be 1 to 100 printable characters without a colon' };

/** The variables under their own names, so that a complaint names what the operator typed. */
class Environment {
  @Satisfies(isDatabaseUrl, 'must be sqlite:PATH, postgres://… or mysql://…')
  DATABASE_URL: string = 'sqlite:./data/iam.db';

  @IsOptional()
  @Satisfies(isRedisUrl, 'must be redis://… or rediss://…')
  REDIS_URL?: string;

  @Matches(/^[a-zA-Z0-9.:_-]+$/, { message: 'must be a host name or an IP address' })
  HOST: string = '127.0.0.1';

  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be 0 or more' })
  @Max(65_535, { message: 'must be 65535 at most' })
  PORT: number = 8000;

  @IsOptional()
  @MinLength(8, { message: 'must have 8 characters at least' })
  @MaxLength(200, { message: 'must have 200 characters at most' })
  ADMIN_PASSWORD?: string;

  @IsOptional()
  @Matches(BASIC_NAME, BASIC_NAME_ONLY)
  CLIENT_ID?: string;

  @IsOptional()
  @Matches(PRINTABLE, { message: 'must consist of printable ASCII characters' })
  @MinLength(16, { message: 'must have 16 characters at least' })
  CLIENT_SECRET?: string;

  @IsOptional()
  @Satisfies((key) => isHardToGuess(String(key)), `is too easy to guess: ${MAKE_A_KEY}`)
  SECRET_KEY?: string;

  @Satisfies(isPlainUrl, PLAIN_URL)
  WECOM_API_URL: string = 'https://qyapi.weixin.qq.com';

  @IsOptional()
  @Satisfies(isHostList, 'must be a comma-separated list of host[:port], with http:// before one that has no https')
  WECOM_ALLOWED_HOSTS?: string;

  @IsOptional()
  @Satisfies(isProxyUrl, 'must be an http(s) URL')
  WECOM_PROXY_URL?: string;

  @Satisfies(isPlainUrl, PLAIN_URL)
  WECOM_OAUTH_URL: string = 'https://open.weixin.qq.com';

  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be 1 or more' })
  @Max(64, { message: 'must be 64 at most' })
  WECOM_CONCURRENCY: number = 8;

  @IsIn(LOG_LEVELS, { message: `must be one of ${LOG_LEVELS.join(', ')}` })
  LOG_LEVEL: string = 'info';

  @IsIn(['true', 'false'], { message: 'must be true or false' })
  METRICS_TENANTS: string = 'false';

  @IsInt({ message: 'must be a whole number of days' })
  @Min(1, { message: 'must be 1 or more' })
  @Max(36_500, { message: 'must be 36500 at most' })
  RUN_RETENTION_DAYS: number = 90;

  @IsInt({ message: 'must be a whole number of days' })
  @Min(1, { message: 'must be 1 or more' })
  @Max(36_500, { message: 'must be 36500 at most' })
  AUDIT_RETENTION_DAYS: number = 400;

  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be 1 or more' })
  @Max(64, { message: 'must be 64 at most' })
  RUN_CONCURRENCY: number = 4;

  @Satisfies(
    (value) => durationIn(String(value)) !== undefined,
    'must be a number with s, m or h, such as 45s, 30m or 6h, and at most 168h',
  )
  RUN_DEADLINE: string = '6h';

  @IsOptional()
  @Satisfies(isPlainUrl, PLAIN_URL)
  IAM_URL?: string;

  @Matches(/^[\w!#$%&'*+.^`|~-]{1,100}$/, { message: 'must be the name of a cookie' })
  IAM_COOKIE: string = 'casdoor_session_id';

  @IsOptional()
  @Matches(BASIC_NAME, BASIC_NAME_ONLY)
  IAM_CLIENT_ID?: string;

  @IsOptional()
  @Matches(PRINTABLE, { message: 'must consist of printable ASCII characters' })
  IAM_CLIENT_SECRET?: string;

  @IsOptional()
  @Satisfies(isOrigin, 'must be http:// or https:// with a host and nothing behind it; a path belongs in BASE_PATH')
  PUBLIC_URL?: string;

  @Satisfies((value) => prefixOf(value) !== undefined, `must be ${PREFIX_FORM}`)
  BASE_PATH: string = '/';

  @IsOptional()
  @IsInt({ message: 'must be a whole number: how many proxies stand in front of the host' })
  @Min(0, { message: 'must be 0 or more' })
  @Max(20, { message: 'must be 20 at most' })
  TRUSTED_HOPS?: number;

  @IsOptional()
  @Satisfies(isWebhookUrl, 'must be an http(s) URL without credentials or fragment')
  WEBHOOK_URL?: string;

  @IsOptional()
  @Satisfies((secret) => isSigningSecret(String(secret)), 'must have base64 of 16 bytes at least after whsec_')
  @MinLength(16, { message: 'must have 16 characters at least' })
  WEBHOOK_SECRET?: string;
}

const NUMBERS: ReadonlySet<string> = new Set([
  'PORT',
  'WECOM_CONCURRENCY',
  'RUN_RETENTION_DAYS',
  'AUDIT_RETENTION_DAYS',
  'RUN_CONCURRENCY',
  'TRUSTED_HOPS',
]);
export const VARIABLES = [
  'DATABASE_URL',
  'REDIS_URL',
  'HOST',
  'PORT',
  'ADMIN_PASSWORD',
  'CLIENT_ID',
  'CLIENT_SECRET',
  'SECRET_KEY',
  'WECOM_API_URL',
  'WECOM_ALLOWED_HOSTS',
  'WECOM_PROXY_URL',
  'WECOM_OAUTH_URL',
  'WECOM_CONCURRENCY',
  'LOG_LEVEL',
  'METRICS_TENANTS',
  'RUN_RETENTION_DAYS',
  'AUDIT_RETENTION_DAYS',
  'RUN_CONCURRENCY',
  'RUN_DEADLINE',
  'IAM_URL',
  'IAM_COOKIE',
  'IAM_CLIENT_ID',
  'IAM_CLIENT_SECRET',
  'PUBLIC_URL',
  'BASE_PATH',
  'TRUSTED_HOPS',
  'WEBHOOK_URL',
  'WEBHOOK_SECRET',
] as const satisfies readonly (keyof Environment)[];

/** A variable, and another one without which it means nothing. */
const NEEDS: readonly (readonly [keyof Environment, keyof Environment])[] = [
  ['CLIENT_ID', 'CLIENT_SECRET'],
  ['CLIENT_SECRET', 'CLIENT_ID'],
  ['IAM_CLIENT_ID', 'IAM_CLIENT_SECRET'],
  ['IAM_CLIENT_SECRET', 'IAM_CLIENT_ID'],
  ['IAM_CLIENT_ID', 'IAM_URL'],
  ['WEBHOOK_URL', 'WEBHOOK_SECRET'],
  ['WEBHOOK_SECRET', 'WEBHOOK_URL'],
];

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Settings out of variables. An empty value counts as not set, as shells and compose files write it.
 *
 * @throws SettingsError that names every wrong variable, in one line
 */
export function parseSettings(variables: Variables): Settings {
  const environment = new Environment();
  for (const name of VARIABLES) {
    const value = variables[name]?.trim();
    if (value === undefined || value === '') continue;
    // Number('') and Number('0x10') would be accepted as numbers; digits only are what a person means.
    Object.assign(environment, {
      [name]: NUMBERS.has(name) ? (/^\d+$/.test(value) ? Number(value) : Number.NaN) : value,
    });
  }
  const complaints = new Map(
    validateSync(environment, { stopAtFirstError: true }).map((error) => [
      error.property,
      Object.values(error.constraints ?? {})[0] ?? 'is wrong',
    ]),
  );
  for (const [name, needed] of NEEDS) {
    if (environment[name] === undefined || environment[needed] !== undefined || complaints.has(needed)) continue;
    complaints.set(needed, `is required when ${name} is set`);
  }
  if (!environment.DATABASE_URL.startsWith('sqlite:') && environment.SECRET_KEY === undefined) {
    complaints.set('SECRET_KEY', `is required with a server database: ${MAKE_A_KEY}`);
  }
  if (complaints.size > 0) {
    const sentence = [...complaints].map(([name, complaint]) => `${name} ${complaint}`).join('; ');
    throw new SettingsError([...complaints.keys()], `${sentence}.`);
  }
  return settingsFrom(environment);
}

function settingsFrom(environment: Environment): Settings {
  const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret, WEBHOOK_URL: url, WEBHOOK_SECRET: secret } = environment;
  const { WECOM_ALLOWED_HOSTS: allowed } = environment;
  return {
    databaseUrl: environment.DATABASE_URL,
    host: environment.HOST,
    port: environment.PORT,
    wecomApiUrl: environment.WECOM_API_URL.replace(/\/+$/, ''),
    wecomOauthUrl: environment.WECOM_OAUTH_URL.replace(/\/+$/, ''),
    wecomConcurrency: environment.WECOM_CONCURRENCY,
    logLevel: environment.LOG_LEVEL,
    metricsTenants: environment.METRICS_TENANTS === 'true',
    runRetentionDays: environment.RUN_RETENTION_DAYS,
    auditRetentionDays: environment.AUDIT_RETENTION_DAYS,
    runConcurrency: environment.RUN_CONCURRENCY,
    runDeadlineMs: durationIn(environment.RUN_DEADLINE) ?? 0,
    basePath: prefixOf(environment.BASE_PATH) ?? '',
    trustedHops: environment.TRUSTED_HOPS ?? (environment.PUBLIC_URL === undefined ? 0 : 1),
    ...present({
      redisUrl: environment.REDIS_URL,
      wecomAllowedHosts: allowed === undefined ? undefined : hostsIn(allowed),
      adminPassword: environment.ADMIN_PASSWORD,
      credential: clientId === undefined || clientSecret === undefined ? undefined : { clientId, clientSecret },
      secretKey: environment.SECRET_KEY,
      wecomProxyUrl: environment.WECOM_PROXY_URL,
      iam: iamOf(environment),
      publicUrl: environment.PUBLIC_URL?.replace(/\/+$/, ''),
      webhook: url === undefined || secret === undefined ? undefined : { url, secret },
    }),
  };
}

function iamOf({ IAM_URL: url, IAM_COOKIE: cookie, ...environment }: Environment): Settings['iam'] {
  const { IAM_CLIENT_ID: clientId, IAM_CLIENT_SECRET: clientSecret } = environment;
  if (url === undefined) return undefined;
  const client = clientId === undefined || clientSecret === undefined ? undefined : { clientId, clientSecret };
  return { url: url.replace(/\/+$/, ''), cookie, ...present({ client }) };
}

/** Where people reach the page, as far as it is known: at least its path. */
export const pageUrlOf = ({ publicUrl = '', basePath }: Pick<Settings, 'publicUrl' | 'basePath'>): string =>
  `${publicUrl}${basePath}`;

import { parseSettings, type Settings } from '../../src/host/settings.ts';

/** Where a replica finds what all replicas share. */
export interface Shared {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Of the sandbox. */
  readonly directoryUrl: string;
  /** Of all of them, where there are several. */
  readonly allowedHosts?: readonly string[];
}

/** What an operator would set for one of several replicas; everything else as it comes. */
export const replicaSettings = ({ databaseUrl, redisUrl, directoryUrl, allowedHosts }: Shared): Settings =>
  parseSettings({
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    PORT: '0',
    LOG_LEVEL: 'warn',
    SECRET_KEY: 'Tq1vZy8Kc0bW5nRjX3mHs7LdPfUa2EgO4iJtQxCwN6k=',
    ADMIN_PASSWORD: 'a password of no matter',
    WECOM_API_URL: directoryUrl,
    ...(allowedHosts && { WECOM_ALLOWED_HOSTS: allowedHosts.join(',') }),
  });

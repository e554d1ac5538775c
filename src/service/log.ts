import { pino, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

/** Keys that hold secrets wherever they turn up: a second net below the rule that nobody logs them. */
const SECRET_KEYS = [
  'password',
  'contactsSecret',
  'callbackToken',
  'callbackAesKey',
  'sshPassword',
  'clientSecret',
  'webhook',
  'corpsecret',
  'access_token',
  'authorization',
  'cookie',
  'secretKey',
  'adminPassword',
  'databaseUrl',
  'redisUrl',
  'wecomProxyUrl',
];

/** JSON lines on stderr: stdout belongs to what commands print. */
export const createLogger = (level: string): Logger =>
  pino(
    {
      level,
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '***' },
      // Error messages of drivers and clients carry statements, values and URLs: only the kind of error is logged.
      serializers: { err: errorFields },
    },
    pino.destination({ dest: 2, sync: true }),
  );

/** What may be told of an error that nobody foresaw: its kind and where it happened. */
export const errorFields = (
  error: unknown,
): { readonly type: string; readonly code: unknown; readonly stack: string | undefined } => ({
  type: error instanceof Error ? error.name : typeof error,
  code: (error as { code?: unknown } | null)?.code,
  stack: stackOf(error),
});

/** Where it happened, without the message. */
function stackOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return frames.join('\n');
}

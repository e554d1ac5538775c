import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { MASK, type SyncerDefinition } from '../syncer/definition.ts';

export type Logger = PinoLogger;

/** Ends of the keys that hold secrets, whatever stands before them: `contactsSecret`, `access_token`, `redisUrl`. */
const SECRET_KEY = /(password|secret|secretkey|token|authorization|cookie|webhook|databaseurl|redisurl|proxyurl)$/i;
/** A log line is flat; what is nested deeper than this is none of ours. */
const DEEPEST = 3;

/**
 * The rule is that nobody logs a secret; where one is logged all the same, its value is masked here.
 *
 * @param secretFields names of secret fields that do not end like one
 */
function masked(fields: Readonly<Record<string, unknown>>, secretFields: ReadonlySet<string>, depth = 1) {
  const shown: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (secretFields.has(key) || SECRET_KEY.test(key)) shown[key] = MASK;
    else shown[key] = isPlain(value) && depth < DEEPEST ? masked(value, secretFields, depth + 1) : value;
  }
  return shown;
}

/** Requests and errors are no plain objects: their serializers choose what is told of them. */
const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/**
 * JSON lines on stderr: stdout belongs to what commands print.
 *
 * @param definitions whose secret fields are masked, too
 */
export const createLogger = (
  level: string,
  definitions: readonly SyncerDefinition[] = [],
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger => {
  const fields = definitions.flatMap((definition) => definition.fields);
  const secretFields = new Set(fields.filter(({ secret }) => secret).map(({ name }) => name));
  const mask = (line: Record<string, unknown>): Record<string, unknown> => masked(line, secretFields);
  const log = pino(
    {
      level,
      formatters: { log: mask },
      // Error messages of drivers and clients carry statements, values and URLs: only the kind of error is logged.
      serializers: { err: errorFields },
    },
    destination,
  );
  // What is bound to a child passes by the formatters.
  const plainChild: Logger['child'] = Reflect.get(log, 'child');
  log.child = new Proxy(plainChild, {
    apply: (child, parent: Logger, [bindings, ...options]: Parameters<typeof plainChild>) =>
      Reflect.apply(child, parent, [mask(bindings), ...options]) as unknown,
  });
  return log;
};

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

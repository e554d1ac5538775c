import { MASK, type SyncerDefinition } from '../syncer/definition.ts';

/** Where a service says what its operator needs to know; of pino's shape. */
export interface ServiceLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** For whoever wants to know everything. */
  debug?(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** Ends of the keys that hold secrets, whatever stands before them: `contactsSecret`, `access_token`, `redisUrl`. */
const SECRET_KEY = /(password|secret|secretkey|token|authorization|cookie|webhook|databaseurl|redisurl|proxyurl)$/i;
/** A log line is flat; what is nested deeper than this is none of ours. */
const DEEPEST = 3;

/**
 * The rule is that nobody logs a secret; where one is logged all the same, its value is masked here.
 *
 * @param secretFields names of secret fields that do not end like one
 */
export function masked(
  fields: Readonly<Record<string, unknown>>,
  secretFields: ReadonlySet<string>,
  depth = 1,
): Record<string, unknown> {
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

/** The fields of these types that hold secrets. */
export const secretFieldsOf = (definitions: readonly SyncerDefinition[]): ReadonlySet<string> =>
  new Set(definitions.flatMap(({ fields }) => fields.filter(({ secret }) => secret).map(({ name }) => name)));

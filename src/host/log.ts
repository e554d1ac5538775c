/** @ts-ignore: a host with a log of its own has no pino, and its compiler is not asked for one. */
import type { DestinationStream, Logger as PinoLogger } from 'pino';
import { loadOptional } from '../package-json.ts';
import { masked, secretFieldsOf } from '../service/log.ts';
import type { SyncerDefinition } from '../syncer/definition.ts';
import { errorFields } from '../syncer/errors.ts';

export type Logger = PinoLogger;

/**
 * JSON lines on stderr: stdout belongs to what commands print.
 *
 * @param definitions whose secret fields are masked, too
 */
export async function createLogger(
  level: string,
  definitions: readonly SyncerDefinition[] = [],
  destination?: DestinationStream,
): Promise<Logger> {
  const { pino } = await loadOptional(() => import('pino'));
  const secretFields = secretFieldsOf(definitions);
  const mask = (line: Record<string, unknown>): Record<string, unknown> => masked(line, secretFields);
  const log = pino(
    {
      level,
      formatters: { log: mask },
      // Error messages of drivers and clients carry statements, values and URLs: only the kind of error is logged.
      serializers: { err: errorFields },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
  // What is bound to a child passes by the formatters.
  const plainChild: Logger['child'] = Reflect.get(log, 'child');
  log.child = new Proxy(plainChild, {
    apply: (child, parent: Logger, [bindings, ...options]: Parameters<typeof plainChild>) =>
      Reflect.apply(child, parent, [mask(bindings), ...options]) as unknown,
  });
  return log;
}

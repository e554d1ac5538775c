import { createHost } from '../host/create-host.ts';
import type { Host } from '../host/host.ts';
import type { Settings } from '../host/settings.ts';
import { say } from './outcome.ts';
import { readSettings } from './read-settings.ts';

/**
 * Settings for a command that ends by itself: it takes no part in the schedule, and the progress it shows says what the
 * log would say, unless somebody asked for the log.
 */
function commandSettings(): Settings {
  const { redisUrl: _, ...settings } = readSettings();
  return process.env['LOG_LEVEL'] ? settings : { ...settings, logLevel: 'warn' };
}

/** Who answers for a command: somebody who has the shell of this machine. */
export const SHELL = { by: 'app/command', address: '' } as const;

/** Opens the host, and prints the administrator's password when this start created one. */
export async function openHost(settings: Settings): Promise<Host> {
  const host = await createHost(settings);
  const first = host.firstAdministrator;
  if (first?.isGenerated)
    say(`Created the administrator ${first.id} with the password ${first.password} (shown once).`);
  return host;
}

/** Runs one command on an open host that does not listen, and closes it on every path. */
export async function withHost<T>(work: (host: Host, stopped: AbortSignal) => Promise<T>): Promise<T> {
  const host = await openHost(commandSettings());
  const stop = new AbortController();
  const onSignal = (): void => {
    stop.abort();
    void host.close();
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    return await work(host, stop.signal);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await host.close();
  }
}

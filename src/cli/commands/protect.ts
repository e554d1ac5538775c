import type { ProtectionObject } from '../../service/decisions/protections.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import { orWrong } from '../failure.ts';
import { SHELL, withHost } from '../open-host.ts';

export interface ProtectOptions {
  readonly reason?: string;
  readonly until?: string;
  readonly remove?: boolean;
  readonly json?: boolean;
}

/** Tells runs to leave an account alone; or takes that back. */
export async function protect(
  user: string,
  { reason, until, remove = false, json = false }: ProtectOptions,
): Promise<ExitCode> {
  const [owner, name, ...more] = user.split('/');
  if (!owner || !name || more.length > 0) throw new CommandError(`"${user}" is not of the form ORG/USER.`, EXIT.usage);
  if (remove && (reason !== undefined || until !== undefined)) {
    throw new CommandError('With --remove there is nothing to say: leave --reason and --until out.', EXIT.usage);
  }
  if (!remove && reason === undefined) throw new CommandError('Say why: --reason TEXT.', EXIT.usage);
  const input = { owner, kind: 'user', value: user, reason: reason ?? '', ...(until !== undefined && { until }) };
  return withHost(async ({ protections, decisions }) => {
    const done = await orWrong(async () =>
      remove ? decisions.unprotect(await protections.find(user), SHELL) : [await decisions.protect(input, SHELL)],
    );
    const [first] = done;
    if (json) process.stdout.write(`${JSON.stringify(remove ? { removed: done } : { protection: first })}\n`);
    else process.stdout.write(`${remove ? `${user} is treated like everybody again.` : told(first)}\n`);
    return EXIT.done;
  });
}

const told = (protection: ProtectionObject | undefined): string => {
  const { value = '', until = null } = protection ?? {};
  return `✔ No run locks out ${value}, or takes from it${until === null ? '' : `, until ${until}`}.`;
};

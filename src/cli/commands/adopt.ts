import type { Host } from '../../host/host.ts';
import { Refusal } from '../../service/refusal.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import { SHELL, withHost } from '../open-host.ts';

export interface AdoptOptions {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly undo?: boolean;
  readonly forbiddenBy: 'person' | 'syncer';
}

type Adopted = Awaited<ReturnType<NonNullable<Host['adoption']>['adopt']>>[number];

/** Of accounts that only a person can decide about. */
const MOST_SHOWN = 20;

const out = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Makes our syncers of those that the IAM beside us has; or takes that back. */
export async function adopt(id: string | undefined, options: AdoptOptions): Promise<ExitCode> {
  if (id !== undefined && !/^[^/]+\/[^/]+$/.test(id)) {
    throw new CommandError(`"${id}" is not of the form ORG/NAME.`, EXIT.usage);
  }
  if (options.undo && id === undefined) throw new CommandError('Name what to undo: adopt --undo ORG/NAME.', EXIT.usage);
  return withHost((host) => (options.undo ? undo(host, id ?? '', options) : adoptAll(host, id, options)));
}

async function adoptAll(
  { adoption }: Host,
  id: string | undefined,
  { json = false, dryRun = false, forbiddenBy }: AdoptOptions,
): Promise<ExitCode> {
  const adopted = (await adoption?.adopt({ ...(id !== undefined && { id }), dryRun, forbiddenBy }, SHELL)) ?? [];
  if (adopted.length === 0) throw new CommandError(nothing(id), EXIT.usage);
  if (json) out(JSON.stringify({ dryRun, adopted: adopted.map(adoptedJson) }));
  else for (const line of adopted.flatMap((one) => adoptedLines(one, dryRun, forbiddenBy))) out(line);
  const refused = adopted.filter(({ state }) => state === 'refused').length;
  if (refused === 0) return EXIT.done;
  return refused === adopted.length ? EXIT.failed : EXIT.partial;
}

const nothing = (id: string | undefined): string => {
  const what = id === undefined ? 'no syncer of type WeCom' : `no syncer of type WeCom that is ${id}`;
  return `There is nothing to adopt: the table "syncer" of this database has ${what}. DATABASE_URL must be the IAM's database.`;
};

async function undo({ adoption }: Host, id: string, { json = false, dryRun = false }: AdoptOptions): Promise<ExitCode> {
  let held: number | undefined;
  try {
    held = await adoption?.undo(id, dryRun, SHELL);
  } catch (error) {
    if (error instanceof Refusal) throw new CommandError(error.text.en, EXIT.usage);
    throw error;
  }
  if (held === undefined) throw new CommandError(`There is no syncer ${id} to undo.`, EXIT.usage);
  if (json) out(JSON.stringify({ dryRun, forgotten: { syncer: id, accounts: held } }));
  else out(`${id} ${dryRun ? 'would be' : 'is'} forgotten, and with it ${held} links; no account was touched.`);
  return EXIT.done;
}

const adoptedJson = ({ leftAlone, notes, problem, ...adopted }: Adopted) => ({
  ...adopted,
  leftAlone: leftAlone.map(({ user, reason }) => ({ user, reason: reason.en })),
  notes: notes.map(({ en }) => en),
  problem: problem?.en ?? null,
  switchOff: adopted.isEnabledThere ? adopted.from : null,
});

function adoptedLines(adopted: Adopted, dryRun: boolean, forbiddenBy: string): string[] {
  const { syncer, from, state, linked, forbidden, leftAlone, isEnabledThere, notes, problem } = adopted;
  if (problem) return [`✘ ${syncer}: ${from} is not adopted. ${problem.en}`];
  const made = state === 'present' ? 'is there already' : dryRun ? `would be made of ${from}` : `is made of ${from}`;
  const lines = [`✔ ${syncer} ${made}; ${dryRun ? 'would link' : 'linked'} ${linked} accounts.`];
  if (forbidden > 0) lines.push(`    ${forbidden} of them are forbidden, and count as forbidden by a ${forbiddenBy}.`);
  for (const { user, reason } of leftAlone.slice(0, MOST_SHOWN))
    lines.push(`    ! ${user} is left alone: ${reason.en}`);
  if (leftAlone.length > MOST_SHOWN) lines.push(`    ! and ${leftAlone.length - MOST_SHOWN} more; --json lists them.`);
  for (const { en } of notes) lines.push(`    ${en}`);
  if (isEnabledThere) {
    lines.push(`    → Switch off ${from} in the IAM (Syncers → ${from} → Is enabled): the two undo each other's work.`);
  }
  if (state === 'adopted') {
    lines.push(
      `    → ${syncer} is not enabled yet: see what it would do with "wecom-syncer preview ${syncer}", then enable it.`,
    );
  }
  return lines;
}

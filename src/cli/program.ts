import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { ApplyOptions, ExportOptions } from './commands/configuration.ts';
import type { AdoptOptions } from './commands/adopt.ts';
import type { DecideOptions } from './commands/decide.ts';
import type { HistoryOptions } from './commands/history.ts';
import type { ProtectOptions } from './commands/protect.ts';
import type { ReportOptions } from './commands/report.ts';
import type { SandboxCommandOptions } from './commands/sandbox.ts';
import type { SyncOptions } from './commands/sync.ts';
import type { TestOptions } from './commands/test.ts';
import type { UndoOptions } from './commands/undo.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { VERSION } from '../package-json.ts';
import { conclude } from './outcome.ts';

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 partial, 3 held, 4 wrong usage or settings.
Settings come from the environment and from .env in this folder; a secret is never given as an argument.`;

type Runs = (command: () => Promise<ExitCode>) => Promise<void>;

/** The `wecom-syncer` command. Wrong usage ends with exit code 4. Commands are loaded when they run: `--help` answers at once. */
export function buildProgram(run: Runs = conclude): Command {
  const program = new Command('wecom-syncer')
    .description('Keeps an IAM organization in step with a WeCom (企业微信) directory.')
    .version(VERSION, '-v, --version')
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('(wecom-syncer --help tells more)')
    .configureHelp({ showGlobalOptions: true });

  program
    .command('serve')
    .description('serve the API and the Syncers tab, and run the schedule')
    .action(() => run(async () => (await import('./commands/serve.ts')).serve()));
  program
    .command('migrate')
    .description('apply pending migrations to DATABASE_URL')
    .action(() => run(async () => (await import('./commands/serve.ts')).migrate()));
  program
    .command('test')
    .argument('<org/name>', 'the syncer')
    .description('try the connection of a syncer: which check fails, why, and what to change')
    .option('--json', 'one JSON object on stdout')
    .action((id: string, options: TestOptions) =>
      run(async () => (await import('./commands/test.ts')).test(id, options)),
    );
  for (const [command, syncer, description] of [
    ['preview', 'the syncer', 'list what a sync would do, field by field, and change nothing'],
    ['sync', 'the syncer; it need not be enabled', 'sync now'],
  ] as const) {
    program
      .command(command)
      .argument('<org/name>', syncer)
      .description(description)
      .option('--json', 'one JSON object on stdout')
      .option('--member <userid>', 'only this member')
      .action((id: string, options: SyncOptions) =>
        run(async () => (await import('./commands/sync.ts'))[command](id, options)),
      );
  }
  addAdopt(program, run);
  addDecide(program, run);
  addProtect(program, run);
  addUndo(program, run);
  addHistory(program, run);
  addReport(program, run);
  addConfiguration(program, run);
  program
    .command('sandbox')
    .description('run a fictitious WeCom on this machine, with a company in it')
    .option('--port <number>', 'port to listen on, 0 = a free one', wholeNumber(65_535), 9999)
    .option('--members <number>', 'how many members', wholeNumber(2_000_000), 2000)
    .option('--departments <number>', 'how many departments', wholeNumber(30_000), 40)
    .option('--seed <number>', 'the same seed makes the same company', wholeNumber(2 ** 31), 1)
    .action((options: SandboxCommandOptions) =>
      run(async () => (await import('./commands/sandbox.ts')).sandbox(options)),
    );

  for (const command of program.commands) command.addHelpText('after', EXIT_CODES);
  return withOurExitCodes(program);
}

function addAdopt(program: Command, run: Runs): void {
  program
    .command('adopt')
    .argument('[org/name]', 'the syncer of the IAM; without it all of type WeCom')
    .description('make our syncers of those that the IAM beside us has, and keep their accounts')
    .option('--dry-run', 'say what would be done, and change nothing')
    .addOption(
      new Option('--forbidden-by <who>', 'who is taken to have forbidden the accounts that are')
        .choices(['person', 'syncer'])
        .default('person'),
    )
    .option('--undo', 'forget an adopted syncer and its links; no account is touched')
    .option('--json', 'one JSON object on stdout')
    .action((id: string | undefined, options: AdoptOptions) =>
      run(async () => (await import('./commands/adopt.ts')).adopt(id, options)),
    );
}

function addHistory(program: Command, run: Runs): void {
  program
    .command('history')
    .argument('<org/user>', 'the account, which may be gone')
    .description('tell everything that happened to an account: runs, decisions, edits, with before and after')
    .option('--json', 'one JSON object on stdout')
    .action((user: string, options: HistoryOptions) =>
      run(async () => (await import('./commands/history.ts')).history(user, options)),
    );
}

function addReport(program: Command, run: Runs): void {
  program
    .command('report')
    .argument('<org>', 'the organization')
    .description('count who came, moved, left, came back, was held, approved or in conflict, in a period')
    .requiredOption('--from <date>', 'the first day (UTC), or an RFC 3339 time', aTime)
    .requiredOption('--to <date>', 'the last day (UTC), or an RFC 3339 time', aTime)
    .option('--csv', 'each of these people, as a table')
    .option('--json', 'one JSON object on stdout')
    .action((organization: string, options: ReportOptions) =>
      run(async () => (await import('./commands/report.ts')).report(organization, options)),
    );
}

function addConfiguration(program: Command, run: Runs): void {
  program
    .command('export')
    .argument('[org]', 'the organization; without it all')
    .description('write syncers and protections as YAML, with references in place of secrets')
    .option('--out <file>', 'write it there, not to stdout')
    .action((organization: string | undefined, options: ExportOptions) =>
      run(async () => (await import('./commands/configuration.ts')).exportConfiguration(organization, options)),
    );
  program
    .command('apply')
    .argument('<file>', 'YAML as export writes it; secrets may be ${env:NAME} or ${file:PATH}')
    .description('make syncers and protections what a file says, all or nothing')
    .option('--dry-run', 'tell the difference, and change nothing')
    .option('--prune', 'delete what the file does not name, in the organizations that it names')
    .option('--json', 'one JSON object on stdout')
    .action((file: string, options: ApplyOptions) =>
      run(async () => (await import('./commands/configuration.ts')).applyConfiguration(file, options)),
    );
}

function addUndo(program: Command, run: Runs): void {
  program
    .command('undo')
    .argument('<run>', 'the id of a run that has ended')
    .description('take back what a run did to accounts, where it still stands as that run left it')
    .option('--dry-run', 'say what would return, and change nothing')
    .option('--member <userid>', 'only this member; may be given several times', collected)
    .option('--json', 'one JSON object on stdout')
    .action((id: string, options: UndoOptions) =>
      run(async () => (await import('./commands/undo.ts')).undo(id, options)),
    );
}

/** What an option is given each time; undefined before the first. */
const collected = (value: string, others: readonly string[] | undefined): readonly string[] => [
  ...(others ?? []),
  value,
];

function addProtect(program: Command, run: Runs): void {
  program
    .command('protect')
    .argument('<org/user>', 'the account')
    .description('tell runs to leave an account alone: neither access nor memberships are taken')
    .option('--reason <text>', 'why; it stands in the list of changes')
    .option('--until <date>', 'the last day, or an RFC 3339 time; without it until it is removed', aTime)
    .option('--remove', 'treat the account like everybody again')
    .option('--json', 'one JSON object on stdout')
    .action((user: string, options: ProtectOptions) =>
      run(async () => (await import('./commands/protect.ts')).protect(user, options)),
    );
}

function addDecide(program: Command, run: Runs): void {
  program
    .command('decide')
    .argument('<org/name | question>', 'the syncer whose open questions are listed, or the question that is decided')
    .argument('[decision]', 'link, create or ignore')
    .argument('[value]', 'link: the account, USER or ORG/USER; create: what it is called, without it as proposed')
    .description('decide whose account it is, where only a person can; without a decision, list what waits')
    .option('--comment <text>', 'why; it stands beside the decision')
    .option('--keep-sign-in', 'password, bindings and sessions of before stay')
    .option('--json', 'one JSON object on stdout')
    .action((subject: string, decision: string | undefined, value: string | undefined, options: DecideOptions) =>
      run(async () => (await import('./commands/decide.ts')).decide(subject, decision, value, options)),
    );
}

function withOurExitCodes(program: Command): Command {
  for (const command of [program, ...program.commands]) {
    command.exitOverride((error) => {
      process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
      throw error;
    });
  }
  return program;
}

/** Runs the command that the arguments name. */
export async function runProgram(): Promise<void> {
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    // Commander has said what was wrong with the usage, and the exit code is set.
    if (!(error instanceof CommanderError)) throw error;
  }
}

/** An empty one is a variable of a script that is not set, and would mean without an end, or some other time. */
function aTime(value: string): string {
  if (value.trim() !== '') return value;
  throw new InvalidArgumentError('It has to be a date such as 2027-01-31, or an RFC 3339 time.');
}

function wholeNumber(most: number): (value: string) => number {
  return (value) => {
    if (/^\d+$/.test(value) && Number(value) <= most) return Number(value);
    throw new InvalidArgumentError(`It has to be a whole number from 0 to ${most}.`);
  };
}

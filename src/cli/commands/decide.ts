import type { Host } from '../../host/host.ts';
import { DECISIONS } from '../../service/decisions/question-refusals.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import { orWrong } from '../failure.ts';
import { SHELL, withHost } from '../open-host.ts';
import { findSyncer } from '../syncer-id.ts';

export interface DecideOptions {
  readonly comment?: string;
  readonly keepSignIn?: boolean;
  readonly json?: boolean;
}

type Question = Awaited<ReturnType<Host['questions']['decide']>>;

const QUESTIONS_PER_READ = 500;

const out = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/**
 * Lists what a person has to decide about a syncer, or decides it.
 *
 * @param subject `ORG/NAME` of the syncer, or the id of a question
 * @param value the account that is linked, or the name of the one that is created
 */
export async function decide(
  subject: string,
  decision: string | undefined,
  value: string | undefined,
  options: DecideOptions,
): Promise<ExitCode> {
  const isList = subject.includes('/');
  if (isList && decision !== undefined) throw wrong('Name a question, not a syncer, to decide it.');
  if (isList) return withHost((host) => list(host, subject, options));
  if (decision === undefined || !DECISIONS.some((known) => known === decision)) {
    throw wrong(`Say what to do: ${DECISIONS.join(', ')}.`);
  }
  if (decision === 'link' && value === undefined) throw wrong('Name the account: link USER.');
  if (decision === 'ignore' && value !== undefined) throw wrong('There is nothing to name: ignore takes no value.');
  const { comment = '', keepSignIn = false } = options;
  const input = { decision, comment, keepSignIn, [decision === 'link' ? 'user' : 'name']: value ?? '' };
  return withHost(async ({ questions, decisions }) => {
    const asked = subject.length > 36 ? undefined : await questions.find(subject);
    if (!asked) throw wrong('There is no such question: list them with decide ORG/NAME.');
    const question = await orWrong(() => decisions.decide(asked, input, SHELL));
    if (options.json) out(JSON.stringify({ question: inEnglish(question) }));
    else
      out(
        `✔ ${question.userid}: ${question.state}${question.user === '' ? '' : ` ${question.user}`}${afterwards(question)}`,
      );
    return EXIT.done;
  });
}

async function list(host: Host, id: string, { json = false }: DecideOptions): Promise<ExitCode> {
  const record = await findSyncer(host, id);
  const questions: Question[] = [];
  for (let page = 1; ; page += 1) {
    const { rows } = await host.questions.list(record, 'open', page, QUESTIONS_PER_READ);
    questions.push(...rows);
    if (rows.length < QUESTIONS_PER_READ) break;
  }
  if (json) out(JSON.stringify({ syncer: id, questions: questions.map(inEnglish) }));
  else if (questions.length === 0) out(`Nothing of ${id} waits for a decision.`);
  else for (const question of questions) for (const line of linesOf(question)) out(line);
  return EXIT.done;
}

function linesOf({ id, kind, userid, member, candidates, proposedName }: Question): readonly string[] {
  const person = ({ email, phone }: { readonly email: string; readonly phone: string }): string =>
    [email, phone].filter((value) => value !== '').join(', ');
  return [
    `${id}  ${kind}  ${userid}  ${[member.name, person(member)].filter((part) => part !== '').join(', ')}`,
    ...candidates.map((candidate) => {
      const { user, displayName, reason } = candidate;
      const who = [displayName, person(candidate)].filter((part) => part !== '').join(', ');
      return `    ? ${user}${who === '' ? '' : ` (${who})`}: ${reason.en}`;
    }),
    `    → link USER | create ${proposedName} | ignore`,
  ];
}

const afterwards = ({ isPending }: Question): string => (isPending ? ', once the run that goes on has ended' : '');

const inEnglish = ({ candidates, ...question }: Question) => ({
  ...question,
  candidates: candidates.map((candidate) => ({ ...candidate, reason: candidate.reason.en })),
});

const wrong = (problem: string): CommandError => new CommandError(problem, EXIT.usage);

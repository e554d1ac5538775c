/** Writes the sections about WeCom's codes into the operator's guide, from the table that the product itself goes by. */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { ERROR_CODES, lookUpUrl, type ErrorCode } from '../src/wecom/api/error-codes.ts';

const GUIDE = 'docs/troubleshooting.md';
/** What stands above is written by hand. */
const MARK = '<!-- From here on `npm run docs` writes what stands in src/wecom/api/error-codes.ts. -->';

interface Chapter {
  readonly title: string;
  readonly kinds: readonly ErrorCode['kind'][];
  readonly preface: string;
}

const CHAPTERS: readonly Chapter[] = [
  {
    title: 'Credentials and settings',
    kinds: ['credentials', 'config', 'consent'],
    preface: 'These end a run at once and slow its schedule down until somebody mends them.',
  },
  {
    title: 'Rights and addresses',
    kinds: ['permission', 'network'],
    preface: 'The credentials are good; what they may do, or where the server calls from, is not.',
  },
  {
    title: 'Limits and busy servers',
    kinds: ['rate', 'unavailable'],
    preface: 'Waited for and tried again. Nobody loses access meanwhile.',
  },
  {
    title: 'Members, departments and tags that are not there',
    kinds: ['missing'],
    preface: `Somebody changed the directory while it was read, or the app may not see this part. The part is skipped, the run is \`partial\`, and nobody is locked out for being absent.`,
  },
  {
    title: 'Answers that should not occur',
    kinds: ['protocol'],
    preface: 'Shown with their code so that they can be reported.',
  },
];

const linked = (sentence: string): string => sentence.replaceAll(/https:\/\/[\w./?=-]+/g, '<$&>');

function section(code: number, { meaning, remedy }: ErrorCode): string {
  const number = String(code);
  const english = meaning.en.charAt(0).toUpperCase() + meaning.en.slice(1);
  return [
    `<a id="${number}"></a>`,
    `### ${number}`,
    `${english} (${meaning.zh}).`,
    linked(remedy.en),
    `> ${linked(remedy.zh)}`,
    `[WeCom about ${number}](${lookUpUrl(code)})`,
  ].join('\n\n');
}

function chapter({ title, kinds, preface }: Chapter): string {
  const codes = [...ERROR_CODES].filter(([, { kind }]) => kinds.includes(kind)).sort(([a], [b]) => a - b);
  return [`## ${title}`, preface, ...codes.map(([code, entry]) => section(code, entry))].join('\n\n');
}

/**
 * @param guide as it is
 * @returns it with every code as the table has it now
 * @throws Error when the guide has lost the line from which on it is written
 */
export function updatedGuide(guide: string): string {
  const [byHand = '', ...written] = guide.split(MARK);
  if (written.length !== 1) throw new Error(`${GUIDE} needs this line once: ${MARK}`);
  return `${[byHand.trimEnd(), MARK, ...CHAPTERS.map(chapter)].join('\n\n')}\n`;
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href)
  writeFileSync(GUIDE, updatedGuide(readFileSync(GUIDE, 'utf8')));

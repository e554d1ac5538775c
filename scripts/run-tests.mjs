// Runs all tests as mocha would, in several processes of which two work at a time: servers and browsers take as much
// time as the tests themselves. Mocha's own workers are killed before they have written what they covered. Its options
// have it import() the tests: what it require()s is loaded a second time by each import() within, and covered by half.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const AT_ONCE = 2;
/** Enough to keep both busy until the end, few enough to start quickly. */
const GROUPS = 12;

const { spec: _, ...options } = JSON.parse(readFileSync('.mocharc.json', 'utf8'));

/** Random stories, commands and programs of their own take longer than their length tells. */
const SLOW = /stories|convergence|processes|test\/cli/;
const weightOf = (name) => statSync(name).size * (SLOW.test(name) ? 5 : 1);

/** Files of one folder share what they load; the heaviest folders are taken first. */
function groupsOf(files) {
  const weighed = [...new Set(files.map((file) => dirname(file)))].map((folder) => {
    const names = files.filter((file) => dirname(file) === folder);
    return { names, weight: names.reduce((sum, name) => sum + weightOf(name), 0) };
  });
  const groups = Array.from({ length: GROUPS }, () => ({ names: [], weight: 0 }));
  for (const { names, weight } of weighed.toSorted((one, other) => other.weight - one.weight)) {
    const lightest = groups.reduce((least, group) => (group.weight < least.weight ? group : least));
    lightest.names.push(...names);
    lightest.weight += weight;
  }
  return groups.toSorted((one, other) => other.weight - one.weight).map(({ names }) => names.sort());
}

const folder = mkdtempSync(join(tmpdir(), 'wecom-syncer-tests-'));
const mocha = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'));

/** What a group prints comes in one piece when it has ended. */
function run(files, at) {
  const config = join(folder, `${at}.json`);
  writeFileSync(config, JSON.stringify({ ...options, spec: files }));
  const child = spawn(process.execPath, [mocha, '--config', config, '--color'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = [];
  child.stdout.on('data', (chunk) => printed.push(chunk));
  child.stderr.on('data', (chunk) => printed.push(chunk));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const text = Buffer.concat(printed).toString();
      process.stdout.write(text);
      resolve({ code, text });
    });
  });
}

const count = (text, word) =>
  Number(new RegExp(`(\\d+) ${word}`).exec(text.slice(text.lastIndexOf('passing') - 40))?.[1] ?? 0);

const files = readdirSync('test', { recursive: true }).filter((name) => name.endsWith('.test.ts'));
const groups = [...groupsOf(files.map((name) => join('test', name))).entries()];
const results = [];
const work = async () => {
  for (let next = groups.shift(); next; next = groups.shift()) {
    const [at, files] = next;
    if (files.length > 0) results.push(await run(files, at));
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, work));
rmSync(folder, { recursive: true });

// What failed is told once more where whoever reads only the end finds it.
for (const { code, text } of results.filter(({ code }) => code !== 0)) {
  const at = text.search(/\d+ failing/);
  console.log(at < 0 ? `\n  ended with ${code}:\n${text.slice(-4000)}` : `\n${text.slice(at)}`);
}
const total = (word) => results.reduce((sum, { text }) => sum + count(text, word), 0);
console.log(`\n  in all: ${total('passing')} passing, ${total('pending')} pending, ${total('failing')} failing`);
process.exitCode = results.some(({ code }) => code !== 0) ? 1 : 0;

// Refuses a lock file that lets a registry, a proxy of one, or a git host decide what is installed: every entry needs
// its SHA-512, and comes from the registry of whoever installs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PUBLIC_REGISTRY = 'https://registry.npmjs.org/';
/** A range, a tag, or another name in the registry; anything else is fetched from elsewhere: git, http, a file, a link. */
const FROM_REGISTRY = /^(npm:(@[\w.-]+\/)?[\w.-]+(@|$))?[\w\s.*<>=~^|+-]*$/;
const KINDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies', 'overrides'];

/** The ranges of a manifest, `overrides` of overrides among them. */
function* rangesIn(declared) {
  for (const [name, range] of Object.entries(declared ?? {})) {
    if (typeof range === 'object') yield* rangesIn(range);
    else yield [name, range];
  }
}

function complaintsAbout(path, entry) {
  const where = path === '' ? 'package.json' : path;
  const complaints = KINDS.flatMap((kind) => [...rangesIn(entry[kind])])
    .filter(([, range]) => !FROM_REGISTRY.test(range))
    .map(([name, range]) => `${where} takes ${name} from "${range}", which is not the registry`);
  if (path === '') return complaints;
  if (entry.link) return [...complaints, `${path} is a link out of node_modules`];
  if (entry.resolved !== undefined && !entry.resolved.startsWith(PUBLIC_REGISTRY)) {
    complaints.push(`${path} comes from a host of its own; npm config set omit-lockfile-registry-resolved true`);
  }
  // What is bundled came inside of another package, under the integrity of that one.
  if (!entry.inBundle && !/^sha512-[A-Za-z0-9+/]{86}==$/.test(entry.integrity ?? '')) {
    complaints.push(`${path} has no integrity (sha512); take the entry out and run npm install --package-lock-only`);
  }
  return complaints;
}

const folder = process.argv[2] ?? '.';
const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const { lockfileVersion, packages } = read('package-lock.json');
const complaints = [
  ...(lockfileVersion === 3 ? [] : ['package-lock.json is not of lockfileVersion 3']),
  // npm ci takes the ranges of package.json, and compares them with the copy in the lock file.
  ...complaintsAbout('', read('package.json')),
  ...Object.entries(packages ?? {}).flatMap(([path, entry]) => complaintsAbout(path, entry)),
];
for (const complaint of new Set(complaints)) process.stderr.write(`${complaint}\n`);
process.exit(complaints.length > 0 ? 1 : 0);

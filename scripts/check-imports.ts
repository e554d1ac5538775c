/** Who may import whom: reads `imports.table` and every source, and names each import that the table does not allow. */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { argv, exit } from 'node:process';
import { pathToFileURL } from 'node:url';

/** `imports.table`, read: of each place and of each package, the places that its line names. */
export interface ImportTable {
  readonly places: ReadonlyMap<string, readonly string[]>;
  readonly packages: ReadonlyMap<string, readonly string[]>;
  /** Sentences about the table itself. */
  readonly problems: readonly string[];
}

interface Import {
  readonly specifier: string;
  /** From the root of the project; absent for a package. */
  readonly file?: string;
}

const TABLE = 'imports.table';
const ROOTS = ['src', 'migrations', 'test', 'bench', 'examples', 'scripts'];
/** The doors of the package: what its own name means here. (tsconfig.json, paths, says the same.) */
const DOORS = new Map([
  ['wecom-syncer', 'src/index.ts'],
  ['wecom-syncer/typeorm', 'src/storage/index.ts'],
  ...['bullmq', 'host', 'service', 'testing', 'wecom'].map(
    (room) => [`wecom-syncer/${room}`, `src/${room}/index.ts`] as const,
  ),
]);

/** The file behind a door of the package. */
export const fileBehind = (door: string): string | undefined => DOORS.get(door);

const within = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

export function readTable(text: string): ImportTable {
  const places = new Map<string, readonly string[]>();
  const packages = new Map<string, readonly string[]>();
  const problems: string[] = [];
  let section = places;
  for (const line of text.split('\n')) {
    const [name = '', ...allowed] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (name === '') continue;
    if (name === 'packages') {
      section = packages;
      continue;
    }
    const named = allowed.filter((one) => one !== '-');
    if (allowed.length === 0) problems.push(`${TABLE}: ${name} names nothing; write - for that`);
    if (section.has(name)) problems.push(`${TABLE}: ${name} stands there twice`);
    if (section === places) {
      // A line that could name what stands below it could be the first half of a circle.
      const above = [...places.keys()];
      for (const other of named.filter((one) => one !== '*' && !above.some((place) => within(one, place))))
        problems.push(`${TABLE}: ${name} names ${other}, which does not stand above it`);
    }
    section.set(name, named);
  }
  return { places, packages, problems };
}

const IMPORT = /\b(?:from|import)\s*\(?\s*(['"])([^'"\n]+)\1/g;
const COMPUTED = /\bimport\s*\(\s*(?!['"])/;
const REQUIRE = /\bcreateRequire\b|(?<![.\w])require\s*\(\s*['"]/;
/** One that names a rule about imports, or no rule and so all of them. */
const EXEMPTION =
  /(?:\/\/|\/\*)\s*(?:ox|es)lint-disable(?:-next-line|-line)?(?:[^\n]*(?:import|restricted)|\s*(?:--|\*|$))/m;

const importsOf = (path: string, text: string): Import[] =>
  [...text.matchAll(IMPORT)].map(([, , specifier = '']) => {
    const file = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : fileBehind(specifier);
    return file === undefined ? { specifier } : { specifier, file };
  });

/** The line that speaks of a file: the one with the longest place that has the file in it. */
function placeOf(path: string, { places }: ImportTable): string | undefined {
  const around = [...places.keys()].filter((place) => within(path, place));
  return around.sort((a, b) => b.length - a.length)[0];
}

/** What is wrong with one file's imports. */
function refusals(path: string, text: string, table: ImportTable): string[] {
  const place = placeOf(path, table);
  if (place === undefined) return [`${path}: no line of ${TABLE} speaks of it`];
  const refused: string[] = [];
  if (EXEMPTION.test(text)) refused.push(`${path}: an exemption in a comment; the table is the only place for one`);
  const allowed = table.places.get(place) ?? [];
  if (allowed.includes('*')) return refused;
  if (COMPUTED.test(text)) refused.push(`${path}: imports what only a running program knows`);
  if (REQUIRE.test(text) && !table.packages.get('require')?.includes(path))
    refused.push(`${path}: require() goes past the table`);
  for (const { specifier, file } of importsOf(path, text)) {
    if (file === undefined) {
      const homes = homesOf(specifier, table);
      if (homes !== undefined && !homes.some((home) => within(path, home)))
        refused.push(`${path}: ${specifier} is imported by ${homes.join(', ') || 'nothing but tests and the bench'}`);
      continue;
    }
    const target = placeOf(file, table);
    if (target !== place && !allowed.some((one) => within(file, one)))
      refused.push(`${path}: ${place} does not import ${target ?? file} (${specifier})`);
  }
  return refused;
}

/** The places that may import a package; undefined: all of them. */
function homesOf(specifier: string, { packages }: ImportTable): readonly string[] | undefined {
  const [scope = '', inner = ''] = specifier.split('/');
  if (!scope.startsWith('@')) return packages.get(scope);
  return packages.get(`${scope}/${inner}`) ?? packages.get(`${scope}/*`);
}

/**
 * @param files text by path, from the root of the project
 * @returns one sentence for each import that is refused; empty when all is well
 */
export function checkImports(files: ReadonlyMap<string, string>, table: ImportTable): string[] {
  const refused = [...files].flatMap(([path, text]) => refusals(path, text, table));
  const graph = new Map(
    [...files].map(([path, text]) => [path, importsOf(path, text).flatMap(({ file }) => file ?? [])] as const),
  );
  return [...table.problems, ...refused, ...circles(graph, 'files'), ...circles(familiesOf(graph), 'families')];
}

/** The folders inside the rooms of src, and whom they import. What lies beside those folders is the room itself. */
function familiesOf(graph: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  const families = new Map<string, readonly string[]>();
  for (const [path, imports] of graph) {
    const family = familyOf(path);
    if (family === undefined) continue;
    const others = imports.flatMap((file) => familyOf(file) ?? []).filter((other) => other !== family);
    families.set(family, [...(families.get(family) ?? []), ...others]);
  }
  return families;
}

const familyOf = (path: string): string | undefined => /^src\/[^/]+\/[^/]+(?=\/)/.exec(path)?.[0];

/** Walks depth first: to meet what is still under way closes a circle. */
function circles(graph: ReadonlyMap<string, readonly string[]>, what: string): string[] {
  const found: string[] = [];
  const finished = new Set<string>();
  const visit = (node: string, path: readonly string[]): void => {
    if (finished.has(node) || !graph.has(node)) return;
    const start = path.indexOf(node);
    if (start >= 0) {
      found.push(`a circle of ${what}: ${[...path.slice(start), node].join(' -> ')}`);
      return;
    }
    for (const next of graph.get(node) ?? []) visit(next, [...path, node]);
    finished.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return found;
}

const sourcesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return path === 'bench/build' ? [] : sourcesIn(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });

/** Every source of the project, by path from its root, which is the working directory. */
export const readSources = (): ReadonlyMap<string, string> =>
  new Map(ROOTS.flatMap(sourcesIn).map((path) => [path, readFileSync(path, 'utf8')]));

export const readOwnTable = (): ImportTable => readTable(readFileSync(TABLE, 'utf8'));

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  const refused = checkImports(readSources(), readOwnTable());
  for (const sentence of refused) console.error(sentence);
  exit(refused.length === 0 ? 0 : 1);
}

// `npm start` builds when there is no build, or when a source is newer than it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const BUILT = 'dist/src/cli/main.js';

const newest = (path) => {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
};

// An installed package has no sources: what it ships is built.
const sources = ['src', 'migrations', 'package.json', 'tsconfig.build.json'].filter((path) => existsSync(path));
const isStale = !existsSync(BUILT) || sources.some((path) => newest(path) > statSync(BUILT).mtimeMs);
if (isStale && existsSync('src')) {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 2, 2] });
  process.exit(status ?? 1);
}

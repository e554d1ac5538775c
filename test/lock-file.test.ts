import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { emptyFolder } from './support/command.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));

type Entry = Record<string, unknown>;
interface LockFile {
  readonly packages: Record<string, Entry>;
}

/** One that npm installs, and that some other one depends on. */
const SOME = 'node_modules/fastify';

describe('the lock file', () => {
  let folder: Awaited<ReturnType<typeof emptyFolder>>;
  before(async () => {
    folder = await emptyFolder();
  });
  after(() => folder.remove());

  const contentOf = async (name: string): Promise<string> => readFile(join(ROOT, name), 'utf8');
  const check = (path: string): Promise<unknown> =>
    run(process.execPath, ['scripts/check-lock-file.mjs', path], { cwd: ROOT });

  /** What the check says of a lock file and a package.json that somebody changed. */
  async function complaintsAbout(
    changeLock: (packages: Record<string, Entry>) => void,
    changeManifest: (manifest: Entry) => void = () => undefined,
  ): Promise<string> {
    const lock = JSON.parse(await contentOf('package-lock.json')) as LockFile;
    const manifest = JSON.parse(await contentOf('package.json')) as Entry;
    changeLock(lock.packages);
    changeManifest(manifest);
    await writeFile(join(folder.path, 'package-lock.json'), JSON.stringify(lock));
    await writeFile(join(folder.path, 'package.json'), JSON.stringify(manifest));
    return check(folder.path).then(
      () => '',
      (error: { stderr: string }) => error.stderr,
    );
  }

  it('names the integrity of every package, and no host', async () => {
    await check('.');
    const { packages } = JSON.parse(await contentOf('package-lock.json')) as LockFile;
    expect(Object.keys(packages).length).to.be.greaterThan(100);
    expect(await complaintsAbout(() => undefined)).to.equal('');
  });

  it('is checked by npm test', async () => {
    const { scripts } = JSON.parse(await contentOf('package.json')) as { scripts: Record<string, string> };
    expect(scripts['test']).to.include('npm run lockfile');
    expect(scripts['lockfile']).to.equal('node scripts/check-lock-file.mjs');
  });

  const entryChanges: readonly (readonly [string, Entry])[] = [
    ['has no integrity', { integrity: undefined }],
    ['has a weak one', { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }],
    ['comes from a machine’s own registry', { resolved: 'http://registry.internal:4873/fastify/-/fastify-5.12.8.tgz' }],
    ['comes from a host that looks like the registry', { resolved: 'https://registry.npmjs.org.example/fastify.tgz' }],
    ['comes from git', { resolved: 'git+ssh://git@github.com/fastify/fastify.git#0123456789' }],
    ['is a link', { link: true, resolved: '../elsewhere' }],
  ];
  for (const [what, change] of entryChanges) {
    it(`is refused when an entry ${what}`, async () => {
      const said = await complaintsAbout((packages) => Object.assign(packages[SOME] ?? {}, change));
      expect(said).to.match(new RegExp(`^${SOME} `));
    });
  }

  for (const range of [
    'git+https://github.com/fastify/fastify.git',
    'github:fastify/fastify',
    'fastify/fastify',
    'https://example.com/fastify.tgz',
    'file:../fastify',
    '../fastify',
  ]) {
    it(`is refused when something depends on ${range}`, async () => {
      const dependencies = { fastify: range };
      const other = 'node_modules/typeorm';
      expect(await complaintsAbout((packages) => Object.assign(packages[other] ?? {}, { dependencies }))).to.include(
        `${other} takes fastify from "${range}"`,
      );
      expect(
        await complaintsAbout(
          () => undefined,
          (manifest) => Object.assign(manifest, { devDependencies: dependencies }),
        ),
      ).to.include(`package.json takes fastify from "${range}"`);
    });
  }
});

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { expect } from 'chai';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { fileBehind } from '../../scripts/check-imports.ts';
import { MANIFEST, packed, ROOT, type Packed } from './packed.ts';

const MINUTE_MS = 60_000;

describe('the package', () => {
  let tarball: string;
  let files: Packed['files'];

  before(async function () {
    this.timeout(MINUTE_MS);
    ({ tarball, files } = await packed());
  });

  it('ships the program, its types, the Syncers tab and the documents', () => {
    const paths = files.map(({ path }) => path);
    expect(paths).to.include.members([
      'dist/src/cli/main.js',
      'dist/src/index.js',
      'dist/src/index.d.ts',
      'dist/web/index.html',
      'docs/operations.md',
      'README.md',
      'README.zh-CN.md',
      'LICENSE',
    ]);
  });

  it('ships no sources, tests, settings or data', () => {
    const strangers = files
      .map(({ path }) => path)
      .filter(
        (path) => !/^(dist|docs)\/|^[A-Z]+(\.zh-CN)?(\.md)?$|^package\.json$/.test(path) || /\.env|\.db/.test(path),
      );
    expect(strangers).to.deep.equal([]);
    expect(files.filter(({ path }) => /\.(png|jpe?g|webp)$/.test(path))).to.deep.equal([]);
  });

  it('has source maps that carry their sources', async () => {
    const shipped = files.map(({ path }) => path);
    const modules = shipped.filter((path) => /^dist\/(src|migrations)\/.*\.js$/.test(path));
    expect(shipped).to.include.members(modules.map((path) => `${path}.map`));
    for (const path of modules) {
      const { sourcesContent } = JSON.parse(await readFile(join(ROOT, `${path}.map`), 'utf8')) as {
        readonly sourcesContent?: readonly (string | null)[];
      };
      expect(sourcesContent?.[0], path).to.be.a('string');
    }
  });

  it('leaves publint nothing to say', async () => {
    const { messages, pkg } = await publint({ pkgDir: ROOT, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).to.deep.equal([]);
  });

  it('leaves arethetypeswrong nothing to say, but that require() loads ES modules', async function () {
    this.timeout(2 * MINUTE_MS);
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(tarball))));
    const problems = 'problems' in analysis ? analysis.problems : [];
    expect('problems' in analysis).to.equal(true);
    // Every Node that the package runs on can (`engines`), and TypeScript knows it under `nodenext`.
    expect(problems.filter(({ kind }) => kind !== 'CJSResolvesToESM')).to.deep.equal([]);
  });

  it('opens the doors that its compiler and its table of imports know', () => {
    const { paths } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')).compilerOptions as {
      readonly paths: Readonly<Record<string, readonly [string]>>;
    };
    for (const [door, target] of Object.entries(MANIFEST.exports)) {
      if (typeof target === 'string') continue;
      const name = door.replace(/^\./, 'wecom-syncer');
      const [source] = paths[name] ?? [paths['wecom-syncer/*']?.[0]?.replace('*', door.slice(2)) ?? ''];
      expect(target.default, name).to.equal(source?.replace(/^\.\/(.*)\.ts$/, './dist/$1.js'));
      expect(fileBehind(name), name).to.equal(source?.replace('./', ''));
    }
  });
});

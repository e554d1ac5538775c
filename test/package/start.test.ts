import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const DIST = fileURLToPath(new URL('../../dist/src/', import.meta.url));

/** The packages that a process has loaded by its end, of those that `require` can see; run from `dist`. */
async function loadedBy(code: string, ...args: readonly string[]): Promise<ReadonlySet<string>> {
  const told = `
    const { createRequire } = await import('node:module');
    process.once('exit', () => process.stderr.write(JSON.stringify(Object.keys(createRequire('${DIST}').cache))));
    ${code}`;
  const program = ['--input-type=module', '-e', told, '--', ...args];
  const { stderr } = await promisify(execFile)(process.execPath, program, { env: { PATH: process.env['PATH'] ?? '' } });
  const files = JSON.parse(stderr) as readonly string[];
  return new Set(files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []));
}

describe('what is loaded', () => {
  it('by the front door is the connector’s and the engine’s, and no validator before something is checked', async () => {
    const door = await loadedBy(`await import('${DIST}index.js');`);
    expect([...door]).to.have.members(['class-transformer', 'reflect-metadata']);
    const opened = await loadedBy(`
      const { wecomSyncer } = await import('${DIST}index.js');
      wecomSyncer.check({ user: 'ww1234567890abcdef', password: 'secret' }, {});`);
    expect([...opened]).to.include('class-validator');
  });

  for (const args of [['--help'], ['test', '--help'], ['--version']]) {
    it(`by wecom-syncer ${args.join(' ')} is what reads the arguments`, async () => {
      const loaded = await loadedBy(
        `process.argv.splice(1, 0, 'wecom-syncer'); await import('${DIST}cli/main.js');`,
        ...args,
      );
      expect([...loaded]).to.deep.equal(['commander']);
    });
  }
});

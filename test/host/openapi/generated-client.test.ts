import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { TestHost } from '../test-host.ts';

const run = promisify(execFile);
const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

describe('types that openapi-typescript makes of the OpenAPI document', () => {
  let test: TestHost;
  let folder: string;

  before(async () => {
    test = await TestHost.start({ members: 1, departments: 1 });
    folder = await mkdtemp(join(tmpdir(), 'wecom-syncer-client-'));
  });
  after(async () => {
    await test.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('let a client be written without a cast, and find its mistakes', async () => {
    const document = join(folder, 'openapi.json');
    await writeFile(document, (await test.anonymous().get('/api/openapi.json')).text);
    const generate = pathOf('../../support/processes/generate-client.mjs');
    await run(process.execPath, [generate, document, join(folder, 'api.d.ts')]);
    await copyFile(pathOf('../../fixtures/openapi/client.ts.txt'), join(folder, 'client.ts'));
    const options = {
      strict: true,
      noEmit: true,
      target: 'es2022',
      module: 'nodenext',
      allowImportingTsExtensions: true,
      types: [],
      lib: ['es2022', 'dom'],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['client.ts'] }));
    const compiler = pathOf('../../../node_modules/typescript/bin/tsc');
    const compiled = await run(process.execPath, [compiler, '-p', folder]).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
    expect(compiled).to.equal('');
  });
});

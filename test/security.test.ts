import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse } from 'dotenv';
import { buildProgram } from '../src/cli/program.ts';
import { exposedFiles } from '../src/host/exposed-files.ts';
import { parseSettings, VARIABLES } from '../src/host/settings.ts';
import { resolveBaseUrl } from '../src/wecom/api/base-url.ts';
import { emptyFolder } from './support/command.ts';

const run = promisify(execFile);
const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const block = (document: string, language: string): string =>
  new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``).exec(document)?.[1] ?? '';

describe('the security documents', () => {
  const promised = read('docs/security.md');
  const reporting = read('SECURITY.md');

  it('show settings that are taken, and mean what the text says', () => {
    const { wecomAllowedHosts, wecomApiUrl } = parseSettings(parse(block(promised, 'env')));
    const resolve = (address: string): string =>
      resolveBaseUrl(address, { baseUrl: wecomApiUrl, allowedHosts: wecomAllowedHosts ?? [] });
    expect(wecomAllowedHosts).to.have.length(3);
    for (const entry of wecomAllowedHosts ?? []) {
      const url = entry.includes('://') ? entry : `https://${entry}`;
      expect(resolve(url)).to.equal(`${url}/cgi-bin`);
      if (url !== entry) expect(() => resolve(`http://${entry}`)).to.throw('WECOM_ALLOWED_HOSTS');
    }
  });

  it('show commands that make a key which is taken, and files that nobody else reads', async function () {
    if (process.platform === 'win32') this.skip();
    const folder = await emptyFolder();
    const file = join(folder.path, '.env');
    await writeFile(file, '');
    await chmod(file, 0o644);
    const settings = { databaseUrl: 'sqlite::memory:' };
    expect(await exposedFiles(settings, folder.path)).to.deep.equal([file]);
    const { stdout } = await run('bash', ['-euc', block(promised, 'sh')], { cwd: folder.path });
    expect(await exposedFiles(settings, folder.path)).to.deep.equal([]);
    const key = stdout.trim();
    expect(key).to.match(/^[0-9a-f]{64}$/);
    const taken = parseSettings({ SECRET_KEY: key, CLIENT_ID: 'id', CLIENT_SECRET: key });
    expect(taken).to.deep.include({ secretKey: key, credential: { clientId: 'id', clientSecret: key } });
    await folder.remove();
  });

  it('name settings, scripts, options and files that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const [path, document] of [
      ['docs/security.md', promised],
      ['SECURITY.md', reporting],
    ] as const) {
      for (const [, name] of document.matchAll(/`([A-Z]+_[A-Z_]+)`/g)) expect(VARIABLES, path).to.include(name);
      for (const [, name = ''] of document.matchAll(/`npm run (\w+)`/g)) expect(scripts).to.have.property(name);
      for (const [, link = ''] of document.matchAll(/\]\((?!http)([^)#]+)\)/g))
        expect(existsSync(new URL(link, new URL(`../${path}`, import.meta.url))), link).to.equal(true);
    }
    expect(reporting).to.include('`wecom-syncer --version`');
    expect(buildProgram().options.map(({ long }) => long)).to.include('--version');
  });

  it('keep the promises to two pages', () => {
    expect(promised.split(/\s+/).length).to.be.lessThan(1300);
  });
});

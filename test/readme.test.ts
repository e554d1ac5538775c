import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDataSource, syncCompany } from '../examples/embed.ts';
import { VARIABLES } from '../src/host/settings.ts';
import { buildProgram } from '../src/cli/program.ts';
import { Sandbox } from '../src/sandbox/sandbox.ts';
import { OrganizationRow } from '../src/storage/entities/index.ts';
import { Command, emptyFolder } from './support/command.ts';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const block = (readme: string, language: string): string =>
  new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``).exec(readme)?.[1] ?? '';

for (const file of ['README.md', 'README.zh-CN.md']) {
  describe(file, () => {
    const readme = read(file);

    it('shows the embedding example as it is compiled', () => {
      expect(block(readme, 'ts')).to.equal(read('examples/embed.ts').trim());
    });

    it('shows what the demo prints', async function () {
      this.timeout(60_000);
      const folder = await emptyFolder();
      const { stdout } = await new Command('cli/demo.js', ['--once'], {}, folder.path).ended;
      await folder.remove();
      // How long it took is the one thing that differs from run to run.
      const timeless = (output: string): string =>
        output
          .replace(/seconds +[\d.]+/, 'seconds')
          .replace(/\(.*, …\)/, '(…)')
          .trim();
      expect(timeless(block(readme, 'text'))).to.equal(timeless(stdout));
    });

    it('names commands and files that exist', () => {
      const commands = new Set(buildProgram().commands.map((command) => command.name()));
      for (const [, name] of readme.matchAll(/^wecom-syncer (\w+)/gm)) expect(commands).to.include(name);
      for (const [, path] of readme.matchAll(/\]\((?!http)([^)#]+)\)/g))
        expect(existsSync(new URL(`../${path}`, import.meta.url)), path).to.equal(true);
    });
  });
}

for (const file of ['docs/operations.md', 'docs/zh-CN.md']) {
  describe(file, () => {
    const document = read(file);

    it('lists every setting, and none that does not exist', () => {
      const table = document.slice(document.indexOf('| `DATABASE_URL`'));
      const rows = table.slice(0, table.indexOf('\n\n')).split('\n');
      const named = rows.flatMap((row) =>
        [...(row.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name),
      );
      expect(named).to.have.members([...VARIABLES]);
    });
  });
}

for (const file of readdirSync(new URL('../docs', import.meta.url)).filter((name) => name.endsWith('.md'))) {
  it(`docs/${file} names files that exist`, () => {
    for (const [, path] of read(`docs/${file}`).matchAll(/\]\((?!http)([^)#]+)\)/g))
      expect(existsSync(new URL(`../docs/${path}`, import.meta.url)), path).to.equal(true);
  });
}

describe('docs/*.md', () => {
  const documents = readdirSync(new URL('../docs', import.meta.url)).filter((name) => name.endsWith('.md'));
  const lines = documents.flatMap((name) => {
    const shells = [...read(`docs/${name}`).matchAll(/```sh\n([^]*?)\n```/g)].flatMap(([, text = '']) =>
      text.split('\n'),
    );
    return shells.flatMap((line) => (line.startsWith('wecom-syncer ') ? { name, line } : []));
  });

  it('show commands with arguments and options that they take', async () => {
    expect(lines.length).to.be.greaterThan(5);
    for (const { name, line } of lines) {
      const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      let runs = 0;
      const program = buildProgram(async () => void (runs += 1));
      for (const command of [program, ...program.commands]) command.configureOutput({ writeErr: () => undefined });
      await program.parseAsync(['node', ...words]);
      expect(runs, `docs/${name}: ${line}`).to.equal(1);
    }
  });
});

for (const file of ['CONTRIBUTING.md', 'test/support/README.md']) {
  describe(file, () => {
    // Between backquotes, from the root of the project: whatever begins with one of its folders.
    const named = [
      ...read(file).matchAll(/`((?:src|test|migrations|bench|examples|docs|scripts)\/[^`\s]*|[\w.-]+\.table)`/g),
    ];

    it('names files and folders that exist', () => {
      expect(named).to.have.length.at.least(10);
      for (const [, path] of named) expect(existsSync(new URL(`../${path}`, import.meta.url)), path).to.equal(true);
    });
  });
}

it('CONTRIBUTING.md speaks of every room', () => {
  const rooms = readdirSync(new URL('../src', import.meta.url), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  for (const { name } of rooms) expect(read('CONTRIBUTING.md')).to.include(`| \`src/${name}\``);
});

describe('the embedding example', () => {
  it('syncs a company into a host’s own DataSource', async () => {
    const sandbox = await Sandbox.start({ members: 25, departments: 3 });
    const folder = await emptyFolder();
    const dataSource = await openDataSource({ type: 'better-sqlite3', database: join(folder.path, 'host.db') });
    await dataSource.getRepository(OrganizationRow).insert({ owner: 'admin', name: 'acme' });
    const outcome = await syncCompany(dataSource, sandbox.corpId, sandbox.appSecret, sandbox.url);
    expect(outcome).to.deep.include({ state: 'succeeded', members: 25, created: 25 });
    await dataSource.destroy();
    await sandbox.close();
    await folder.remove();
  });
});

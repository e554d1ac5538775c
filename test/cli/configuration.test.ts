import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { CommanderError } from 'commander';
import { stub } from 'sinon';
import { buildProgram } from '../../src/cli/program.ts';
import { createHost } from '../../src/host/create-host.ts';
import type { Host } from '../../src/host/host.ts';
import { parseSettings } from '../../src/host/settings.ts';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Dialect } from '../../src/storage/dialect.ts';
import { AuditRow, SyncerRow } from '../../src/storage/entities/index.ts';
import { Command, emptyFolder, type Ended } from '../support/command.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../support/databases.ts';

interface Applied {
  readonly dryRun: boolean;
  readonly changes: readonly { readonly kind: string; readonly name: string; readonly action: string }[];
}

/** A database with an organization, two syncers and somebody, and a folder in which the command is run. */
class Shell {
  readonly sandbox: Sandbox;
  readonly folder: Awaited<ReturnType<typeof emptyFolder>>;
  readonly environment: Record<string, string>;
  readonly #database: TestDatabase;

  private constructor(sandbox: Sandbox, folder: Shell['folder'], database: TestDatabase) {
    this.sandbox = sandbox;
    this.folder = folder;
    this.#database = database;
    this.environment = {
      DATABASE_URL: database.url,
      SECRET_KEY: 'mwbN0tkqiVnVmcXoiGTP1cLVgLWv8uUqC2KJ9Q+Hy3E=',
      WECOM_API_URL: sandbox.url,
      ADMIN_PASSWORD: 'correct horse battery',
    };
  }

  /** Undefined where no such server answers. */
  static async on(kind: Dialect): Promise<Shell | undefined> {
    const database = await createTestDatabase(kind);
    if (!database) return undefined;
    const shell = new Shell(await Sandbox.start({ members: 3, departments: 1 }), await emptyFolder(), database);
    await shell.inside(async (host) => {
      await host.organizations.add({ name: 'acme' });
      for (const name of ['wecom', 'old']) {
        const { corpId: user, appSecret: password } = shell.sandbox;
        await host.syncers.add({ organization: 'acme', name, type: 'WeCom', user, password });
      }
    });
    return shell;
  }

  /** What a person does by hand, in a host of his own. */
  async inside<T>(work: (host: Host) => Promise<T>): Promise<T> {
    const host = await createHost(parseSettings({ ...this.environment, LOG_LEVEL: 'silent' }));
    try {
      return await work(host);
    } finally {
      await host.close();
    }
  }

  /** As a shell runs it, from `dist`. */
  spawn(args: string, environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return new Command('cli/main.js', args.split(' '), { ...this.environment, ...environment }, this.folder.path).ended;
  }

  /** The same command in this process, where it takes no seconds. */
  async run(args: string, environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const said = { stdout: '', stderr: '' };
    const listen = (stream: 'stdout' | 'stderr') =>
      stub(process[stream], 'write').callsFake((chunk) => {
        said[stream] += String(chunk);
        return true;
      });
    const stubs = [
      listen('stdout'),
      listen('stderr'),
      stub(process, 'env').value({ ...this.environment, ...environment }),
    ];
    const [exitCode, folder] = [process.exitCode, process.cwd()];
    process.chdir(this.folder.path);
    try {
      await buildProgram()
        .parseAsync(args.split(' '), { from: 'user' })
        .catch((error: unknown) => {
          if (!(error instanceof CommanderError)) throw error;
        });
      return { ...said, code: Number(process.exitCode) };
    } finally {
      process.exitCode = exitCode;
      process.chdir(folder);
      for (const one of stubs) one.restore();
    }
  }

  path(name: string): string {
    return join(this.folder.path, name);
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(this.path(name), text);
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    await this.folder.remove();
    await this.#database.drop();
  }
}

const appliedIn = ({ stdout }: Ended): readonly string[] =>
  (JSON.parse(stdout) as Applied).changes.map(({ action, name }) => `${action} ${name}`);

for (const kind of DATABASE_KINDS) {
  describe(`export and apply on ${kind}`, function () {
    this.timeout(120_000);
    let shell: Shell;

    before(async function () {
      const started = await Shell.on(kind);
      if (!started) return this.skip();
      shell = started;
    });
    after(() => shell?.close());

    it('write what is, show what was changed by hand, heal it, and prune', async () => {
      const secrets = {
        WECOM_ACME_WECOM_PASSWORD: shell.sandbox.appSecret,
        WECOM_ACME_OLD_PASSWORD: shell.sandbox.appSecret,
      };
      const written = await shell.run('export acme --out acme.yaml');
      expect([written.code, written.stdout, written.stderr]).to.deep.equal([0, '', '']);
      const yaml = await readFile(shell.path('acme.yaml'), 'utf8');
      expect(yaml).to.include('password: ${env:WECOM_ACME_WECOM_PASSWORD}').and.not.include(shell.sandbox.appSecret);
      expect((await shell.run('export')).stdout).to.equal(yaml);
      const same = await shell.run('apply acme.yaml --dry-run --prune --json', secrets);
      expect([same.code, JSON.parse(same.stdout)]).to.deep.equal([0, { dryRun: true, changes: [] }]);

      await shell.inside(async ({ syncers, protections }) => {
        const record = (await syncers.byName('acme/wecom'))!;
        await syncers.update(record, { graceDays: 9, leavers: 'keep' });
        await protections.protect({ owner: 'acme', kind: 'userid', value: 'u1', reason: 'on leave' }, 'acme/chief');
      });
      const drift = await shell.run('apply acme.yaml --dry-run', secrets);
      expect(drift.code, drift.stderr).to.equal(0);
      expect(drift.stdout).to.equal(
        '~ syncer acme/wecom\n    leavers: keep → forbid\n    graceDays: 9 → 0\n1 to change; nothing was.\n',
      );
      const healed = await shell.run('apply acme.yaml', secrets);
      expect(healed.stdout).to.match(/graceDays: 9 → 0\n✔ 1 changed\.\n$/);
      expect((await shell.run('apply acme.yaml', secrets)).stdout).to.equal('✔ Everything is as the file says.\n');

      await shell.write(
        'less.yaml',
        'syncers: [{name: acme/wecom, password: "${env:WECOM_ACME_WECOM_PASSWORD}"}]\nprotections: []\n',
      );
      expect(appliedIn(await shell.run('apply less.yaml --json', secrets))).to.deep.equal([]);
      const asked = await shell.run('apply less.yaml --prune --dry-run --json', secrets);
      expect(appliedIn(asked)).to.deep.equal(['delete acme/old', 'delete userid acme/u1']);
      const pruned = await shell.run('apply less.yaml --prune', secrets);
      expect(pruned.code, pruned.stderr).to.equal(0);
      expect(pruned.stdout).to.include('- syncer acme/old').and.include('- protection userid acme/u1');

      await shell.inside(async ({ syncers, database, configuration }) => {
        expect((await syncers.list('acme')).map(({ name }) => name)).to.deep.equal(['wecom']);
        const [now] = await configuration.drift('acme');
        expect(now).to.deep.include({ by: 'app/command', changes: [] });
        const rows = await database.read(({ manager }) => manager.find(AuditRow));
        const told = rows
          .filter(({ actor }) => actor === 'app/command')
          .map(({ action, target }) => `${action} ${target}`);
        expect(told).to.include.members(['apply-config acme/wecom', 'apply-config acme/old', 'unprotect-user u1']);
      });
    });

    it('give no two syncers one variable, also where each is written to a file of its own', async () => {
      await shell.inside(async (host) => {
        for (const [organization, name] of [
          ['a-b', 'c'],
          ['a', 'b-c'],
        ] as const) {
          await host.organizations.add({ name: organization });
          await host.syncers.add({ organization, name, type: 'WeCom', user: shell.sandbox.corpId, password: name });
        }
      });
      const files = [await shell.run('export a-b'), await shell.run('export a')];
      const variables = files.map(({ stdout }) => /\$\{env:(WECOM_A_B_C_PASSWORD\w*)\}/.exec(stdout)?.[1]);
      expect(variables).not.to.include(undefined);
      expect(new Set(variables)).to.have.property('size', 2);
    });
  });
}

describe('apply', function () {
  this.timeout(120_000);
  let shell: Shell;

  before(async () => {
    shell = (await Shell.on('sqlite'))!;
  });
  after(() => shell?.close());

  const refused = async (args: string, environment: Readonly<Record<string, string>> = {}): Promise<string> => {
    const ended = await shell.run(args, environment);
    expect([ended.code, ended.stdout], ended.stderr).to.deep.equal([4, '']);
    return ended.stderr;
  };
  const syncer = (password: string): string => `syncers:\n  - name: acme/wecom\n    password: ${password}\n`;

  it('resolves a variable, one of .env, and a file beside the text, and tells nobody what they hold', async () => {
    await mkdir(shell.path('settings/secrets'), { recursive: true });
    await shell.write('settings/secrets/wecom', 'sesame-of-a-file\n');
    await writeFile(shell.path('.env'), 'FROM_DOT_ENV=sesame-of-dot-env\n', { mode: 0o600 });
    for (const [reference, secret] of [
      ['${env:SET_IN_THE_SHELL}', 'sesame-of-the-shell'],
      ['${env:FROM_DOT_ENV}', 'sesame-of-dot-env'],
      ['${file:secrets/wecom}', 'sesame-of-a-file'],
    ] as const) {
      await shell.write('settings/acme.yaml', syncer(reference));
      const ended = await shell.run('apply settings/acme.yaml', { SET_IN_THE_SHELL: 'sesame-of-the-shell' });
      expect(ended.code, ended.stderr).to.equal(0);
      expect(ended.stdout).to.include('password: *** → ***');
      expect(ended.stdout + ended.stderr).to.not.include('sesame');
      await shell.inside(async ({ syncers, database }) => {
        const record = (await syncers.byName('acme/wecom'))!;
        expect((await syncers.opened(record.id)).config).to.include({ password: secret });
        const stored = await database.read(async ({ manager }) => [
          await manager.find(SyncerRow),
          await manager.find(AuditRow),
        ]);
        expect(JSON.stringify(stored)).to.not.include('sesame');
      });
    }
  });

  it('names a variable and a file that are not there, with their place, and stores nothing', async () => {
    await shell.write('a.yaml', syncer('${env:NOWHERE_SET}'));
    expect(await refused('apply a.yaml')).to.match(/^.*Line 3, column 15: .*NOWHERE_SET is not set/);
    expect(await refused('apply a.yaml', { NOWHERE_SET: '' })).to.include('NOWHERE_SET');
    await shell.write(
      'b.yaml',
      syncer('${file:secrets/nowhere}').replace('    password', '    graceDays: 7\n    password'),
    );
    expect(await refused('apply b.yaml --dry-run')).to.match(/Line 4, column 15: .*secrets\/nowhere cannot be read/);
    expect(await refused('apply b.yaml')).to.include('secrets/nowhere');
    const graceDays = await shell.inside(
      async ({ syncers }) => (await syncers.byName('acme/wecom'))?.settings['graceDays'],
    );
    expect(graceDays ?? 0).to.equal(0);
  });

  it('ends with 4 and the place for what is wrong in the text, the file or the arguments', async () => {
    await shell.write('yaml.yaml', 'syncers:\n  - name: acme/wecom\n   graceDays: 3\n');
    expect(await refused('apply yaml.yaml')).to.match(/Line 3, column \d+: .*YAML/);
    await shell.write('value.yaml', 'syncers:\n  - name: acme/wecom\n    condition: member.nmae == ""\n');
    expect(await refused('apply value.yaml')).to.match(/Line 3, column 16: .*nmae/);
    await shell.write('organization.yaml', 'syncers:\n  - name: nobody/wecom\n    type: WeCom\n');
    expect(await refused('apply organization.yaml --json')).to.match(/Line 2, column 5: .*"nobody" does not exist/);
    expect(await refused('apply nowhere.yaml')).to.include('nowhere.yaml cannot be read');
    expect(await refused('apply settings')).to.include('settings cannot be read');
    expect(await refused('apply')).to.not.equal('');
    expect(await refused('apply value.yaml --bogus')).to.include('--bogus');
    expect(await refused('export nobody')).to.include('nobody');
    expect(await refused('export acme --out nowhere/acme.yaml')).to.include('nowhere/acme.yaml cannot be written');
  });
});

describe('docs/configuration-as-code.md', function () {
  this.timeout(120_000);
  const DOCUMENT = readFileSync(new URL('../../docs/configuration-as-code.md', import.meta.url), 'utf8');
  const blocks = (language: string): readonly string[] =>
    [...DOCUMENT.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, block = '']) => block);
  let shell: Shell;

  before(async () => {
    shell = (await Shell.on('sqlite'))!;
  });
  after(() => shell?.close());

  it('shows texts that are applied and written so, and commands that do what it says', async () => {
    const [example = '', byFile = '', ...others] = blocks('yaml');
    expect(others).to.deep.equal([]);
    const secret = {
      WECOM_ACME_WECOM_PASSWORD: 'sesame-of-the-shell',
      WECOM_ACME_OLD_PASSWORD: shell.sandbox.appSecret,
    };
    shell.sandbox.company.hire({ userid: 'alice', name: 'Alice' });
    expect((await shell.run('sync acme/wecom')).code).to.equal(0);
    await shell.write('example.yaml', example);
    expect(appliedIn(await shell.run('apply example.yaml --json', secret))).to.deep.equal([
      'update acme/wecom',
      'add acme/alice',
    ]);

    const [exports = '', applies = '', ...more] = blocks('sh');
    expect(more).to.deep.equal([]);
    const lines = [...exports.trim().split('\n'), ...applies.trim().split('\n')].map((line) =>
      line.replace('wecom-syncer ', ''),
    );
    const ended: Ended[] = [];
    for (const line of lines) ended.push(await shell.spawn(line, secret));
    expect(ended.map(({ code, stderr }) => [code, stderr])).to.deep.equal(lines.map(() => [0, '']));
    const [shown, , dryRun, applied, pruned] = ended.map(({ stdout }) => stdout);
    // What is shown is what is written, but for the keys that it leaves out.
    for (const line of example.trim().split('\n')) expect(shown).to.include(`${line.replaceAll("'", '"')}\n`);
    expect(await readFile(shell.path('acme.yaml'), 'utf8')).to.equal(shown);
    expect([dryRun, applied]).to.deep.equal(Array(2).fill('✔ Everything is as the file says.\n'));
    expect(JSON.parse(pruned!)).to.deep.equal({ dryRun: false, changes: [] });

    await mkdir(shell.path('secrets'));
    await shell.write('secrets/wecom', 'sesame-of-a-file\n');
    await shell.write('by-file.yaml', byFile);
    expect((await shell.run('apply by-file.yaml')).stdout).to.include('password: *** → ***');
  });
});

import { expect } from 'chai';
import { checkImports, readOwnTable, readSources, readTable } from '../scripts/check-imports.ts';

/** A file that does not exist, what it imports, and what the refusal names. One at least for each line of the table. */
const REFUSED: readonly (readonly [place: string, file: string, specifier: string])[] = [
  ['src/package-json.ts', 'src/package-json.ts', './identity/account.ts'],
  ['src/syncer', 'src/syncer/x.ts', '../wecom/definition.ts'],
  ['src/http-client', 'src/http-client/x.ts', '../wecom/definition.ts'],
  ['src/expressions', 'src/expressions/x.ts', '../wecom/x.ts'],
  ['src/wecom', 'src/wecom/x.ts', '../engine/run.ts'],
  ['src/identity', 'src/identity/x.ts', '../engine/run.ts'],
  ['src/engine/run.ts', 'src/engine/run.ts', './engine.ts'],
  ['src/engine/syncer-settings.ts', 'src/engine/syncer-settings.ts', './engine.ts'],
  ['src/engine/question.ts', 'src/engine/question.ts', './engine.ts'],
  ['src/engine/warnings.ts', 'src/engine/warnings.ts', './engine.ts'],
  ['src/engine/plan', 'src/engine/plan/x.ts', '../ports/run-store.ts'],
  ['src/engine/plan', 'src/engine/plan/x.ts', '../../identity/identity-store.ts'],
  ['src/engine/ports', 'src/engine/ports/x.ts', '../lifecycle/recorder.ts'],
  ['src/engine/reasons.ts', 'src/engine/reasons.ts', './lifecycle/recorder.ts'],
  ['src/engine/lifecycle', 'src/engine/lifecycle/x.ts', '../steps/lock-outs/sweep.ts'],
  ['src/engine/lifecycle', 'src/engine/lifecycle/x.ts', '../plan/account.ts'],
  ['src/engine/steps', 'src/engine/steps/x.ts', '../engine.ts'],
  ['src/engine', 'src/engine/x.ts', '../storage/database.ts'],
  ['src/engine', 'src/engine/x.ts', '../wecom/definition.ts'],
  ['src/service/syncers/secret-address.ts', 'src/service/syncers/secret-address.ts', '../../storage/database.ts'],
  [
    'src/service/configuration/applied-text.ts',
    'src/service/configuration/applied-text.ts',
    '../../storage/database.ts',
  ],
  ['src/service/syncers/syncer-record.ts', 'src/service/syncers/syncer-record.ts', '../../storage/database.ts'],
  ['src/service/iam/casdoor-syncer.ts', 'src/service/iam/casdoor-syncer.ts', '../../storage/database.ts'],
  ['migrations', 'migrations/x.ts', '../src/storage/database.ts'],
  ['src/storage', 'src/storage/x.ts', '../host/create-host.ts'],
  ['src/storage', 'src/storage/x.ts', '../engine/engine.ts'],
  ['src/scheduler', 'src/scheduler/x.ts', '../engine/run.ts'],
  ['src/scheduler/calendar', 'src/scheduler/calendar/x.ts', '../scheduler.ts'],
  ['src/bullmq', 'src/bullmq/x.ts', '../engine/run.ts'],
  ['src/testing', 'src/testing/x.ts', '../storage/database.ts'],
  ['src/service', 'src/service/x.ts', '../host/create-host.ts'],
  ['src/service/create-sync-service.ts', 'src/service/create-sync-service.ts', '../wecom/definition.ts'],
  ['src/service/index.ts', 'src/service/index.ts', '../storage/database.ts'],
  ['src/service', 'src/service/x.ts', '../storage/database.ts'],
  ['src/host', 'src/host/x.ts', '../sandbox/sandbox.ts'],
  ['src/host/key-strength.ts', 'src/host/key-strength.ts', './settings.ts'],
  ['src/host/prefix.ts', 'src/host/prefix.ts', './settings.ts'],
  ['src/host/settings.ts', 'src/host/settings.ts', './create-host.ts'],
  ['src/host/http', 'src/host/http/x.ts', '../auth/caller.ts'],
  ['src/host/auth', 'src/host/auth/x.ts', '../request/call.ts'],
  ['src/host/request', 'src/host/request/x.ts', '../server.ts'],
  ['src/host/request', 'src/host/request/x.ts', '../runs/run-json.ts'],
  ['src/host/organizations', 'src/host/organizations/x.ts', '../accounts/user-json.ts'],
  ['src/host/groups', 'src/host/groups/x.ts', '../runs/run-json.ts'],
  ['src/host/runs', 'src/host/runs/x.ts', '../../cli/main.ts'],
  ['src/host/runs', 'src/host/runs/x.ts', '../create-host.ts'],
  ['src/host/accounts', 'src/host/accounts/x.ts', '../syncers/syncer-json.ts'],
  ['src/host/configuration', 'src/host/configuration/x.ts', '../create-host.ts'],
  ['src/host/decisions', 'src/host/decisions/x.ts', '../create-host.ts'],
  ['src/host/syncers', 'src/host/syncers/x.ts', '../sign-in/account-route.ts'],
  ['src/host/self-service', 'src/host/self-service/x.ts', '../accounts/user-json.ts'],
  ['src/host/sign-in', 'src/host/sign-in/x.ts', '../../wecom/definition.ts'],
  ['src/host/monitoring', 'src/host/monitoring/x.ts', '../../storage/database.ts'],
  ['src/host/openapi', 'src/host/openapi/x.ts', '../create-host.ts'],
  ['src/host/mount', 'src/host/mount/x.ts', '../create-host.ts'],
  ['src/web', 'src/web/x.tsx', '../host/create-host.ts'],
  ['src/web', 'src/web/runs/x.tsx', '../../engine/run.ts'],
  ['src/sandbox/company', 'src/sandbox/company/x.ts', '../faults/faults.ts'],
  ['src/sandbox/faults', 'src/sandbox/faults/x.ts', '../api/answer.ts'],
  ['src/sandbox/api', 'src/sandbox/api/x.ts', '../control/control-api.ts'],
  ['src/sandbox/control', 'src/sandbox/control/x.ts', '../sandbox.ts'],
  ['src/sandbox', 'src/sandbox/x.ts', '../wecom/definition.ts'],
  ['src/cli', 'src/cli/x.ts', '../engine/run.ts'],
  ['src/index.ts', 'src/index.ts', './sandbox/sandbox.ts'],
  ['examples', 'examples/x.ts', '../src/engine/engine.ts'],
  ['bench/arguments.ts', 'bench/arguments.ts', './rows/load-rows.ts'],
  ['bench/goals.ts', 'bench/goals.ts', './rows/load-rows.ts'],
  ['bench/figures.ts', 'bench/figures.ts', './rows/load-rows.ts'],

  ['got', 'src/wecom/x.ts', 'got'],
  ['got', 'src/service/x.ts', 'got'],
  ['hpagent', 'src/wecom/x.ts', 'hpagent'],
  ['typeorm', 'src/engine/x.ts', 'typeorm'],
  ['typeorm', 'src/scheduler/x.ts', 'typeorm/driver/Driver.js'],
  ['typeorm', 'src/host/accounts/x.ts', 'typeorm'],
  ['fastify', 'src/cli/x.ts', 'fastify'],
  ['fastify', 'src/service/x.ts', 'fastify'],
  ['@fastify/*', 'src/cli/x.ts', '@fastify/cookie'],
  ['bullmq', 'src/scheduler/x.ts', 'bullmq'],
  ['ioredis', 'src/host/x.ts', 'ioredis'],
  ['pg', 'src/host/x.ts', 'pg'],
  ['mysql2', 'src/host/x.ts', 'mysql2/promise'],
  ['better-sqlite3', 'src/host/x.ts', 'better-sqlite3'],
  ['@marcbachmann/cel-js', 'src/wecom/x.ts', '@marcbachmann/cel-js'],
  ['pinyin-pro', 'src/wecom/x.ts', 'pinyin-pro'],
  ['cron-parser', 'src/service/x.ts', 'cron-parser'],
  ['yaml', 'src/host/x.ts', 'yaml'],
  ['libphonenumber-js', 'src/host/x.ts', 'libphonenumber-js/max'],
  ['prom-client', 'src/service/x.ts', 'prom-client'],
  ['commander', 'src/host/x.ts', 'commander'],
  ['cli-progress', 'src/host/x.ts', 'cli-progress'],
  ['dotenv', 'src/host/x.ts', 'dotenv'],
  ['react', 'src/host/x.ts', 'react'],
  ['react-dom', 'src/host/x.ts', 'react-dom/client'],
  ['react-router', 'src/host/x.ts', 'react-router'],
  ['antd', 'src/host/x.ts', 'antd'],
  ['require', 'src/wecom/x.ts', 'require'],
];

/** Every way to write down an import. */
const FORMS: Readonly<Record<string, (specifier: string) => string>> = {
  value: (specifier) => `import { x } from '${specifier}';`,
  'side effect': (specifier) => `import '${specifier}';`,
  type: (specifier) => `import type { X } from '${specifier}';`,
  'type in passing': (specifier) => `export const x = (y: import('${specifier}').X): void => y.act();`,
  're-export': (specifier) => `export * from "${specifier}";`,
  'several lines': (specifier) => `import {\n  x,\n  y,\n} from '${specifier}';`,
  later: (specifier) => `const { x } = await import('${specifier}');`,
};

/** In two pieces: this file has no such comment. */
const DISABLE = ['oxlint', 'disable-next-line'].join('-');

describe('the table of imports', () => {
  const table = readOwnTable();
  const sources = readSources();
  const check = (file: string, text: string): string[] => checkImports(new Map([[file, text]]), table);

  it('holds for every source', () => {
    expect(sources.size).to.be.greaterThan(400);
    expect(checkImports(sources, table)).to.deep.equal([]);
  });

  for (const [line, file, specifier] of REFUSED) {
    it(`refuses ${specifier} in ${file}`, () => {
      for (const [form, write] of Object.entries(FORMS)) {
        const refused = check(file, write(specifier));
        expect(refused, form).to.have.length(1);
        expect(refused[0], form).to.include(file).and.include(specifier);
      }
      // And it is this line that refuses it: a table that allows it there lets it pass.
      const lenient = { places: new Map(table.places), packages: new Map(table.packages), problems: [] };
      (specifier.startsWith('.') ? lenient.places : lenient.packages).set(
        line,
        specifier.startsWith('.') ? ['*'] : ['src'],
      );
      expect(checkImports(new Map([[file, `import '${specifier}';`]]), lenient)).to.deep.equal([]);
    });
  }

  it('has no line that nothing here breaks', () => {
    const broken = new Set(REFUSED.map(([line]) => line));
    const lines = [...table.places, ...table.packages].filter(([, allowed]) => !allowed.includes('*'));
    expect(lines.map(([line]) => line).filter((line) => !broken.has(line))).to.deep.equal([]);
  });

  it('speaks of no place that is gone', () => {
    const named = [...table.places, ...table.packages].flatMap(([name, allowed]) => [
      ...(table.places.has(name) ? [name] : []),
      ...allowed.filter((one) => one !== '*'),
    ]);
    const paths = [...sources.keys()];
    for (const place of named) {
      expect(
        paths.some((path) => path === place || path.startsWith(`${place}/`)),
        place,
      ).to.equal(true);
    }
  });

  it('refuses a room that no line speaks of', () => {
    expect(check('src/attic/x.ts', '')).to.deep.equal(['src/attic/x.ts: no line of imports.table speaks of it']);
  });

  it('refuses the package by its own name inside the rooms', () => {
    expect(check('src/engine/x.ts', `import { x } from 'wecom-syncer';`)).to.have.length(1);
  });

  it('refuses what goes past it', () => {
    expect(check('src/engine/x.ts', 'const x = await import(name);')).to.have.length(1);
    expect(check('src/engine/x.ts', `const x = createRequire(import.meta.url)('got');`)).to.have.length(1);
    for (const rule of [' no-restricted-imports', ' import/no-cycle', '', ' -- it is in a hurry']) {
      const comment = `// ${DISABLE}${rule}\nexport const x = 1;`;
      expect(check('src/engine/x.ts', comment), rule).to.have.length(1);
    }
    expect(check('src/engine/x.ts', `// ${DISABLE} no-console\n`)).to.deep.equal([]);
  });

  it('finds circles of files, of types too', () => {
    const files = new Map([
      ['src/engine/a.ts', `import type { B } from './b.ts';`],
      ['src/engine/b.ts', `export const c = () => import('./c.ts');`],
      ['src/engine/c.ts', `export { a } from './a.ts';`],
      ['src/engine/d.ts', `import { a } from './a.ts';`],
    ]);
    expect(checkImports(files, table)).to.deep.equal([
      'a circle of files: src/engine/a.ts -> src/engine/b.ts -> src/engine/c.ts -> src/engine/a.ts',
    ]);
  });

  it('finds circles of families that no two files close', () => {
    const files = new Map([
      ['src/web/runs/a.ts', `import { b } from '../users/b.ts';`],
      ['src/web/users/b.ts', ''],
      ['src/web/users/c.ts', `import { d } from '../runs/d.ts';`],
      ['src/web/runs/d.ts', ''],
    ]);
    expect(checkImports(files, table)).to.deep.equal([
      'a circle of families: src/web/runs -> src/web/users -> src/web/runs',
    ]);
  });

  it('refuses a table with an arrow that runs upward, a line without end, or a line twice', () => {
    expect(readTable('a b\nb -\n').problems).to.deep.equal(['imports.table: a names b, which does not stand above it']);
    expect(readTable('a -\nb\n').problems).to.have.length(1);
    expect(readTable('a -\na -\n').problems).to.have.length(1);
    expect(readTable('a -\nb a\nc a/x b\npackages\np c\nq -\n').problems).to.deep.equal([]);
    expect(checkImports(new Map(), readTable('a b\n'))).to.have.length(1);
  });
});

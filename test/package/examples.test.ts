import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { installed, ROOT, succeeded, type Home } from './packed.ts';

const MINUTE_MS = 60_000;
/** The one with servers of its own is compiled where there are some (mount.test.ts). */
const EXAMPLES = readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.ts') && name !== 'mount.ts');
const SUITES = EXAMPLES.filter((name) => name.endsWith('.suite.ts')).map((name) => name.replace(/\.ts$/, ''));

describe('the examples, where only the package is installed', () => {
  let home: Home;

  before(async function () {
    this.timeout(5 * MINUTE_MS);
    const found = await installed('full');
    if (found === undefined) this.skip();
    home = found;
    for (const name of EXAMPLES)
      await home.write(`examples/${name}`, readFileSync(join(ROOT, 'examples', name), 'utf8'));
    const flags = ['--module', 'nodenext', '--rewriteRelativeImportExtensions', '--outDir', 'examples'];
    expect(
      await home.compile(
        EXAMPLES.map((name) => `examples/${name}`),
        flags,
      ),
    ).to.equal('');
  });

  it('import nothing but its doors, what Node has, TypeORM, one another, and the servers that they mount it in', () => {
    const allowed = /^(node:|typeorm$|wecom-syncer(\/\w+)?$|\.\/)/;
    for (const name of EXAMPLES) {
      const servers = name === 'mount.ts' ? ['express', 'fastify'] : [];
      const source = readFileSync(join(ROOT, 'examples', name), 'utf8');
      const imported = [...source.matchAll(/ from '([^']+)'/g)].map(([, from = '']) => from);
      expect(
        imported.filter((from) => !allowed.test(from)),
        name,
      ).to.deep.equal(servers);
    }
  });

  for (const suite of SUITES) {
    it(`passes ${suite} under node:test`, async function () {
      this.timeout(2 * MINUTE_MS);
      await home.write(
        `examples/${suite}.node.js`,
        `import { afterEach, beforeEach, describe, it } from 'node:test';
         import suite from './${suite}.js';
         suite({ describe, it, beforeEach, afterEach });`,
      );
      const said = succeeded(await home.run(process.execPath, ['--test-reporter', 'tap', `examples/${suite}.node.js`]));
      expect(said).to.match(/^# fail 0$/m);
      expect(Number(/^# pass (\d+)$/m.exec(said)?.[1])).to.be.at.least(10);
    });

    it(`passes ${suite} under mocha`, async function () {
      this.timeout(2 * MINUTE_MS);
      await home.write(
        `examples/${suite}.mocha.js`,
        `import suite from './${suite}.js';
         suite({ describe, it, beforeEach, afterEach });`,
      );
      const mocha = join(ROOT, 'node_modules/mocha/bin/mocha.js');
      const flags = ['--no-config', '--reporter', 'json', `examples/${suite}.mocha.js`];
      const { stats } = JSON.parse(succeeded(await home.run(process.execPath, [mocha, ...flags]))) as {
        stats: { passes: number; failures: number };
      };
      expect(stats.failures).to.equal(0);
      expect(stats.passes).to.be.at.least(10);
    });
  }
});

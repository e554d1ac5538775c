import { expect } from 'chai';
import { compileExamples } from './documents.ts';
import { installed, succeeded, type Home } from './packed.ts';

const MINUTE_MS = 60_000;

describe('docs/write-a-connector.md', () => {
  let home: Home;
  let folder: string;

  before(async function () {
    this.timeout(5 * MINUTE_MS);
    const found = await installed('plugin');
    if (found === undefined) this.skip();
    home = found;
    ({ folder } = await compileExamples(home, 'write-a-connector.md'));
  });

  it('shows a connector that keeps the contract', async function () {
    this.timeout(MINUTE_MS);
    await home.write(
      `${folder}/run.js`,
      `import { afterEach, beforeEach, describe, it } from 'node:test';
       import suite from './board.suite.js';
       suite({ describe, it, beforeEach, afterEach });`,
    );
    const said = succeeded(await home.run(process.execPath, ['--test-reporter', 'tap', `${folder}/run.js`]));
    expect(said).to.match(/^# fail 0$/m);
    expect(Number(/^# pass (\d+)$/m.exec(said)?.[1])).to.be.at.least(15);
  });
});

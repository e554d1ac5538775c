import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const SUITES = fileURLToPath(new URL('../support/processes/suites-process.ts', import.meta.url));

/** What node:test says of the suites, as TAP. */
async function underNodeTest(...args: string[]): Promise<{ code: number; report: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--test-reporter', 'tap', SUITES, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [report, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number]>]);
  return { code, report };
}

describe('the suites for embedders, under node:test', function () {
  this.timeout(120_000);

  it('pass for stores, a schedule and a connector that keep the contract', async () => {
    const { code, report } = await underNodeTest();
    expect(report).to.match(/^# fail 0$/m);
    expect(code).to.equal(0);
    const suites = ['an identity store', 'a lease store', 'a run store', 'a scheduler', 'a syncer'];
    for (const suite of suites) expect(report).to.match(new RegExp(`^ok \\d+ - as ${suite}$`, 'm'));
    expect(Number(/^# pass (\d+)$/m.exec(report)?.[1])).to.be.at.least(90);
  });

  it('fail for a store that breaks it, and for nothing else', async () => {
    const { code, report } = await underNodeTest('broken');
    expect(code).to.equal(1);
    expect(report).to.match(/^not ok \d+ - as an identity store$/m);
    for (const suite of ['a lease store', 'a syncer'])
      expect(report).to.match(new RegExp(`^ok \\d+ - as ${suite}$`, 'm'));
  });
});

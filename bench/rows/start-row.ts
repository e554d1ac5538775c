import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from '../figures.ts';
import type { Goal } from '../goals.ts';

const BUILT = new URL('../../src/', import.meta.url);
const ROUNDS = 15;

const DOOR = [new URL('index.js', BUILT).href];
/** What a process pays that wants the connector and gets a server: both doors as they are opened. */
const HOST = [new URL('host/index.js', BUILT).href, 'fastify', 'pino', '@node-rs/argon2', 'prom-client'];

/** How long whoever types the command waits, and what somebody pays who embeds the connector alone. */
export function startGoals(): Goal[] {
  const main = fileURLToPath(new URL('cli/main.js', BUILT));
  const bare: number[] = [];
  const help: number[] = [];
  const testHelp: number[] = [];
  const door: Cost[] = [];
  const host: Cost[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(secondsOf('-e', '0'));
    help.push(secondsOf(main, '--help'));
    testHelp.push(secondsOf(main, 'test', '--help'));
    door.push(costOf(DOOR));
    host.push(costOf(HOST));
  }
  const times = (took: readonly number[]): number => median(took) / median(bare);
  const share = (pick: (cost: Cost) => number): number => median(door.map(pick)) / median(host.map(pick));
  const command = { unit: '× node -e 0', must: 2.5, aim: 2 };
  const front = { unit: '× the host with its server', must: 0.6 };
  return [
    { row: 'wecom-syncer --help: whole process', measured: times(help), ...command },
    { row: 'wecom-syncer test --help: whole process', measured: times(testHelp), ...command },
    { row: "import 'wecom-syncer': CPU seconds", measured: share(({ cpuSeconds }) => cpuSeconds), ...front },
    { row: "import 'wecom-syncer': memory", measured: share(({ bytes }) => bytes), ...front },
  ];
}

function secondsOf(...argv: readonly string[]): number {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, argv, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${argv.join(' ')} ended with ${status}.`);
  return (performance.now() - started) / 1000;
}

interface Cost {
  readonly cpuSeconds: number;
  readonly bytes: number;
}

function costOf(modules: readonly string[]): Cost {
  const script = `
    const before = { cpu: process.cpuUsage(), bytes: process.memoryUsage.rss() };
    for (const name of ${JSON.stringify(modules)}) await import(name);
    const { user, system } = process.cpuUsage(before.cpu);
    console.log(JSON.stringify({ cpuSeconds: (user + system) / 1e6, bytes: process.memoryUsage.rss() - before.bytes }));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(BUILT),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(stdout.toString()) as Cost;
}

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { withCredential, type Client } from '../host/test-host.ts';
import type { HostOrder } from './host-process.ts';

const HOST_PROCESS = fileURLToPath(new URL('./host-process.ts', import.meta.url));
const OWN_CLOCK = new URL('./own-clock.ts', import.meta.url).href;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A host in a process of its own, to set its clock and to kill. */
export class OwnHost {
  readonly client: Client;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.client = withCredential(url);
  }

  /** @param stepMs how far its clock is ahead */
  static async start(order: HostOrder, stepMs = 0): Promise<OwnHost> {
    const child = fork(HOST_PROCESS, [JSON.stringify(order)], {
      execArgv: ['--import', 'tsx', '--import', OWN_CLOCK],
      cwd: ROOT,
      env: { ...process.env, CLOCK_STEP_MS: String(stepMs) },
    });
    const [told] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error('a host ended before it listened');
      }),
    ])) as [{ readonly url: string }];
    return new OwnHost(child, told.url);
  }

  /** As it stands in the owner of a lease. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  setClock(stepMs: number): void {
    this.#child.send({ stepMs });
  }

  async kill(): Promise<void> {
    await this.#end(() => this.#child.kill('SIGKILL'));
  }

  async close(): Promise<void> {
    await this.#end(() => this.#child.send('close'));
  }

  async #end(tell: () => unknown): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    tell();
    await ended;
  }
}

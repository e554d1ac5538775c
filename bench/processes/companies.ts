import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Credentials } from '../tasks/task.ts';
import { answerOf, endOf } from './child.ts';

const MODULE = fileURLToPath(new URL('./companies-server.js', import.meta.url));

/** Many fictitious companies in one process, each with the limits that WeCom sets a company. */
export class Companies {
  readonly credentials: readonly Credentials[];
  readonly #sizes: readonly number[];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, sizes: readonly number[], credentials: readonly Credentials[]) {
    this.#child = child;
    this.#sizes = sizes;
    this.credentials = credentials;
  }

  /** @param sizes members of each company */
  static async start(sizes: readonly number[]): Promise<Companies> {
    const child = fork(MODULE, [JSON.stringify(sizes)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    return new Companies(child, sizes, await answerOf<readonly Credentials[]>(child, 'The sandboxes'));
  }

  /** A day in the life of a company: one in a thousand members, and at least one, has another name. */
  async change(): Promise<void> {
    for (const [index, { url }] of this.credentials.entries()) {
      const count = Math.max(1, Math.round((this.#sizes[index] ?? 0) / 1000));
      const response = await fetch(`${url}/control/rename`, { method: 'POST', body: JSON.stringify({ count }) });
      if (!response.ok) throw new Error(`The sandbox refused to rename: ${await response.text()}`);
    }
  }

  async close(): Promise<void> {
    this.#child.disconnect();
    await endOf(this.#child);
  }
}

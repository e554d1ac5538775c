import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Credentials } from '../tasks/task.ts';
import { answerOf, endOf } from './child.ts';

export interface DirectorySize {
  readonly members: number;
  readonly departments: number;
}

const MODULE = fileURLToPath(new URL('./directory-server.js', import.meta.url));

/** A fictitious company, served by a process of its own: the sandbox has one core and what is measured the other. */
export class Directory {
  readonly credentials: Credentials;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, credentials: Credentials) {
    this.#child = child;
    this.credentials = credentials;
  }

  static async start(size: DirectorySize): Promise<Directory> {
    const child = fork(MODULE, [JSON.stringify(size)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const credentials = await answerOf<Credentials>(child, 'The sandbox');
    return new Directory(child, credentials);
  }

  /** A call of the sandbox's control API, such as `rename {count: 100}`. */
  async control(call: string, body: object): Promise<void> {
    const response = await fetch(`${this.credentials.url}/control/${call}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`The sandbox refused ${call}: ${await response.text()}`);
  }

  /** Serialises every answer, so that nobody pays for the first reading. */
  async warmUp(): Promise<void> {
    const warm = answerOf(this.#child, 'The sandbox');
    this.#child.send('warm-up');
    await warm;
  }

  async close(): Promise<void> {
    this.#child.disconnect();
    await endOf(this.#child);
  }
}

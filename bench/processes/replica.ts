import type { ChildProcess } from 'node:child_process';
import { answerOf, endOf, startTask } from './child.ts';
import type { ReplicaWord } from '../tasks/replica-host.ts';
import type { Shared } from '../tasks/replica-settings.ts';
import type { Figures, Outcome } from '../tasks/task.ts';

/** A host in a process of its own; see `replica-host.ts`. */
export class Replica {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Answers when the host is put together; it does not serve and runs nothing yet. */
  static async start(shared: Shared, profile?: string): Promise<Replica> {
    const child = startTask({ kind: 'replica', shared }, profile);
    await answerOf(child, 'replica');
    return new Replica(child);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Serves, and takes part in the schedule. */
  async begin(): Promise<void> {
    await this.#tell('begin');
  }

  /** Since `begin`. */
  figures(): Promise<Outcome> {
    return this.#tell('figures');
  }

  async end(): Promise<Figures> {
    const figures = await this.#tell<Figures>('end');
    await endOf(this.#child);
    return figures;
  }

  /** Ends the process wherever it is. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await endOf(this.#child);
  }

  #tell<T>(word: ReplicaWord): Promise<T> {
    const answer = answerOf<T>(this.#child, 'replica');
    this.#child.send(word);
    return answer;
  }
}

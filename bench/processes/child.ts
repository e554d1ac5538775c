import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Figures, Task } from '../tasks/task.ts';

const MODULE = fileURLToPath(new URL('../tasks/measured.js', import.meta.url));

let profiles = 0;

/** Begins one task in a process of its own, so that its peak memory is nobody else's. */
export function startTask(task: Task, profile?: string): ChildProcess {
  profiles += 1;
  const child = fork(MODULE, [], {
    execArgv: profile
      ? ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${task.kind}-${Date.now()}-${profiles}.cpuprofile`]
      : [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send(task);
  return child;
}

/** The next message of a child. @throws Error when it ends instead */
export function answerOf<T>(child: ChildProcess, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const settled = (): void => {
      child.off('message', answered).off('error', failed).off('exit', ended);
    };
    const answered = (message: unknown): void => {
      settled();
      resolve(message as T);
    };
    const failed = (error: Error): void => {
      settled();
      reject(error);
    };
    const ended = (code: number | null, signal: string | null): void =>
      failed(new Error(`${name} ended without an answer (${code ?? signal}).`));
    child.once('message', answered).once('error', failed).once('exit', ended);
  });
}

/** Waits for the end of a child that has nothing more to say. */
export async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => child.once('exit', () => resolve()));
}

/** Does one task in a process of its own. */
export async function measure(task: Task, profile?: string): Promise<Figures> {
  const child = startTask(task, profile);
  const figures = await answerOf<Figures>(child, task.kind);
  await endOf(child);
  return figures;
}

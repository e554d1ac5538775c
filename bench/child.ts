import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Figures, Task } from './tasks.ts';

const MODULE = fileURLToPath(new URL('./measured.js', import.meta.url));

/** Does one task in a process of its own, so that its peak memory is nobody else's. */
export async function measure(task: Task, profile?: string): Promise<Figures> {
  const child = fork(MODULE, [], {
    execArgv: profile
      ? ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${task.kind}-${Date.now()}.cpuprofile`]
      : [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const figures = new Promise<Figures>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Figures));
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`${task.kind} ended without an answer (${code ?? signal}).`)),
    );
  });
  child.send(task);
  const answer = await figures;
  await new Promise<void>((resolve) => {
    if (child.exitCode === null) child.once('exit', () => resolve());
    else resolve();
  });
  return answer;
}

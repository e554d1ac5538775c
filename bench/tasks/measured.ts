/** The child that does one task: started by `child.ts`, told by a message what to do, answers with its figures. */
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { runTask, type Task } from './tasks.ts';

/** Peak resident memory in bytes. The kernel's VmHWM belongs to this program; maxRSS may be the parent's across a fork. */
function peakBytes(): number {
  try {
    const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (kibibytes) return Number(kibibytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}

process.once('message', (task: Task) => {
  void (async () => {
    const outcome = await runTask(task);
    process.send?.({ ...outcome, peakBytes: peakBytes() }, () => process.disconnect());
  })();
});

/** The child that does one task: started by `processes/child.ts`, told by a message what to do, answers with its figures. */
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import type { Outcome, Task } from './task.ts';

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

/** Imports only what the task needs: modules that are not used would count as memory. */
async function runTask(task: Task): Promise<Outcome> {
  switch (task.kind) {
    case 'fetch':
      return (await import('./fetch-floor.ts')).fetchFloor(task);
    case 'scan':
      return (await import('./scan-floor.ts')).scanFloor(task);
    case 'load':
      return (await import('./load-floor.ts')).loadFloor(task);
    case 'sync':
      return (await import('./sync-subject.ts')).syncSubject(task);
    case 'roster':
      return (await import('./sync-subject.ts')).rosterSubject(task);
    case 'migrate':
      return (await import('./sync-subject.ts')).migrateOnly(task);
    case 'users-page':
      return (await import('./users-page.ts')).usersPage(task);
    case 'past':
      return (await import('./history.ts')).fillHistory(task);
    case 'history':
      return (await import('./history.ts')).readHistory(task);
    case 'organizations':
      return (await import('./organizations.ts')).addOrganizations(task);
    case 'replica':
      return (await import('./replica-host.ts')).replicaHost(task);
  }
}

process.once('message', (task: Task) => {
  void (async () => {
    const outcome = await runTask(task);
    process.send?.({ ...outcome, peakBytes: peakBytes() }, () => process.disconnect());
  })();
});

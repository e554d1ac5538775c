import { cpus } from 'node:os';

/** Busy and all seconds of all cores since the machine started. */
function coreSeconds(): { readonly busy: number; readonly all: number } {
  let busy = 0;
  let all = 0;
  for (const { times } of cpus()) {
    const { user, nice, sys, irq, idle } = times;
    busy += user + nice + sys + irq;
    all += user + nice + sys + irq + idle;
  }
  return { busy: busy / 1000, all: all / 1000 };
}

/** From now on: how busy the cores of this machine are, whoever keeps them busy; 0 to 1. */
export function watchMachine(): () => number {
  const before = coreSeconds();
  return () => {
    const now = coreSeconds();
    return (now.busy - before.busy) / (now.all - before.all);
  };
}

import { uptime } from 'node:os';

/** Milliseconds since this machine started, with the time for which it was suspended. Nobody sets this clock. */
export const sinceBoot = (): number => uptime() * 1000;

/**
 * Loaded before anything else (`--import`) into a process of a test, it sets that process's clock: so many milliseconds
 * ahead (or, negative, behind) as CLOCK_STEP_MS says, and later as its parent says. Only what everybody can set moves:
 * timers, `performance.now()` and other machines go on as they did.
 */
const TrueDate = Date;
let stepMs = Number(process.env['CLOCK_STEP_MS'] ?? 0);
const now = (): number => TrueDate.now() + stepMs;

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, given: unknown[], asked: new (...given: unknown[]) => object) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, asked) as object,
  apply: () => new TrueDate(now()).toString(),
  get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
});

process.on('message', (message: unknown) => {
  if (typeof message === 'object' && message !== null && 'stepMs' in message) stepMs = Number(message.stepMs);
});

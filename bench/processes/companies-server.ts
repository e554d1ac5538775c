/** The child that serves many fictitious companies, each on a port of its own; see `companies.ts`. */
import { Sandbox } from '../../src/sandbox/sandbox.ts';

/** Of one kind of call of one company (doc 90312). */
const CALLS_PER_MINUTE = 10_000;

const sizes = JSON.parse(process.argv[2] ?? '[]') as readonly number[];
const sandboxes: Sandbox[] = [];
for (const [index, members] of sizes.entries()) {
  const departments = Math.max(4, Math.round(members / 50));
  const sandbox = await Sandbox.start({ members, departments, seed: index + 1, cacheBytes: 64 * 1024 ** 2 });
  sandbox.faults.set({ callsPerMinute: CALLS_PER_MINUTE });
  sandboxes.push(sandbox);
}
process.once('disconnect', () => process.exit(0));
process.send?.(
  sandboxes.map(({ url, corpId, appSecret, contactsSecret }) => ({ url, corpId, appSecret, contactsSecret })),
);

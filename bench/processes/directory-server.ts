/** The child that serves the fictitious company; see `directory.ts`. */
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { DirectorySize } from './directory.ts';

const size = JSON.parse(process.argv[2] ?? '{}') as DirectorySize;
const sandbox = await Sandbox.start({ ...size, cacheBytes: 4 * 1024 ** 3 });
sandbox.warmUp();

process.on('message', () => {
  sandbox.warmUp();
  process.send?.('warm');
});
process.once('disconnect', () => process.exit(0));
const { url, corpId, appSecret, contactsSecret } = sandbox;
process.send?.({ url, corpId, appSecret, contactsSecret });

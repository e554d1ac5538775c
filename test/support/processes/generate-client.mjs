// Makes types of an OpenAPI document: `generate-client.mjs DOCUMENT TYPES`. openapi-typescript wants a compiler that can
// be called, which TypeScript's own no longer can: the one that came with another tool stands in.
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const callable = createRequire(require.resolve('@arethetypeswrong/core/package.json')).resolve('typescript');
const hook = `export const resolve = (specifier, context, next) =>
  specifier === 'typescript' ? { url: ${JSON.stringify(pathToFileURL(callable).href)}, shortCircuit: true } : next(specifier, context);`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);

const [, , from = '', to = ''] = process.argv;
const { default: typesOf, astToString } = await import('openapi-typescript');
await writeFile(to, astToString(await typesOf(JSON.parse(await readFile(from, 'utf8')))));

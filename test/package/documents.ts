import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type Home } from './packed.ts';

/** An example of a document; its first line names the file that it is. */
interface Example {
  readonly file: string;
  readonly code: string;
}

/** @throws Error for one that names no file: nobody could import it */
function examplesIn(document: string): readonly Example[] {
  const markdown = readFileSync(join(ROOT, 'docs', document), 'utf8');
  return [...markdown.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code = '']) => {
    const file = /^\/\/ ([\w.-]+)\.ts\n/.exec(code)?.[1];
    if (file === undefined) throw new Error(`${document}: an example does not say which file it is:\n${code}`);
    return { file, code };
  });
}

/**
 * Writes the examples of a document into a folder of this home, and compiles them together, as strictly as anybody does.
 *
 * @returns the folder, and the names of the files
 */
export async function compileExamples(
  home: Home,
  document: string,
): Promise<{ folder: string; files: readonly string[] }> {
  const folder = document.replace(/\.md$/, '');
  const examples = examplesIn(document);
  for (const { file, code } of examples) await home.write(`${folder}/${file}.ts`, code);
  const said = await home.compile(examples.map(({ file }) => `${folder}/${file}.ts`));
  if (said !== '') throw new Error(said);
  return { folder, files: examples.map(({ file }) => file) };
}

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { buildProgram } from '../../../src/cli/program.ts';
import { readConfiguration } from '../../../src/service/configuration/configuration-text.ts';
import { referenceIn } from '../../../src/service/configuration/secret-reference.ts';
import { plainOf } from '../../../src/service/configuration/yaml-text.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/configuration-as-code.md', import.meta.url), 'utf8');
const blocks = (language: string): readonly string[] =>
  [...DOCUMENT.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, block = '']) => block);

describe('docs/configuration-as-code.md', () => {
  it('has texts that are read, with references in place of secrets', async () => {
    expect(blocks('yaml')).to.have.length(2);
    for (const block of blocks('yaml')) {
      const { syncers, organizations } = await readConfiguration(block);
      expect(organizations).to.deep.equal(['acme']);
      expect(referenceIn(String(plainOf(syncers![0]!.keys.get('password')!.node)))?.name).to.match(/wecom/i);
    }
  });

  it('has commands that are parsed', async () => {
    const lines = blocks('sh').flatMap((block) => block.trim().split('\n'));
    expect(lines).to.have.length(5);
    let run = 0;
    for (const line of lines) {
      const program = buildProgram(() => Promise.resolve(void (run += 1)));
      await program.parseAsync(line.split(' ').slice(1), { from: 'user' });
    }
    expect(run).to.equal(lines.length);
  });
});
